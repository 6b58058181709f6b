"""Notes on recipes that differ in more than their settings: code, data, machine, a shared network.

A verdict does not know of these, and a difference that it finds may come from there.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence

from digitrec.comparison.recipes import Recipe
from digitrec.comparison.run_settings import affects_result
from digitrec.comparison.runs import Run

__all__ = ["notes_on_environments"]

MAX_NAMED = 4  # recipes in one note


def notes_on_environments(recipes: Sequence[Recipe]) -> Iterator[str]:
    """Yield what a reader must know of where recipes come from, in sentences without a full stop.

    What the runs of one recipe differ in, `Recipe.caveats` says.

    Args:
        recipes: The recipes of a comparison.
    """
    yield from _shared_networks(recipes)
    # Only recipes with the same test set are compared with each other.
    code, states = _unlike(recipes, lambda one: one.test_set, lambda run: run.environment.git)
    if code:
        yield (
            f"{_named(code)} come from {states} different states of the code, which may explain a "
            "difference between them"
        )
    data, states = _unlike(recipes, _data_settings, lambda run: run.environment.data.checksum)
    if data:
        yield (
            f"{_named(data)} were trained on {states} different states of the same data, which may "
            "explain a difference between them"
        )
    if len({_machine(run) for recipe in recipes for run in recipe.runs}) > 1:
        yield (
            "training times were measured on different machines or systems, or with different "
            "numbers of threads: they cannot be compared"
        )


def _shared_networks(recipes: Sequence[Recipe]) -> Iterator[str]:
    for word, verb in (("init", "began with"), ("teacher", "learnt from")):
        sharing = [recipe for recipe in recipes if recipe.shares_one(word)]
        if sharing:
            yield (
                f"{_named(sharing)}: all runs of the recipe {verb} one network ({word}), whose "
                "own seed is not counted among the seeds"
            )


def _unlike(
    recipes: Sequence[Recipe],
    alike: Callable[[Recipe], Hashable],
    circumstance: Callable[[Run], Hashable],
) -> tuple[list[Recipe], int]:
    """Return the recipes that are alike in one thing, and whose runs differ in another.

    Recipes whose runs come from the same several circumstances do not differ.

    Returns:
        The recipes, and the number of different circumstances of their runs.
    """
    groups: dict[Hashable, list[Recipe]] = {}
    for recipe in recipes:
        groups.setdefault(alike(recipe), []).append(recipe)
    unlike = [
        recipe
        for group in groups.values()
        if len({frozenset(map(circumstance, recipe.runs)) for recipe in group}) > 1
        for recipe in group
    ]
    return unlike, len({circumstance(run) for recipe in unlike for run in recipe.runs})


def _named(recipes: Sequence[Recipe]) -> str:
    names = [recipe.name for recipe in recipes]
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    return f"{', '.join(names[:MAX_NAMED])}{more}"


def _data_settings(recipe: Recipe) -> Hashable:
    """Return the test set of a recipe, and the settings that say what it is trained on."""
    settings = [
        (key, value)
        for key, value in recipe.settings.items()
        if key.partition(".")[0] == "data" and affects_result(key, recipe.runs[0].data)
    ]
    return recipe.test_set, *settings


def _machine(run: Run) -> Hashable:
    """Return what the time of a training depends on, besides its settings."""
    found = run.environment
    return found.platform, found.device, found.device_name, found.threads
