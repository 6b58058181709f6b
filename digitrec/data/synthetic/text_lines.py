"""Digits set side by side on a line, as a hand sets them: their strokes, before they are drawn.

All lengths are shares of the height of a digit; x to the right, y down, the baseline at y = 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from digitrec.arrays import Float64Array
from digitrec.data.synthetic.resampling import followed
from digitrec.drawing.strokes import Stroke

__all__ = ["Line", "Paths", "on_baseline", "profiles"]

Paths = Sequence[Float64Array]
"""The strokes of one digit, each (P, 2) of x, y; y down, in any unit."""

_HEIGHT_SPREAD = 0.1
_BASELINE_SPREAD = 0.04
_PROFILE_ROWS = 48  # in which the outlines of neighbours are compared
_DENSE = 0.03  # points no further apart than a row


@dataclass(frozen=True)
class Line:
    """Strokes of digits that stand side by side, and the width of the pen."""

    strokes: list[Float64Array]
    pen: float

    def bounds(self) -> tuple[Float64Array, Float64Array]:
        """Upper left and lower right corners (2,) of the ink."""
        points = np.concatenate(self.strokes)
        return points.min(axis=0) - self.pen / 2, points.max(axis=0) + self.pen / 2

    def turned(self, angle: float) -> Line:
        """Turn it about its origin, clockwise on the screen; radians."""
        cos, sin = np.cos(angle), np.sin(angle)
        turn = np.array([[cos, sin], [-sin, cos]])
        return Line([path @ turn for path in self.strokes], self.pen)

    def drawn(self, height: float, margin: Float64Array) -> tuple[list[Stroke], int, int]:
        """Put it onto a canvas that holds it: strokes, width and height in pixels.

        height: of a digit, in pixels. margin: (2, 2) pixels, before and after, in x and y.
        """
        low, high = self.bounds()
        width, tall = np.ceil((high - low) * height + margin.sum(axis=0)).astype(int).tolist()
        origin = margin[0] - low * height
        strokes = [Stroke(path * height + origin, self.pen * height) for path in self.strokes]
        return strokes, width, tall


def on_baseline(paths: Paths, rng: np.random.Generator, slant: float) -> list[Float64Array]:
    """Bring a digit to about unit height above the baseline, and lean it: sideways by height."""
    points = np.concatenate(list(paths))
    low, high = points.min(axis=0), points.max(axis=0)
    size = max(high[1] - low[1], (high[0] - low[0]) / 1.3, 1e-9)
    scale = (1 + _HEIGHT_SPREAD * np.clip(rng.normal(), -2.5, 2.5)) / size
    base = np.array([low[0], high[1]])
    lean = np.array([[1.0, 0.0], [-slant, 1.0]])
    rise = np.array([0.0, _BASELINE_SPREAD * rng.normal()])
    return [(path - base) * scale @ lean + rise for path in paths]


def profiles(strokes: list[Float64Array], pen: float) -> tuple[Float64Array, Float64Array]:
    """How far left and right the ink reaches in each of some rows: low and high (rows,).

    Rows without ink hold infinity in low and minus infinity in high.
    """
    low = np.full(_PROFILE_ROWS, np.inf)
    high = np.full(_PROFILE_ROWS, -np.inf)
    rows = np.linspace(-1.6, 0.6, _PROFILE_ROWS)
    for path in strokes:
        dense = followed(path, _DENSE)
        for dx, dy in ((0.0, 0.0), (0.0, 0.5), (0.0, -0.5), (0.5, 0.0), (-0.5, 0.0)):
            x, y = dense[:, 0] + dx * pen, dense[:, 1] + dy * pen
            row = np.clip(np.searchsorted(rows, y), 0, _PROFILE_ROWS - 1)
            np.minimum.at(low, row, x)
            np.maximum.at(high, row, x)
    return low, high
