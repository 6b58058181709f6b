from __future__ import annotations

import json
import re

import pytest
from sample_runs import CHECKSUM, made_up_environment

from digitrec.config.conversion import to_dict
from digitrec.config.train_config import TrainConfig
from digitrec.errors import ConfigError
from digitrec.training.provenance import add_adaptation, is_mean, make_provenance, recorded_run
from digitrec.training.run_directory import CheckpointIdentity, DataIdentity


def test_it_says_what_was_trained_on_what_with_what() -> None:
    made = make_provenance(
        {"seed": 3, "data": {"name": "mnist"}},
        DataIdentity("mnist", CHECKSUM),
        {"test_accuracy": 0.99},
        made_up_environment(),
    )
    assert json.loads(json.dumps(made)) == made
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", made.pop("created"))
    assert made == {
        "config": {"seed": 3, "data": {"name": "mnist"}},
        "data": {"name": "mnist", "checksum": CHECKSUM},
        "metrics": {"test_accuracy": 0.99},
        "versions": {"python": "3.11", "torch": "2.4"},
        "commit": "0" * 40,
    }


def test_it_says_what_the_network_learnt_from() -> None:
    others = {
        "init": CheckpointIdentity("/a.h5", "0" * 16),
        "teacher": CheckpointIdentity("/b.h5", "1" * 16),
    }
    made = make_provenance({}, DataIdentity("mnist", CHECKSUM), {}, made_up_environment(**others))
    assert {name: made[name] for name in others} == {
        "init": {"file": "/a.h5", "checksum": "0" * 16},
        "teacher": {"file": "/b.h5", "checksum": "1" * 16},
    }


def test_it_says_of_which_networks_it_is_the_mean() -> None:
    data, members = DataIdentity("mnist", CHECKSUM), [CheckpointIdentity("/a.h5", "0" * 16)] * 2
    made = make_provenance({}, data, {}, made_up_environment(mean_of=members))
    assert made["mean_of"] == [{"file": "/a.h5", "checksum": "0" * 16}] * 2
    assert is_mean(json.loads(json.dumps(made)))
    assert not is_mean(make_provenance({}, data, {}, made_up_environment()))


def test_outside_of_git_there_is_no_commit() -> None:
    data, environment = DataIdentity("mnist", CHECKSUM), made_up_environment(git=None)
    assert make_provenance({}, data, {}, environment)["commit"] is None


def test_the_provenance_before_an_adaptation_stays_as_it_is() -> None:
    before = {"commit": "abc"}
    after = add_adaptation(before, 40, 0.5)
    assert after == {"commit": "abc", "adapted": {"drawings": 40, "kept": 0.5}}
    assert before == {"commit": "abc"}


def test_the_run_is_read_back_after_an_adaptation_too() -> None:
    config = TrainConfig(seed=3)
    environment = made_up_environment()
    made = make_provenance(to_dict(config), environment.data, {"test_accuracy": 0.99}, environment)
    for provenance in (made, add_adaptation(made, 40, 0.5)):
        run = recorded_run(json.loads(json.dumps(provenance)))
        assert run is not None
        assert (run.config, run.metrics) == (config, {"test_accuracy": 0.99})
        assert run.environment == {
            "versions": environment.versions,
            "data": {"name": "mnist", "checksum": CHECKSUM},
        }


@pytest.mark.parametrize(
    "change", [{"config": None}, {"config": 7}, {"versions": 1}, {"metrics": "many"}]
)
def test_a_provenance_that_says_too_little_is_of_no_run(change: dict[str, object]) -> None:
    made = make_provenance(
        to_dict(TrainConfig()), DataIdentity("mnist", CHECKSUM), {}, made_up_environment()
    )
    assert recorded_run(made | change) is None
    assert recorded_run({}) is None


def test_a_setting_of_another_version_is_an_error() -> None:
    made = make_provenance({"wings": 2}, DataIdentity("mnist", CHECKSUM), {}, made_up_environment())
    with pytest.raises(ConfigError, match="wings"):
        recorded_run(made)
