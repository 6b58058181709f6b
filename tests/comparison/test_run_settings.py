from __future__ import annotations

import json

import pytest

from digitrec.comparison.run_settings import (
    affects_result,
    differing_settings,
    find_setting,
    format_setting,
    shorten_values,
)
from digitrec.comparison.runs import Setting
from digitrec.data.sets.single import SyntheticData
from digitrec.models.architectures.digits import Deep, Fast
from digitrec.training.optimizers import Adadelta, Adam


def test_settings_of_choices_are_compared_among_the_runs_that_have_them(make_run) -> None:
    runs = [
        make_run("a", optimizer=Adadelta(lr=0.5)),
        make_run("b", optimizer=Adadelta(lr=1.0)),
        make_run("c", optimizer=Adam(), epochs=3),
        make_run("d", model=Deep(width=16), experiment="wide"),
        make_run("e", model=Fast(width=16), experiment="quick"),
    ]
    # Widths are alike where there are any; what only Adam has differs from nothing.
    expected = ["model", "optimizer", "optimizer.lr", "optimizer.eps", "epochs"]
    assert differing_settings(runs) == expected


def test_synthetic_test_sets_of_different_sizes_differ(make_run) -> None:
    runs = [make_run("a", data=SyntheticData()), make_run("b", data=SyntheticData(test=9))]
    assert differing_settings(runs) == ["data.test"]


@pytest.mark.parametrize("key", ["seed", "data.root", "run_dir", "save_seconds", "logger.store"])
def test_where_a_run_is_kept_is_no_part_of_its_recipe(key: str) -> None:
    assert not affects_result(key)
    assert affects_result("threads")


def test_a_setting_is_found_by_its_name_or_its_last_part() -> None:
    known = ["seed", "data.seed", "optimizer.lr", "model.width", "data.width"]
    assert find_setting("optimizer.lr", known) == "optimizer.lr"
    assert find_setting("lr", known) == "optimizer.lr"
    assert find_setting("seed", known) == "seed"
    assert find_setting("width", known) is None
    assert find_setting("size", known) is None


def test_values_are_written_as_in_yaml() -> None:
    written = ["null", "true", "1", "1e-06", "3", "x"]
    assert [format_setting(value) for value in (None, True, 1.0, 1e-6, 3, "x")] == written


def test_numbers_that_differ_are_written_differently() -> None:
    written = ["0.1234561", "0.1234562", "12345678.0"]
    assert [format_setting(float(text)) for text in written] == written


@pytest.mark.parametrize(
    ("paths", "short"),
    [
        (["runs/a/1/model.h5", "runs/b/2/model.h5"], ["a/1", "b/2"]),
        (["/x/runs/a", "/x/runs/a/model.h5"], ["a", "a/model.h5"]),
        (["a/b", "a/b/b", "a/c/b"], ["b", "b/b", "c/b"]),
        (["/long/way/to/20261130-1/model.h5", None], ["20261130-1/model.h5"]),
        (["adam", None, True, 1, 0.5], []),
    ],
)
def test_of_paths_the_part_that_differs_is_shown(paths: list[Setting], short: list[str]) -> None:
    assert list(shorten_values(paths).values()) == short


def test_a_list_of_networks_is_shown_by_their_names() -> None:
    networks = [{"name": "fast", "width": 8}, {"name": "tiny"}, {"name": "tiny"}]
    found = shorten_values([json.dumps(networks), "[a/1]", "[b/1]", "[1]", None])
    assert found == {
        json.dumps(networks): "fast(width=8)+2*tiny", "[a/1]": "[a", "[b/1]": "[b",
    }  # fmt: skip
