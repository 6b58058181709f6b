"""The comparison of runs as a whole: from run folders to recipes and verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from digitrec.comparison.conditions import parse_condition
from digitrec.comparison.environment_notes import notes_on_environments
from digitrec.comparison.recipes import Recipe, gather_recipes
from digitrec.comparison.run_settings import differing_settings, format_setting, shorten_values
from digitrec.comparison.runs import Problem, Run, Setting, TestSet, read_runs
from digitrec.comparison.sorting import sort_recipes
from digitrec.comparison.verdicts import Verdict, compare_pairs, rank
from digitrec.config.checks import nearest
from digitrec.config.shell_words import shell_word
from digitrec.errors import DigitrecError

__all__ = ["Comparison", "compare_runs"]

MAX_WITH_ALL_PAIRS = 4
"""Up to this many recipes, reports show all verdicts; for more, those with the best recipe."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """The result of a comparison.

    Attributes:
        recipes: In the order in which reports show them.
        settings: The names of the settings in which the recipes differ.
        verdicts: Of all pairs, or of each recipe against the baseline.
        problems: The folders that could not be compared.
        baseline: The recipe that all others are compared with, if one was chosen.
    """

    recipes: Sequence[Recipe] = field(default=())
    settings: Sequence[str] = field(default=())
    verdicts: Sequence[Verdict] = field(default=())
    problems: Sequence[Problem] = field(default=())
    baseline: Recipe | None = None

    @property
    def test_sets(self) -> list[TestSet]:
        """The test sets, in the order of the recipes."""
        return list(dict.fromkeys(recipe.test_set for recipe in self.recipes))

    def best(self, test_set: TestSet) -> Recipe:
        """Return the recipe with the fewest errors on a test set, on average over its runs."""
        return min((recipe for recipe in self.recipes if recipe.test_set == test_set), key=rank)

    @cached_property
    def main_verdicts(self) -> list[Verdict]:
        """The verdicts that reports show: all for few recipes; for many, those of the best one."""
        if self.baseline:
            return list(self.verdicts)
        shown: list[Verdict] = []
        for test_set in self.test_sets:
            best = self.best(test_set)
            here = [verdict for verdict in self.verdicts if verdict.a.test_set == test_set]
            count = sum(recipe.test_set == test_set for recipe in self.recipes)
            if count > MAX_WITH_ALL_PAIRS:
                here = [verdict for verdict in here if best in (verdict.a, verdict.b)]
            shown += here
        return shown

    def setting_text(self, recipe: Recipe, key: str) -> str:
        """Write a setting of a recipe, by its short form if it has one; empty if unset."""
        if key not in recipe.settings:
            return ""
        value = recipe.settings[key]
        return self._short_values[key].get(value, format_setting(value))

    @cached_property
    def _short_values(self) -> dict[str, dict[Setting, str]]:
        return {
            key: shorten_values(one.settings[key] for one in self.recipes if key in one.settings)
            for key in self.settings
        }

    @property
    def notes(self) -> list[str]:
        """What a reader must know of recipes and test images, without full stops."""
        notes = [
            f"{recipe.name}: {note}"
            for recipe in self.recipes
            for note in (*recipe.notes, *recipe.caveats)
        ]
        notes += notes_on_environments(self.recipes)
        test_sets = self.test_sets
        clusters = {recipe.test_set: recipe.clusters for recipe in self.recipes}
        notes += [
            f"the {test_set.count:,} test images of {test_set.name} are {found}: intervals and "
            f"verdicts allow for {found.allowed_for}"
            for test_set, found in clusters.items()
            if found
        ]
        if len(test_sets) > 1:
            names = "; ".join(map(str, test_sets))
            notes.append(
                f"there are {len(test_sets)} different test sets: {names}. Only recipes with the "
                "same test set are compared with each other"
            )
        return notes


def compare_runs(
    folders: Sequence[Path],
    where: Sequence[str] = (),
    sort: str = "accuracy",
    baseline: str | None = None,
    allow_empty: bool = False,
) -> Comparison:
    """Read runs and compare them.

    Args:
        folders: The folders of the runs.
        where: Conditions such as ``epochs>=6``. Only runs that meet all of them are compared.
        sort: What the recipes are sorted by: a key of `digitrec.comparison.sorting`, or a setting.
        baseline: The recipe that all others are compared with: its name, its experiment, the
            folder of one of its runs, or a condition that it alone meets.
        allow_empty: Whether the result may have no recipes.

    Raises:
        DigitrecError: if no run can be compared, or one of the words names nothing.
    """
    runs, problems = read_runs(folders)
    if not runs and allow_empty:
        return Comparison(problems=problems)
    if not runs:
        one = problems[0]
        more = f" (and {len(problems) - 1:,} more)" if len(problems) > 1 else ""
        raise DigitrecError(f"no run can be compared: {one.folder}: {one.reason}{more}")
    for text in where:
        runs = _select(runs, text)
    gathered = gather_recipes(runs)
    recipes = sort_recipes(gathered, sort)
    reference = _find_baseline(baseline, recipes) if baseline is not None else None
    return Comparison(
        recipes=recipes,
        settings=differing_settings([recipe.runs[0] for recipe in gathered]),
        verdicts=compare_pairs(recipes, reference),
        problems=problems,
        baseline=reference,
    )


def _select(runs: Sequence[Run], where: str) -> list[Run]:
    condition = parse_condition(where, runs)
    selected = [run for run in runs if condition.holds(run)]
    if not selected:
        raise DigitrecError(f"--where {where}: no run meets all conditions")
    return selected


def _find_baseline(text: str, recipes: Sequence[Recipe]) -> Recipe:
    by_name = {recipe.name: recipe for recipe in recipes}
    if text in by_name:
        return by_name[text]
    found = [recipe for recipe in recipes if _is_meant(recipe, text)]
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(shell_word(recipe.name) for recipe in found)
        raise DigitrecError(f"--baseline {text} fits several recipes: {names}")
    advice = nearest(text, [shell_word(name) for name in by_name])
    raise DigitrecError(f"--baseline {text}: no such recipe; {advice}")


def _is_meant(recipe: Recipe, text: str) -> bool:
    """Tell whether a text means a recipe: its experiment, a folder of its runs, or a condition.

    The name of a recipe without that of its experiment means it, too.
    """
    if recipe.name == f"{recipe.runs[0].experiment} {text}":
        return True
    if any(sign in text for sign in "=<>"):
        condition = parse_condition(text, recipe.runs, "--baseline")
        return all(condition.holds(run) for run in recipe.runs)
    if not text:
        return False
    place = Path(text).resolve()
    folders = [run.folder.resolve() for run in recipe.runs]
    return recipe.runs[0].experiment == text or any(
        place in (folder, *folder.parents) for folder in folders
    )
