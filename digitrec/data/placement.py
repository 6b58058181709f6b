"""Strokes put onto a canvas as people draw: anywhere on it, at any size, with any pen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from digitrec.arrays import Float64Array
from digitrec.drawing.strokes import Drawing, Stroke

__all__ = ["place"]

Strokes = Sequence[Float64Array]
Range = tuple[float, float]

_THICKEST = 0.25  # width of a pen, as a part of what it draws


def place(
    strokes: Strokes,
    rng: np.random.Generator,
    *,
    sides: tuple[int, int] = (96, 400),
    size: Range = (0.2, 0.95),
    pen: Range = (0.01, 0.10),
) -> Drawing:
    """Draw strokes, float arrays (P, 2), at random on a square canvas that holds all of them.

    sides: least and largest side of the canvas, in pixels.
    size: of the longer side of what is drawn, pen width not counted, as a part of the canvas.
    pen: width of the pen, as a part of the canvas; at most a quarter of what is drawn: beyond that
        eights look like thick ones.
    """
    side = int(rng.integers(sides[0], sides[1] + 1))
    low = np.min([points.min(axis=0) for points in strokes], axis=0)
    high = np.max([points.max(axis=0) for points in strokes], axis=0)
    extent = float((high - low).max())
    length = rng.uniform(*size) * side
    width = min(rng.uniform(*pen) * side, length * _THICKEST)
    length = min(length, side - width)
    scale = length / extent if extent else 0.0
    room = side - width - (high - low) * scale
    corner = width / 2 + rng.uniform(size=2) * room
    return Drawing(
        side, side, [Stroke((points - low) * scale + corner, width) for points in strokes]
    )
