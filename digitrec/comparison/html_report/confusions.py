"""Comparing confusions: which digits one recipe confuses more often than another."""

from __future__ import annotations

import numpy as np

from digitrec.arrays import Float64Array
from digitrec.comparison.number_format import format_count
from digitrec.comparison.recipes import Recipe
from digitrec.comparison.verdicts import Verdict

__all__ = ["ConfusionCells", "confusion_cells"]

ConfusionCells = list[list[tuple[str, float]]]
"""For each true digit and each digit that is read: a number, and its strength from -1 to 1."""


def confusion_cells(verdict: Verdict) -> ConfusionCells:
    """Return the cells of the table of confusions.

    Returns:
        Of each cell, the change as text (empty if there is hardly any) and as a fraction of the
        largest change: below 0 where ``b`` has fewer such confusions than ``a``.
    """
    change = confusion_change(verdict)
    largest = max(1.0, float(np.abs(change).max()))
    return [
        [
            (format_count(round(value, 1)) if abs(value) >= 0.05 else "", value / largest)
            for value in line
        ]
        for line in change.tolist()
    ]


def confusion_change(verdict: Verdict) -> Float64Array:
    """Return how many images more ``b`` confuses than ``a``: (true digit, digit read), (10, 10).

    Means over the runs of each recipe; the diagonal is 0.
    """
    return _mean_confusions(verdict.b) - _mean_confusions(verdict.a)


def _mean_confusions(recipe: Recipe) -> Float64Array:
    counts = np.zeros((10, 10))
    for run in recipe.runs:
        np.add.at(counts, (run.labels, run.answers), 1 / len(recipe.runs))
    np.fill_diagonal(counts, 0)
    return counts
