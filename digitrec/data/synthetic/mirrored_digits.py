"""Mirrored, upside-down and lying digits, as drawings that are not digits.

Only those are made that do not look like another digit. A mirrored 5, for example, looks like some
people's 2, a mirrored 4 like a leaning 4, an upside-down 7 without a bar like a 1 with a foot, a
mirrored 6 with a curled back like a 2 with a loop, and a lying 8 that is open like a leaning one.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from digitrec.data.synthetic.digit_shapes import DIGIT_SHAPES
from digitrec.data.synthetic.handwriting import Writing, write
from digitrec.data.synthetic.shapes import PenPath, Shape
from digitrec.data.synthetic.stroke_models import StrokeModels, build_stroke_models

__all__ = ["mirrored_digits"]

_AffineMap = tuple[tuple[float, float, float], tuple[float, float, float]]
"""The rows (a, b, c) and (d, e, f) of x' = ax + by + c, y' = dx + ey + f."""

_MIRROR: _AffineMap = ((-1, 0, 60), (0, 1, 0))
_HALF_TURN: _AffineMap = ((-1, 0, 60), (0, -1, 100))
_QUARTER_TURN: _AffineMap = ((0, -1, 100), (1, 0, 0))


def mirrored_digits(n: int, rng: np.random.Generator) -> Writing:
    """Write digits that are mirrored, upside down or lying on their side."""
    models = _mirrored_models()
    return write(models, rng.integers(len(models.first_shape), size=n), rng)


@cache
def _mirrored_models() -> StrokeModels:
    threes = _named(3, "round", "deep waist", "shallow waist", "flat top", "small head")
    crossed = _named(7, "crossed", "crossed, curved stem")
    eights = _named(8, "one figure", "from the middle", "upstroke", "two circles", "snowman")
    return build_stroke_models(
        [
            _mapped(threes, _MIRROR),
            _mapped(_named(6, "straight", "upright"), _MIRROR),
            _mapped(crossed, _MIRROR),
            _mapped(_named(9, "straight stem", "leaning stem", "curved stem"), _MIRROR),
            _mapped(crossed, _HALF_TURN),
            _mapped(threes, _QUARTER_TURN),
            _mapped(eights, _QUARTER_TURN),
        ]
    )


def _named(digit: int, *names: str) -> tuple[Shape, ...]:
    """Return shapes of a digit by name, so that shapes added to the table are not mirrored, too."""
    shapes = {shape.name: shape for shape in DIGIT_SHAPES[digit]}
    return tuple(shapes[name] for name in names)


def _mapped(shapes: tuple[Shape, ...], by: _AffineMap) -> tuple[Shape, ...]:
    (a, b, c), (d, e, f) = by

    def map_path(path: PenPath) -> PenPath:
        points = tuple((a * x + b * y + c, d * x + e * y + f) for x, y in path.points)
        return PenPath(points, path.corners)

    return tuple(Shape(s.name, s.weight, tuple(map(map_path, s.strokes))) for s in shapes)
