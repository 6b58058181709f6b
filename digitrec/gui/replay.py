"""Drawing a drawing once more, as it was drawn: which point is due when."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from digitrec.arrays import Float64Array
from digitrec.drawing.strokes import Stroke

__all__ = ["due", "timetable"]

LONGEST_PAUSE = 0.4  # seconds between strokes; people think for longer
SPEED = 900.0  # pixels a second, for strokes of which nobody took the times


def timetable(strokes: Sequence[Stroke]) -> list[Float64Array]:
    """Seconds from the start at which each point of each stroke is due, pauses made short."""
    table: list[Float64Array] = []
    now, before = 0.0, 0.0
    for stroke in strokes:
        times = stroke.times
        if times is None or times[-1] - times[0] <= 0:
            steps = np.linalg.norm(np.diff(stroke.points, axis=0), axis=1)
            times = before + LONGEST_PAUSE + np.concatenate([[0.0], np.cumsum(steps / SPEED)])
        pause = min(max(float(times[0]) - before, 0.0), LONGEST_PAUSE) if table else 0.0
        table.append(now + pause + times - times[0])
        now, before = float(table[-1][-1]), float(times[-1])
    return table


def due(strokes: Sequence[Stroke], table: Sequence[Float64Array], seconds: float) -> list[Stroke]:
    """Return what has been drawn after so many seconds; whole strokes are the very same objects."""
    drawn = []
    for stroke, times in zip(strokes, table, strict=True):
        count = int((times <= seconds).sum())
        if count == len(times):
            drawn.append(stroke)
        elif count:
            drawn.append(Stroke(stroke.points[:count], stroke.width))
    return drawn
