"""Strokes that go on where the one before them ended: the pen was lifted for a moment.

On a touch pad, or with a pen that loses contact, a line breaks in the middle of a digit. Its two
strokes are one line to whoever drew it, and are grouped as one. What the digits around them look
like does not matter, and neither does whether the pieces look like digits or marks themselves.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from digitrec.arrays import Float64Array
from digitrec.drawing.strokes import Stroke

__all__ = ["lines_of_pen"]

# The gap without ink between two strokes of a line is at most this fraction of the longer side of
# both together; and it is not longer than either of them, so that a dot goes on with nothing.
_MAX_LIFT = 0.06
# Both together are at most as wide as this, times their height or that of the tallest stroke: what
# is wider is two digits that touch, as the bar of a 5 and the 7 after it.
_MAX_WIDTH = 1.2
# The direction of a stroke at its end is that of its last part. That is as long as the pen is wide,
# but at least this fraction of the longer side of both strokes.
_END = 0.1
# Cosines of the largest angle between the directions of both, and of each to the gap between them.
# Where the pen covers most of the gap, its direction is chance.
_ALIGNED, _ACROSS = 0.5, 0.6
_COVERED = 0.5  # of the width of the pen


def lines_of_pen(strokes: Sequence[Stroke]) -> dict[Stroke, list[Stroke]]:
    """Return the lines of a drawing in their order: one stroke along each, and its parts.

    The result does not depend on the position or the size of the drawing.
    """
    lines: list[list[Stroke]] = []
    tallest = max((float(np.ptp(stroke.points[:, 1])) for stroke in strokes), default=0.0)
    for stroke in strokes:
        if lines and _goes_on(lines[-1][-1], stroke, tallest):
            lines[-1].append(stroke)
        else:
            lines.append([stroke])
    return {_whole(parts): parts for parts in lines}


def _whole(parts: Sequence[Stroke]) -> Stroke:
    """Return one stroke along all parts of a line."""
    if len(parts) == 1:
        return parts[0]
    points = np.vstack([part.points for part in parts])
    return Stroke(points, max(part.width for part in parts))


def _goes_on(one: Stroke, other: Stroke, tallest: float) -> bool:
    """Tell whether a stroke begins where the one before it ended, and in its direction."""
    both = np.vstack([one.points, other.points])
    across, down = np.ptp(both, axis=0)
    size = max(float(across), float(down))
    width = (one.width + other.width) / 2
    step = other.points[0] - one.points[-1]
    gap = float(np.hypot(*step))
    too_wide = across > _MAX_WIDTH * max(float(down), tallest)
    if too_wide or gap > width + _MAX_LIFT * size:
        return False
    reach = max(width, _END * size)
    before = -_first_part(one.points[::-1], reach)
    after = _first_part(other.points, reach)
    if min(np.hypot(*before), np.hypot(*after)) < max(width, gap - width):
        return False
    if _cosine(before, after) < _ALIGNED:
        return False
    return gap <= _COVERED * width or min(_cosine(before, step), _cosine(step, after)) >= _ACROSS


def _first_part(points: Float64Array, reach: float) -> Float64Array:
    """Return the way (2,) from the first of points (P, 2) to one as far as that, or the last."""
    ways = points - points[0]
    far = np.flatnonzero(np.hypot(*ways.T) >= reach)
    way: Float64Array = ways[far[0] if len(far) else -1]
    return way


def _cosine(one: Float64Array, other: Float64Array) -> float:
    """Return the cosine of the angle between two ways; both have a length."""
    return float(one @ other / (np.hypot(*one) * np.hypot(*other)))
