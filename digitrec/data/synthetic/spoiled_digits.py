"""Digits that are none any more: several in a row, mirrored or turned.

A mirrored five is a two to many a hand, a mirrored four a four that leans, and a bare seven on its
head a one with a foot: of such turns only those are made that are no other digit.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from digitrec.arrays import Float64Array
from digitrec.data.synthetic.digit_shapes import SHAPES, PenPath, Shape
from digitrec.data.synthetic.handwriting import Writing, write
from digitrec.data.synthetic.stroke_curves import StrokeModels, stroke_models

__all__ = ["side_by_side", "turned"]

Map = tuple[tuple[float, float, float], tuple[float, float, float]]

_MIRROR: Map = ((-1, 0, 60), (0, 1, 0))
_HALF_TURN: Map = ((-1, 0, 60), (0, -1, 100))
_QUARTER_TURN: Map = ((0, -1, 100), (1, 0, 0))


def turned(n: int, rng: np.random.Generator) -> Writing:
    """Digits mirrored, upside down or lying on their side."""
    models = _turned_models()
    return write(models, rng.integers(len(models.first_shape), size=n), rng)


@cache
def _turned_models() -> StrokeModels:
    crossed = _named(7, "crossed")
    return stroke_models(
        [
            _mapped(SHAPES[3], _MIRROR),
            _mapped(_named(6, "straight", "curled", "big", "upright"), _MIRROR),
            _mapped(crossed, _MIRROR),
            _mapped(_named(9, "straight", "leaning stem", "curved stem"), _MIRROR),
            _mapped(crossed, _HALF_TURN),
            _mapped(SHAPES[3], _QUARTER_TURN),
            _mapped(SHAPES[8], _QUARTER_TURN),
        ]
    )


def _named(digit: int, *begin: str) -> tuple[Shape, ...]:
    return tuple(shape for shape in SHAPES[digit] if shape.name.startswith(begin))


def _mapped(shapes: tuple[Shape, ...], by: Map) -> tuple[Shape, ...]:
    (a, b, c), (d, e, f) = by

    def path(path: PenPath) -> PenPath:
        points = tuple((a * x + b * y + c, d * x + e * y + f) for x, y in path.points)
        return PenPath(points, path.corners)

    return tuple(Shape(s.name, s.weight, tuple(map(path, s.strokes))) for s in shapes)


def side_by_side(writing: Writing, most: int, rng: np.random.Generator) -> Writing:
    """Put two to ``most`` of every ``most`` characters beside each other, close or touching."""
    n = len(writing.points) // most
    low, high = writing.bounds()
    count = np.minimum(1 + rng.geometric(0.7, n), most)
    gap = rng.normal(0.1, 0.14, (n, most))
    size = np.exp(rng.normal(0, 0.12, (n, most)))
    drop = rng.normal(0, 0.06, (n, most))
    paths = []
    for i in range(n):
        row: list[Float64Array] = []
        right = width = 0.0
        for k in range(count[i]):
            j = most * i + k
            wide = float(high[j, 0] - low[j, 0]) * size[i, k]
            # Narrow ones must not fall onto each other.
            space = max(gap[i, k], 0.12 if min(wide, width) < 0.3 else -0.3 * min(wide, width))
            left = right + space if k else 0.0
            corner = np.array([left - low[j, 0] * size[i, k], drop[i, k]])
            row += [path * size[i, k] + corner for path, _ in writing.strokes(j)]
            right, width = left + wide, wide
        paths.append(row)
    return Writing.of(paths, writing.pens[::most, 0])
