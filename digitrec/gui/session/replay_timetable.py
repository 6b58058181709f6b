"""The timetable of a replay: when each point of a drawing is drawn again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from digitrec.arrays import Float64Array
from digitrec.drawing.strokes import Stroke

__all__ = ["drawn_until", "timetable"]

MAX_PAUSE = 0.4  # seconds between two strokes; people often pause for longer
SPEED = 900.0  # of the pen in pixels per second, for strokes whose times are unknown


def timetable(strokes: Sequence[Stroke]) -> list[Float64Array]:
    """Return when to draw each point of each stroke, with long pauses made shorter.

    Returns:
        For each stroke of P points an array (P,) of seconds since the start of the replay.
    """
    table: list[Float64Array] = []
    now, before = 0.0, 0.0
    for stroke in strokes:
        times = stroke.times
        if times is None or times[-1] - times[0] <= 0:
            steps = np.linalg.norm(np.diff(stroke.points, axis=0), axis=1)
            times = before + MAX_PAUSE + np.concatenate([[0.0], np.cumsum(steps / SPEED)])
        pause = min(max(float(times[0]) - before, 0.0), MAX_PAUSE) if table else 0.0
        table.append(now + pause + times - times[0])
        now, before = float(table[-1][-1]), float(times[-1])
    return table


def drawn_until(
    strokes: Sequence[Stroke], table: Sequence[Float64Array], seconds: float
) -> list[Stroke]:
    """Return what is drawn after some seconds of a replay.

    Args:
        strokes: The strokes of the drawing.
        table: Their `timetable`.
        seconds: Time since the start of the replay.

    Returns:
        The strokes so far. Those that are complete are the very objects of ``strokes``.
    """
    drawn = []
    for stroke, times in zip(strokes, table, strict=True):
        count = int((times <= seconds).sum())
        if count == len(times):
            drawn.append(stroke)
        elif count:
            drawn.append(Stroke(stroke.points[:count], stroke.width))
    return drawn
