"""Which strokes touch: their paths are no farther apart than their pens are wide."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from digitrec.arrays import Float64Array
from digitrec.drawing.strokes import Stroke

__all__ = ["are_close", "touching_sets"]

_STEP = 0.25  # of the narrower pen: from one point of a path to the next, when it is compared
_MAX_POINTS = 2_000  # of a path; of one that is longer, they are farther apart


def are_close(one: Stroke, other: Stroke, gap: float = 0.0) -> bool:
    """Tell whether the ink of two strokes touches, or is at most a gap apart.

    The result does not depend on the position or the size of the strokes.

    Args:
        one: A stroke.
        other: Another one.
        gap: In widths of the narrower pen.
    """
    from scipy.spatial import KDTree

    narrower = min(one.width, other.width)
    reach = (one.width + other.width) / 2 + gap * narrower
    low = np.maximum(one.points.min(axis=0), other.points.min(axis=0))
    high = np.minimum(one.points.max(axis=0), other.points.max(axis=0))
    if (low - high > reach).any():
        return False
    first, second = (_along(stroke.points, _STEP * narrower) for stroke in (one, other))
    distances = KDTree(first).query(second)[0]
    return bool(np.min(distances) <= reach)


def touching_sets(strokes: Sequence[Stroke]) -> list[list[Stroke]]:
    """Return which strokes hang together, in the order of the first of each; each keeps its order.

    Two strokes that do not touch hang together where others join them.
    """
    number = list(range(len(strokes)))
    for i, one in enumerate(strokes):
        for j in range(i):
            if number[i] != number[j] and are_close(one, strokes[j]):
                gone, kept = sorted((number[i], number[j]), reverse=True)
                number = [kept if each == gone else each for each in number]
    return [
        [stroke for stroke, own in zip(strokes, number, strict=True) if own == each]
        for each in sorted(set(number))
    ]


def _along(points: Float64Array, step: float) -> Float64Array:
    """Return points (N, 2) along a path, at most a step apart, corners among them."""
    lengths = np.hypot(*np.diff(points, axis=0).T)
    step = max(step, float(lengths.sum()) / _MAX_POINTS)
    pieces = np.maximum(np.ceil(lengths / step), 1).astype(np.int64)
    places = [i + np.arange(count) / count for i, count in enumerate(pieces)]
    place = np.concatenate([*places, [len(lengths)]])
    number = np.arange(len(points))
    return np.column_stack([np.interp(place, number, points[:, axis]) for axis in (0, 1)])
