from __future__ import annotations

from typing import Any

import pytest

from digitrec.comparison.recipes import Recipe, gather_recipes
from digitrec.comparison.sorting import sort_recipes
from digitrec.errors import DigitrecError
from digitrec.models.architectures.digits import Deep
from digitrec.training.optimizers import Adadelta


@pytest.mark.parametrize(
    ("by", "names"),
    [
        ("accuracy", "d a b"),
        ("errors", "d a b"),
        ("seconds", "b d a"),
        ("parameters", "a b d"),
        ("runs", "b d a"),
        ("name", "a b d"),
        ("optimizer.lr", "d a b"),
        ("lr", "d a b"),
        ("model.width", "d a b"),  # those without come last
        ("model", "a b d"),
    ],
)
def test_recipes_are_sorted_the_best_first(recipes: list[Recipe], by: str, names: str) -> None:
    assert " ".join(recipe.name for recipe in sort_recipes(recipes, by)) == names


def test_an_unknown_key_is_an_error_that_names_the_nearest(recipes: list[Recipe]) -> None:
    with pytest.raises(DigitrecError, match="did you mean seconds"):
        sort_recipes(recipes, "secnds")


@pytest.fixture
def recipes(make_run) -> list[Recipe]:
    b: dict[str, Any] = {"experiment": "b", "optimizer": Adadelta(lr=2), "parameters": 8}
    return gather_recipes(
        [
            make_run("a", 1, seconds=9.0, parameters=7, experiment="a"),
            make_run("b", 1, 2, seconds=2.0, **b),
            make_run("c", 1, 2, seed=1, seconds=4.0, **b),
            make_run("d", seconds=5.0, parameters=9, experiment="d", model=Deep(width=4)),
        ]
    )
