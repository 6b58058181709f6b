"""Strokes placed on a canvas as people draw them: at any place, in any size, with any pen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from digitrec.arrays import Float64Array
from digitrec.drawing.strokes import Drawing, Stroke

__all__ = ["Strokes", "bounds", "place_on_canvas"]

Strokes = Sequence[Float64Array]
"""The strokes of a character, each (P, 2): x to the right and y down, in any unit."""
Range = tuple[float, float]

# The largest width of the pen, as a share of what it draws: an 8 of a wider pen has no holes
# and looks like a thick 1.
_WIDEST_PEN = 0.25


def bounds(strokes: Strokes) -> tuple[Float64Array, Float64Array]:
    """Return the upper left and the lower right corner of a character's points, each (2,)."""
    low: Float64Array = np.min([points.min(axis=0) for points in strokes], axis=0)
    high: Float64Array = np.max([points.max(axis=0) for points in strokes], axis=0)
    return low, high


def place_on_canvas(
    strokes: Strokes,
    rng: np.random.Generator,
    *,
    sides: tuple[int, int] = (96, 400),
    size: Range = (0.2, 0.95),
    pen: Range = (0.01, 0.10),
) -> Drawing:
    """Place a character at random on a square canvas that holds all of it.

    Args:
        strokes: The character.
        rng: Draws the side of the canvas, then size, pen and place from the ranges below.
        sides: Of the canvas, in pixels, from and to.
        size: The longer side of the character without the pen's width, as a share of the canvas,
            from and to.
        pen: The pen's width as a share of the canvas, from and to; it is at most a quarter of the
            character's longer side.
    """
    side = int(rng.integers(sides[0], sides[1] + 1))
    low, high = bounds(strokes)
    extent = float((high - low).max())
    length = rng.uniform(*size) * side
    width = min(rng.uniform(*pen) * side, length * _WIDEST_PEN)
    length = min(length, side - width)
    scale = length / extent if extent else 0.0
    room = side - width - (high - low) * scale
    corner = width / 2 + rng.uniform(size=2) * room
    return Drawing(
        side, side, [Stroke((points - low) * scale + corner, width) for points in strokes]
    )
