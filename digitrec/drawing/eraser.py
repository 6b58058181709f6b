"""The eraser: find the strokes that it touches on its way."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from digitrec.arrays import Float64Array
from digitrec.drawing.strokes import Stroke

__all__ = ["strokes_touched"]


def strokes_touched(strokes: Iterable[Stroke], path: Float64Array, radius: float) -> list[Stroke]:
    """Return the strokes whose ink a round eraser touches on its way.

    Args:
        strokes: The strokes to look at.
        path: Points (N, 2) of the eraser's centre in canvas pixels, joined by straight lines. N is
            at least 1.
        radius: Radius of the eraser in canvas pixels.
    """
    path = np.asarray(path, dtype=np.float64)
    low, high = path.min(axis=0) - radius, path.max(axis=0) + radius
    found = []
    for stroke in strokes:
        left, top, right, bottom = stroke.box
        apart = right < low[0] or left > high[0] or bottom < low[1] or top > high[1]
        if not apart and _distance(path, stroke.points) <= radius + stroke.width / 2:
            found.append(stroke)
    return found


def _distance(one: Float64Array, other: Float64Array) -> float:
    """Return the shortest distance between two polylines (N, 2) and (M, 2)."""
    if _crosses(one, other):
        return 0.0
    return min(_distance_to_points(one, other), _distance_to_points(other, one))


def _distance_to_points(line: Float64Array, points: Float64Array) -> float:
    """Return the shortest distance from a polyline (M, 2) to any of the points (N, 2)."""
    start, step = line[:-1], np.diff(line, axis=0)  # (M - 1, 2)
    if len(start) == 0:
        start, step = line, np.zeros_like(line)
    length = (step**2).sum(axis=1)
    away = points[:, None] - start  # (N, M - 1, 2)
    along = (away * step).sum(axis=2) / np.where(length > 0, length, 1)
    nearest = away - along.clip(0, 1)[..., None] * step
    return float(np.sqrt((nearest**2).sum(axis=2).min()))


def _crosses(one: Float64Array, other: Float64Array) -> bool:
    """Return whether two polylines (N, 2) and (M, 2) cross."""
    a, b = one[:-1, None], one[1:, None]  # (N - 1, 1, 2)
    c, d = other[None, :-1], other[None, 1:]  # (1, M - 1, 2)
    sides = _side(a, b, c) * _side(a, b, d), _side(c, d, a) * _side(c, d, b)
    return bool(((sides[0] < 0) & (sides[1] < 0)).any())


def _side(a: Float64Array, b: Float64Array, point: Float64Array) -> Float64Array:
    """Return on which side of the line through a and b a point lies: the sign of the result."""
    line, away = b - a, point - a
    cross: Float64Array = line[..., 0] * away[..., 1] - line[..., 1] * away[..., 0]
    return cross
