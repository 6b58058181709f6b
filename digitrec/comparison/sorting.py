"""The order of recipes in a report."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from digitrec.comparison.recipes import Recipe
from digitrec.comparison.run_settings import find_setting
from digitrec.comparison.runs import Setting
from digitrec.config.checks import nearest
from digitrec.errors import DigitrecError

__all__ = ["sort_recipes"]

# What recipes can be sorted by, besides their settings; the best comes first.
SORT_KEYS: dict[str, Callable[[Recipe], float | str]] = {
    "accuracy": lambda recipe: -float(recipe.accuracies.mean()),
    "errors": lambda recipe: float(recipe.error_counts.mean()),
    "seconds": lambda recipe: float(recipe.seconds.mean()),
    "parameters": lambda recipe: recipe.parameters,
    "runs": lambda recipe: -len(recipe.runs),
    "name": lambda recipe: recipe.name,
}


def sort_recipes(recipes: Sequence[Recipe], by: str) -> list[Recipe]:
    """Sort recipes by one of `SORT_KEYS` or by a setting; ties by their errors, then their names.

    Raises:
        DigitrecError: if there is no such key and no such setting.
    """
    ordered = sorted(recipes, key=lambda recipe: (SORT_KEYS["errors"](recipe), recipe.name))
    if by in SORT_KEYS:
        return sorted(ordered, key=lambda recipe: (SORT_KEYS[by](recipe),))
    known = dict.fromkeys(key for recipe in recipes for key in recipe.settings)
    setting = find_setting(by, known)
    if setting is None:
        raise DigitrecError(f"--sort {by}: {nearest(by, [*SORT_KEYS, *known])}")
    return sorted(ordered, key=lambda recipe: _sort_key(recipe.settings.get(setting)))


def _sort_key(value: Setting) -> tuple[bool, float, str]:
    """Return the sort key of a value of any type: numbers by size, missing values last."""
    if isinstance(value, int | float):
        return False, float(value), ""
    return value is None, 0.0, str(value)
