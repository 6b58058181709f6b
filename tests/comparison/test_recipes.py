from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sample_runs import errors_at, made_up_run

from digitrec.comparison.recipes import Row, gather, parse_condition, show, sort_rows
from digitrec.comparison.runs import Run, read
from digitrec.data.sets import SyntheticData
from digitrec.errors import DigitrecError
from digitrec.models.architectures import Deep, Fast
from digitrec.training.optimizers import Adadelta, Adam

IMAGES = 40


@pytest.fixture
def make(tmp_path: Path) -> object:
    return lambda name, *missed, **settings: read(
        made_up_run(tmp_path / name, errors_at(IMAGES, *missed), epochs=settings.pop("epochs", 1),
                    **settings)
    )  # fmt: skip


def test_runs_that_differ_only_in_their_seed_make_one_row(make) -> None:
    runs = [make("a", 1, 2, seed=1), make("b", 1, seed=0, save_seconds=3.0), make("c", 5, seed=2)]
    (row,), keys = gather(runs)
    assert (row.name, keys) == ("mnist-cnn", [])
    assert [run.seed for run in row.runs] == [0, 1, 2]
    assert row.error_counts.tolist() == [1, 2, 1]
    assert row.accuracies == pytest.approx([39 / 40, 38 / 40, 39 / 40])
    assert row.errors.runs == 3
    low, high = row.accuracy_interval
    assert low < 1 - 4 / 3 / IMAGES < high


def test_only_what_differs_is_shown_and_names_the_rows(make) -> None:
    rows, keys = gather(
        [
            make("a", optimizer=Adadelta(lr=0.5)),
            make("b", optimizer=Adadelta(lr=1.0)),
            make("c", optimizer=Adam(), epochs=3),
            make("d", model=Deep(width=16), experiment="wide"),
            make("e", model=Fast(width=16), experiment="quick"),
        ]
    )
    # Widths are alike where there are any; what only Adam has differs from nothing.
    assert keys == ["model", "optimizer", "optimizer.lr", "optimizer.eps", "epochs"]
    assert {row.name for row in rows} == {
        "wide", "quick",
        "mnist-cnn lr=0.5",  # adadelta, eps and epochs are what most have
        "mnist-cnn lr=1",
        "mnist-cnn optimizer=adam lr=0.002 eps=1e-08 epochs=3",
    }  # fmt: skip


def test_of_runs_that_each_leave_out_one_thing_the_name_says_which(make) -> None:
    rows, _ = gather(
        [
            make("a"),
            make("b", label_smoothing=0.1),
            make("c", ema=0.9),
            make("d", batch_size=7),
            make("e", batch_size=7, seed=1),
        ]
    )
    assert [row.name for row in rows] == [
        "mnist-cnn",
        "mnist-cnn label_smoothing=0.1",
        "mnist-cnn ema=0.9",
        "mnist-cnn batch_size=7",
    ]


def test_of_one_seed_run_twice_the_later_counts_and_it_is_said(make) -> None:
    runs = [make("20260102-x", 1), make("20260101-y", 1, 2), make("20260101-z", 3, 4, seed=1)]
    (row,), _ = gather(runs)
    assert [run.folder.name for run in row.runs] == ["20260102-x", "20260101-z"]
    assert row.notes == ["seed 0 was run more than once, and the last run counts"]


def test_runs_of_several_states_of_the_code_are_told(make) -> None:
    runs = [make("a"), make("b", seed=1)]
    changed: dict[str, object] = dict(runs[1].environment)
    changed["git"] = {"commit": "f" * 40, "changed": True}
    object.__setattr__(runs[1], "environment", changed)
    (row,), _ = gather(runs)
    assert row.notes == ["its runs were made by 2 states of the code"]


def test_one_recipe_on_two_test_sets_is_two_rows(make) -> None:
    runs = [make("a", checksum="1" * 16), make("b", checksum="2" * 16)]
    rows, _ = gather(runs)
    assert sorted(row.name for row in rows) == ["mnist-cnn @111111", "mnist-cnn @222222"]


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        ("model=deep", "b"),
        ("model=deep,cnn", "a b c"),
        ("model=d*", "b"),
        ("model!=deep", "a c"),
        ("epochs>=2", "b c"),
        ("epochs > 2", "c"),
        ("epochs<2", "a"),
        ("epochs<=1", "a"),
        ("optimizer.lr=1", "a b c"),
        ("optimizer.lr=1.0", "a b c"),
        ("lr==1", "a b c"),  # as the names of rows have it
        ("model.width=32", "b"),
        ("model.width!=32", "a c"),
        ("model.width>1", "b"),
        ("compile=false", "a b c"),
        ("compile<1", ""),
        ("threads=null", "a b c"),
        ("experiment=mnist-*", "a b"),
        ("seed=0,2", "a"),
    ],
)
def test_conditions(make, condition: str, kept: str) -> None:
    runs: list[Run] = [
        make("a"),
        make("b", model=Deep(), epochs=2, seed=1),
        make("c", epochs=3, seed=3, experiment="long"),
    ]
    asked = parse_condition(condition, runs)
    assert " ".join(run.folder.name for run in runs if asked.holds(run)) == kept


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        ("model", "write a condition such as"),
        ("model=", "write a condition such as"),
        ("=deep", "write a condition such as"),
        ("modle=deep", "no run has a setting modle; did you mean model"),
        ("epochs>many", "many is no number"),
    ],
)
def test_conditions_that_are_none(make, condition: str, says: str) -> None:
    with pytest.raises(DigitrecError, match=says):
        parse_condition(condition, [make("a")])


def names(rows: list[Row]) -> str:
    return " ".join(row.name for row in rows)


def test_rows_are_sorted_the_best_first(make) -> None:
    b = {"experiment": "b", "optimizer": Adadelta(lr=2), "parameters": 8}
    rows, _ = gather(
        [
            make("a", 1, seconds=9.0, parameters=7, experiment="a"),
            make("b", 1, 2, seconds=2.0, **b),
            make("c", 1, 2, seed=1, seconds=4.0, **b),
            make("d", seconds=5.0, parameters=9, experiment="d", model=Deep(width=4)),
        ]
    )  # fmt: skip
    assert names(sort_rows(rows, "accuracy")) == names(sort_rows(rows, "errors")) == "d a b"
    assert names(sort_rows(rows, "seconds")) == "b d a"
    assert names(sort_rows(rows, "parameters")) == "a b d"
    assert names(sort_rows(rows, "runs")) == "b d a"
    assert names(sort_rows(rows, "name")) == "a b d"
    assert names(sort_rows(rows, "optimizer.lr")) == "d a b"
    assert names(sort_rows(rows, "model.width")) == "d a b"  # those without come last
    assert names(sort_rows(rows, "model")) == "a b d"
    with pytest.raises(DigitrecError, match="did you mean seconds"):
        sort_rows(rows, "secnds")


def test_values_are_shown_as_yaml_writes_them() -> None:
    shown = ["null", "true", "1", "1e-06", "3", "x"]
    assert [show(value) for value in (None, True, 1.0, 1e-6, 3, "x")] == shown


def test_synthetic_sets_of_other_sizes_are_other_rows(make) -> None:
    rows, keys = gather([make("a", data=SyntheticData()), make("b", data=SyntheticData(test=9))])
    assert keys == ["data.test"]
    assert len(rows) == 2
    assert np.isfinite(rows[0].seconds).all()
