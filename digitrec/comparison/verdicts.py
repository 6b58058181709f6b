"""Verdicts: whether one recipe is better than another, or the difference is within noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Literal

from digitrec.comparison.number_format import format_count, format_p_value
from digitrec.comparison.recipes import Recipe
from digitrec.comparison.statistics import (
    ALPHA,
    MIN_CLUSTERS,
    Difference,
    difference,
    holm,
)

__all__ = ["Outcome", "Verdict", "compare_pairs", "rank"]

Outcome = Literal["better", "worse", "within noise"]


@dataclass(frozen=True, eq=False)
class Verdict:
    """A comparison of two recipes on one test set.

    Attributes:
        a: The recipe that ``b`` is compared with.
        b: The recipe that the verdict is about.
        difference: How many images more ``b`` misreads than ``a``.
        p: The p-value, corrected for the number of pairs that are tested (Holm 1979).
        pairs: This number.
        level: What the p-value of ``difference``, uncorrected, has to be below by this correction
            if the verdict is to change, and the verdicts found remain.
    """

    a: Recipe
    b: Recipe
    difference: Difference
    p: float
    pairs: int
    level: float

    @property
    def outcome(self) -> Outcome:
        """How ``b`` compares with ``a``."""
        if self.p >= ALPHA:
            return "within noise"
        return "better" if self.difference.errors < 0 else "worse"

    @cached_property
    def remark(self) -> str:
        """What limits the verdict, or how many seeds would settle it; may be empty."""
        if self.difference.p < ALPHA <= self.p:
            p = format_p_value(self.difference.p)
            return f"p {p} without the correction for {self.pairs:,} pairs"
        if not self.difference.of_recipes:
            remark = "one seed each: this compares two networks, not their recipes"
            clusters = self.a.clusters
            if self.difference.freedom and clusters and clusters.count < MIN_CLUSTERS:
                remark += (
                    f"; fewer than {MIN_CLUSTERS} {clusters.by}s cannot tell two networks apart"
                )
            return remark
        if 1 in self.difference.runs:
            one = self.a if len(self.a.runs) == 1 else self.b
            return (
                f"{one.name} has one seed, and is assumed to vary between seeds as the other does"
            )
        if self.outcome != "within noise":
            return ""
        needed = self.difference.seeds_needed(self.level)
        if needed is None:
            return "no number of seeds could tell them apart on so few test images"
        return f"about {needed:,} seeds each could tell them apart"

    @property
    def sentence(self) -> str:
        """The whole verdict in one line, without a full stop."""
        found, images = self.difference, self.a.test_set.count
        amount = format_count(abs(found.errors))
        more = found.errors > 0
        many = f"{amount} {'more' if more else 'fewer'} of {images:,} images than"
        if amount == "0":
            many = f"as many of {images:,} images as"
        # The interval has the sign of the words: of "fewer", positive numbers are an advantage.
        low, high = (found.low, found.high) if more else (-found.high, -found.low)
        line = (
            f"{self.b.name} misreads {many} {self.a.name} "
            f"(95% CI {format_count(low)} to {format_count(high)}), "
            f"p {format_p_value(self.p)}: {self.outcome}"
        )
        return f"{line}; {self.remark}" if self.remark else line


def compare_pairs(recipes: Sequence[Recipe], baseline: Recipe | None) -> list[Verdict]:
    """Compare recipes two at a time, always on the same test set.

    Args:
        recipes: The recipes.
        baseline: If given, each other recipe is compared with this one. If not, all pairs are
            compared, and ``b`` is the recipe with fewer errors.
    """
    if baseline:
        couples = [(baseline, recipe) for recipe in recipes if recipe is not baseline]
    else:
        ranked = sorted(recipes, key=rank)
        couples = [(second, first) for first, second in combinations(ranked, 2)]
    couples = [(a, b) for a, b in couples if a.test_set == b.test_set]
    found = [difference(a.errors, b.errors) for a, b in couples]
    corrected = holm([one.p for one in found])
    undecided = sum(p >= ALPHA for p in corrected)
    level = ALPHA / max(1, undecided)
    return [
        Verdict(a, b, one, p, len(found), level)
        for (a, b), one, p in zip(couples, found, corrected, strict=True)
    ]


def rank(recipe: Recipe) -> tuple[float, str]:
    """Return the sort key that puts the recipe with the fewest errors first."""
    return recipe.errors.mean, recipe.name
