"""Pictures of what a network does not read of unseen hands: a confusion matrix, all failures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from digitrec.arrays import Int64Array
from digitrec.benchmarks.hands import HandsReading
from digitrec.storage import atomic

__all__ = ["draw_confusion", "draw_failures"]

COLUMNS = 12  # of the sheet of failures
REJECTED = 10  # the column of the confusion matrix after those of the ten digits


def draw_confusion(path: Path, readings: Sequence[HandsReading]) -> None:
    """Draw how often each digit was answered as which, or rejected.

    Args:
        path: the PNG file to write.
        readings: of the sources, added up.
    """
    counts = confusion(readings)
    off = counts * (1 - np.eye(10, 11, dtype=np.int64))
    figure = _figure(7.5, 6.5)
    axis = figure.subplots()
    # The diagonal holds nearly all: coloured with the rest, it would leave the rest white.
    axis.imshow(off, cmap="Oranges", vmin=0, vmax=max(1, int(off.max())) * 1.3)
    for (row, column), count in np.ndenumerate(counts):
        if count:
            colour = "0.55" if row == column else "black"
            axis.text(column, row, f"{count}", ha="center", va="center", fontsize=8, color=colour)
    names = ", ".join(dict.fromkeys(reading.source for reading in readings))
    axis.set(
        xticks=range(11), yticks=range(10), xlabel="answered", ylabel="true digit",
        xticklabels=[*map(str, range(10)), "rejected"],
        title=f"{off.sum():,} of {counts.sum():,} not answered right\nsources left out: {names}",
    )  # fmt: skip
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)
    _save(figure, path)


def confusion(readings: Sequence[HandsReading]) -> Int64Array:
    """Return counts (10, 11): rows are the true digits; the last column counts rejected ones."""
    counts = np.zeros((10, 11), np.int64)
    for reading in readings:
        answered = np.where(reading.answers < 0, REJECTED, reading.answers)
        np.add.at(counts, (reading.digits.labels, answered), 1)
    return counts


def draw_failures(path: Path, readings: Sequence[HandsReading]) -> None:
    """Draw all digits that are not answered right, with their writers and places.

    Args:
        path: the PNG file to write.
        readings: of the sources.
    """
    failures = [
        (reading, index)
        for reading in readings
        for index in np.flatnonzero(reading.answers != reading.digits.labels).tolist()
    ]
    failures.sort(key=lambda one: (int(one[0].digits.labels[one[1]]), one[0].source))
    rows = max(1, -(-len(failures) // COLUMNS))
    figure = _figure(1.25 * COLUMNS, 1.55 * rows)
    for place, axis in enumerate(figure.subplots(rows, COLUMNS, squeeze=False).flat):
        axis.axis("off")
        if place < len(failures):
            reading, index = failures[place]
            axis.imshow(reading.images[index], cmap="gray_r", vmin=0, vmax=1)
            answer = reading.answers[index]
            said = "rejected" if answer < 0 else f"{answer}, {reading.confidences[index]:.0%}"
            file = reading.digits.places[index].rpartition("/")[2]
            axis.set_title(
                f"{reading.digits.labels[index]} → {said}\n{reading.digits.writers[index]}\n{file}",
                fontsize=6,
                pad=2,
            )
    _save(figure, path)


def _figure(width: float, height: float) -> Figure:
    figure = Figure(figsize=(width, height), layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def _save(figure: Figure, path: Path) -> None:
    with atomic.atomic_path(path) as part:
        figure.savefig(part, dpi=110, format="png")
