from __future__ import annotations

import json
import re

from sample_runs import CHECKSUM, made_up_environment

from digitrec.training.provenance import add_adaptation, make_provenance
from digitrec.training.run_directory import DataIdentity


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


def test_outside_of_git_there_is_no_commit() -> None:
    data, environment = DataIdentity("mnist", CHECKSUM), made_up_environment(git=None)
    assert make_provenance({}, data, {}, environment)["commit"] is None


def test_the_provenance_before_an_adaptation_stays_as_it_is() -> None:
    before = {"commit": "abc"}
    after = add_adaptation(before, 40, 0.5)
    assert after == {"commit": "abc", "adapted": {"drawings": 40, "kept": 0.5}}
    assert before == {"commit": "abc"}
