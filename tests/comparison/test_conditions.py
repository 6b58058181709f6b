from __future__ import annotations

import pytest

from digitrec.comparison.conditions import parse_condition
from digitrec.comparison.runs import Run
from digitrec.errors import DigitrecError
from digitrec.models.architectures.digits import Deep


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
        ("lr==1", "a b c"),  # as in the names of recipes
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
def test_conditions_select_runs(make_run, condition: str, kept: str) -> None:
    runs: list[Run] = [
        make_run("a"),
        make_run("b", model=Deep(), epochs=2, seed=1),
        make_run("c", epochs=3, seed=3, experiment="long"),
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
        ("epochs>many", "many is not a number"),
    ],
)
def test_mistakes_in_conditions_are_errors(make_run, condition: str, says: str) -> None:
    with pytest.raises(DigitrecError, match=says):
        parse_condition(condition, [make_run("a")])


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        ("tags=wide", "a b"),
        ("tags=try*", "b"),
        ("tags!=wide", "c"),
        ("tags=wide,none", "a b"),
        ("notes=*rate, twice*", "a"),
        ("notes!=*rate*", "b c"),
        ("notes=null", "b c"),
    ],
)
def test_conditions_select_runs_by_tags_and_notes(make_run, condition: str, kept: str) -> None:
    runs: list[Run] = [
        make_run("a", tags="wide", notes="half the rate, twice the batch"),
        make_run("b", tags="try2,wide"),
        make_run("c"),
    ]
    parsed = parse_condition(condition, runs)
    assert " ".join(run.folder.name for run in runs if parsed.holds(run)) == kept
