"""The shapes of characters as arrays, so that many characters can be written at once.

A smooth curve through control points is linear in them. Each shape is therefore a matrix that maps
control points to pen positions. The arrays of all shapes are padded to the longest and stacked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from digitrec.arrays import Float64Array, Int64Array
from digitrec.data.synthetic.digit_shapes import DIGIT_SHAPES
from digitrec.data.synthetic.shapes import PenPath, Shape

__all__ = ["StrokeModels", "build_stroke_models", "digit_models", "spline_matrix"]

_DENSITY = 4  # pen positions from one control point to the next: enough to look round
_STYLES = 3  # neat, angular and hasty


@dataclass(frozen=True)
class StrokeModels:
    """S shapes in G groups; each shape has at most C control points, P pen positions, K strokes.

    Attributes:
        first_shape: int64 (G,), the first shape of each group; its other shapes follow.
        cumulative: (G, largest number of shapes in a group), the cumulative probabilities of the
            group's shapes, padded with ones.
        controls: (S, C, 2), the control points, x to the right and y down; a shape is about 1 high
            and centred at (0, 0).
        control_stroke: int64 (S, C), the stroke that a control point belongs to.
        bases: (S, 3, P, C), ``bases @ controls`` are the pen positions of three styles: neat (a
            corner where the shape has one), angular (a corner at each control point) and hasty (no
            corners).
        point_stroke: int64 (S, P), the stroke that a pen position belongs to.
        first: int64 (S, P), the first pen position of the same stroke.
        last: int64 (S, P), the last pen position of the same stroke.
        along: (S, P), how far along its stroke a pen position is, from 0 to 1.
        used: int64 (S, P), 0, 1, … to the last pen position of the shape, which is then repeated.
        spans: For each shape and stroke its pen positions, from and to (exclusive).
        strokes: K.
    """

    first_shape: Int64Array
    cumulative: Float64Array
    controls: Float64Array
    control_stroke: Int64Array
    bases: Float64Array
    point_stroke: Int64Array
    first: Int64Array
    last: Int64Array
    along: Float64Array
    used: Int64Array
    spans: list[list[tuple[int, int]]]
    strokes: int


@cache
def digit_models() -> StrokeModels:
    """Return the shapes of the digits; group d holds those of digit d."""
    return build_stroke_models([DIGIT_SHAPES[digit] for digit in range(10)])


def build_stroke_models(groups: Sequence[Sequence[Shape]]) -> StrokeModels:
    """Convert groups of shapes; a group holds the shapes of one character, or of a few."""
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
        bases=np.zeros((s, _STYLES, p, c)),
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
        # The last stays exactly 1, so that every number below 1 falls into a shape.
        models.cumulative[g, : len(group) - 1] = weights[:-1] / weights[-1]
    for i, shape in enumerate(shapes):
        _fill(models, i, shape.strokes)
    return models


def _fill(models: StrokeModels, i: int, strokes: tuple[PenPath, ...]) -> None:
    """Write shape i into the arrays."""
    u = v = 0  # control points and pen positions so far
    for k, path in enumerate(strokes):
        here, there = slice(u, u + len(path.points)), slice(v, v + _positions(path))
        models.controls[i, here] = path.points
        models.control_stroke[i, here] = models.point_stroke[i, there] = k
        every, none = frozenset(range(len(path.points))), frozenset[int]()
        for style, corners in enumerate((path.corners, every, none)):
            models.bases[i, style, there, here] = spline_matrix(len(path.points), corners)
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


def spline_matrix(c: int, corners: frozenset[int], density: int = _DENSITY) -> Float64Array:
    """Return the matrix that maps control points to the points of a cubic Hermite curve.

    The tangent at a control point is half the chord between its neighbours (E. Catmull and R. Rom,
    "A class of local interpolating splines", 1974). At an end or a corner, each side has its own
    tangent, along the line to the neighbour on that side.

    Args:
        c: How many control points there are.
        corners: Indices of control points at which the curve has a corner.
        density: Points of the curve from one control point to the next.

    Returns:
        ((c - 1) * density + 1, c).
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
