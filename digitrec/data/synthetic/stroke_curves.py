"""The shapes of characters as arrays, so that many can be written at once.

A smooth curve through control points is linear in them, so each shape is a matrix that takes
control points to pen positions; all shapes are padded to the longest and stacked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from digitrec.arrays import Float64Array, Int64Array
from digitrec.data.synthetic.digit_shapes import SHAPES, PenPath, Shape

__all__ = ["StrokeModels", "digit_models", "spline", "stroke_models"]

_DENSITY = 4  # pen positions from one control point to the next: enough to look round
_READINGS = 3


@dataclass(frozen=True)
class StrokeModels:
    """S shapes in G groups, with C control points and P pen positions in K strokes at most."""

    first_shape: Int64Array
    """(G,) the group's first shape; its others follow."""
    cumulative: Float64Array
    """(G, most shapes of a group) the probabilities of its shapes, summed up; then ones."""
    controls: Float64Array
    """(S, C, 2) x to the right, y down; the shape's height is about 1, its middle at (0, 0)."""
    control_stroke: Int64Array
    """(S, C) the stroke that a control point belongs to."""
    bases: Float64Array
    """(S, 3, P, C) ``bases @ controls`` are the pen positions of a hand that is neat (keeps to the
    corners), angular (makes each control point a corner), or hasty (makes none)."""
    point_stroke: Int64Array
    """(S, P) the stroke that a pen position belongs to."""
    first: Int64Array
    """(S, P) the first pen position of the same stroke."""
    last: Int64Array
    """(S, P) the last pen position of the same stroke."""
    along: Float64Array
    """(S, P) how far along its stroke a pen position is, from 0 to 1."""
    used: Int64Array
    """(S, P) 0, 1, … to the shape's last pen position, then that again."""
    spans: list[list[tuple[int, int]]]
    """(S) the pen positions of each stroke, from and to before."""
    strokes: int
    """K."""


@cache
def digit_models() -> StrokeModels:
    """Build the arrays from `SHAPES`, once: a group a digit."""
    return stroke_models([SHAPES[digit] for digit in range(10)])


def stroke_models(groups: Sequence[Sequence[Shape]]) -> StrokeModels:
    """Build the arrays from groups of shapes; of a group, shapes are drawn by their weights."""
    shapes = [shape for group in groups for shape in group]
    s, k = len(shapes), max(len(shape.strokes) for shape in shapes)
    c = max(sum(len(path.points) for path in shape.strokes) for shape in shapes)
    p = max(sum(_positions(path) for path in shape.strokes) for shape in shapes)
    most = max(map(len, groups))
    models = StrokeModels(
        first_shape=np.cumsum([0] + [len(group) for group in groups[:-1]]),
        cumulative=np.ones((len(groups), most)),
        controls=np.zeros((s, c, 2)),
        control_stroke=np.zeros((s, c), np.int64),
        bases=np.zeros((s, _READINGS, p, c)),
        point_stroke=np.zeros((s, p), np.int64),
        first=np.zeros((s, p), np.int64),
        last=np.ones((s, p), np.int64),
        along=np.zeros((s, p)),
        used=np.zeros((s, p), np.int64),
        spans=[[] for _ in shapes],
        strokes=k,
    )
    for g, group in enumerate(groups):
        weights = np.cumsum([shape.weight for shape in group])
        # The last is left at 1, free of rounding: a number drawn below 1 always finds a shape.
        models.cumulative[g, : len(group) - 1] = weights[:-1] / weights[-1]
    for i, shape in enumerate(shapes):
        _fill(models, i, shape.strokes)
    return models


def _fill(models: StrokeModels, i: int, strokes: tuple[PenPath, ...]) -> None:
    u = v = 0  # control points and pen positions so far
    for k, path in enumerate(strokes):
        here, there = slice(u, u + len(path.points)), slice(v, v + _positions(path))
        models.controls[i, here] = path.points
        models.control_stroke[i, here] = models.point_stroke[i, there] = k
        every, none = frozenset(range(len(path.points))), frozenset[int]()
        for reading, corners in enumerate((path.corners, every, none)):
            models.bases[i, reading, there, here] = spline(len(path.points), corners)
        models.first[i, there], models.last[i, there] = there.start, there.stop - 1
        models.along[i, there] = np.linspace(0, 1, _positions(path))
        models.spans[i].append((there.start, there.stop))
        u, v = here.stop, there.stop
    models.used[i] = np.minimum(np.arange(models.used.shape[1]), v - 1)
    controls = models.controls[i, :u]
    middle = (controls.min(axis=0) + controls.max(axis=0)) / 2
    models.controls[i, :u] = (controls - middle) / 100


def _positions(path: PenPath) -> int:
    return (len(path.points) - 1) * _DENSITY + 1


def spline(c: int, corners: frozenset[int], density: int = _DENSITY) -> Float64Array:
    """Matrix ((c - 1) * density + 1, c) of the cubic Hermite curve through c control points.

    The tangent at a point is half the chord between its neighbours (Catmull and Rom, 1974); at
    an end or a corner each side has its own, along the line to the neighbour on that side.
    """
    point = np.eye(c)
    chord = np.diff(point, axis=0)  # (c - 1, c) from each point to the next
    leaving, arriving = chord.copy(), chord.copy()
    for i in set(range(1, c - 1)) - corners:
        leaving[i] = arriving[i - 1] = (point[i + 1] - point[i - 1]) / 2
    position = np.arange((c - 1) * density + 1) / density
    k = np.minimum(position.astype(np.int64), c - 2)
    t = (position - k)[:, None]
    basis: Float64Array = (
        (2 * t**3 - 3 * t**2 + 1) * point[k]
        + (t**3 - 2 * t**2 + t) * leaving[k]
        + (3 * t**2 - 2 * t**3) * point[k + 1]
        + (t**3 - t**2) * arriving[k]
    )
    return basis
