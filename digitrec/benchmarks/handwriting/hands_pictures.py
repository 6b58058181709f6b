"""Pictures of a network's failures on unseen handwriting: a confusion matrix, and all of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from digitrec.arrays import Int64Array
from digitrec.training import plots

if TYPE_CHECKING:
    from digitrec.benchmarks.handwriting.hands import HandsReading

__all__ = ["draw_confusion", "draw_failures"]

COLUMNS = 12  # of the sheet of failures
REJECTED = 10  # the column of the confusion matrix after those of the ten digits


def draw_confusion(path: Path, readings: Sequence[HandsReading]) -> None:
    """Draw how often each digit was answered as which, or rejected.

    Args:
        path: The PNG file to write.
        readings: Of the sources, added up.
    """
    plots.confusion(path, confusion(readings))


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
        path: The PNG file to write.
        readings: Of the sources.
    """
    failures = [
        (reading, index)
        for reading in readings
        for index in np.flatnonzero(reading.answers != reading.digits.labels).tolist()
    ]
    failures.sort(key=lambda one: (int(one[0].digits.labels[one[1]]), one[0].source))
    rows = max(1, -(-len(failures) // COLUMNS))
    figure = plots.new_figure(1.25 * COLUMNS, 1.55 * rows)
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
    plots.save(figure, path)
