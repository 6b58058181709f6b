"""The strokes of a line of digits, before they are drawn.

Lengths are in units of the height of a digit; x to the right, y down, the baseline at y = 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from digitrec.arrays import Float64Array
from digitrec.data.synthetic.resampling import resample
from digitrec.drawing.strokes import Stroke

__all__ = ["Line", "RightEdge", "row_extents", "set_mark", "set_on_baseline"]

_HEIGHT_SPREAD = 0.1
_BASELINE_SPREAD = 0.04
_ROWS = 48  # in which the outlines of neighbours are compared
_SPACING = 0.03  # of the points of a path, below the height of a row


@dataclass(frozen=True)
class Line:
    """The strokes of digits that stand side by side.

    Attributes:
        strokes: Paths (P, 2) of all digits.
        pen: The width of the pen.
    """

    strokes: list[Float64Array]
    pen: float

    def bounds(self) -> tuple[Float64Array, Float64Array]:
        """Return the upper left and lower right corners (2,) of the ink."""
        points = np.concatenate(self.strokes)
        return points.min(axis=0) - self.pen / 2, points.max(axis=0) + self.pen / 2

    def rotated(self, angle: float) -> Line:
        """Return the line rotated about its origin by an angle in radians, clockwise as seen."""
        cos, sin = np.cos(angle), np.sin(angle)
        rotation = np.array([[cos, sin], [-sin, cos]])
        return Line([path @ rotation for path in self.strokes], self.pen)

    def on_canvas(self, height: float, margin: Float64Array) -> tuple[list[Stroke], int, int]:
        """Scale the line and place it on a canvas that holds it.

        Args:
            height: Of a digit, in pixels.
            margin: (2, 2) in pixels: left and top, then right and bottom.

        Returns:
            The strokes, and the width and height of the canvas in pixels.
        """
        low, high = self.bounds()
        width, tall = np.ceil((high - low) * height + margin.sum(axis=0)).astype(int).tolist()
        origin = margin[0] - low * height
        strokes = [Stroke(path * height + origin, self.pen * height) for path in self.strokes]
        return strokes, width, tall


@dataclass
class RightEdge:
    """How far right the ink reaches of characters that are set side by side.

    Attributes:
        rows: The largest x of each row, (R,); minus infinity in rows without ink. Before the first
            character, one value stands for any number of rows.
        last: The largest x of the last character.
    """

    rows: Float64Array = field(default_factory=lambda: np.array([-np.inf]))
    last: float = 0.0

    def touching(self, low: Float64Array) -> float:
        """Return how far right a character is moved so that it just touches the ink before it.

        Args:
            low: The smallest x of each row of the character, (R,), as `row_extents` returns it.

        Returns:
            Minus infinity where no row has ink of both.
        """
        return float(np.max(self.rows - low))

    def add(self, high: Float64Array, shift: float) -> None:
        """Add a character whose largest x of each row is ``high`` (R,), moved right by a shift."""
        self.rows = np.maximum(self.rows, high + shift)
        self.last = float(high.max()) + shift


def set_on_baseline(
    paths: Sequence[Float64Array], rng: np.random.Generator, slant: float
) -> list[Float64Array]:
    """Scale a digit to about unit height, set it on the baseline, and slant it.

    Args:
        paths: The strokes of the digit, each (P, 2), in any unit.
        rng: The source of the random variation.
        slant: How far right the top of the digit is moved, relative to its height.
    """
    points = np.concatenate(list(paths))
    low, high = points.min(axis=0), points.max(axis=0)
    size = max(high[1] - low[1], (high[0] - low[0]) / 1.3, 1e-9)
    scale = (1 + _HEIGHT_SPREAD * np.clip(rng.normal(), -2.5, 2.5)) / size
    base = np.array([low[0], high[1]])
    lean = np.array([[1.0, 0.0], [-slant, 1.0]])
    rise = np.array([0.0, _BASELINE_SPREAD * rng.normal()])
    return [(path - base) * scale @ lean + rise for path in paths]


def row_extents(strokes: list[Float64Array], pen: float) -> tuple[Float64Array, Float64Array]:
    """Return how far left and right the ink of strokes reaches in each of R rows.

    Args:
        strokes: Paths (P, 2).
        pen: The width of the pen.

    Returns:
        The smallest and the largest x of each row, (R,) each; infinity and minus infinity in rows
        without ink.
    """
    low = np.full(_ROWS, np.inf)
    high = np.full(_ROWS, -np.inf)
    rows = np.linspace(-1.6, 0.6, _ROWS)
    for path in strokes:
        dense = resample(path, _SPACING)
        for dx, dy in ((0.0, 0.0), (0.0, 0.5), (0.0, -0.5), (0.5, 0.0), (-0.5, 0.0)):
            x, y = dense[:, 0] + dx * pen, dense[:, 1] + dy * pen
            row = np.clip(np.searchsorted(rows, y), 0, _ROWS - 1)
            np.minimum.at(low, row, x)
            np.maximum.at(high, row, x)
    return low, high


def set_mark(
    paths: Sequence[Float64Array], mark: str, rng: np.random.Generator, slant: float
) -> list[Float64Array]:
    """Scale a mark beside digits of unit height, and put it as high as it stands among them.

    Args:
        paths: The strokes of the mark, each (P, 2), in any unit.
        mark: Which one it is, a character of `digitrec.models.marks.MARKS`.
        rng: The source of the random variation.
        slant: As in `set_on_baseline`.
    """
    least, most, anchor, place, spread = _MARKS[mark]
    points = np.concatenate(list(paths))
    low, high = points.min(axis=0), points.max(axis=0)
    size = rng.uniform(least, most) / max(float((high - low).max()), 1e-9)
    origin = np.array([low[0], low[1] + anchor * (high[1] - low[1])])
    lean = np.array([[1.0, 0.0], [-slant, 1.0]])
    rise = np.array([0.0, place + spread * np.clip(rng.normal(), -2.5, 2.5)])
    return [(path - origin) * size @ lean + rise for path in paths]


# For each mark: the least and greatest length of its longer side; a point of its height (0 its top,
# 1 its foot); the y at which that point stands, and the standard deviation of that y.
_MARKS: Mapping[str, tuple[float, float, float, float, float]] = {
    ".": (0.0, 0.1, 1.0, -0.02, 0.05),
    ",": (0.16, 0.45, 0.3, 0.0, 0.06),
    "-": (0.22, 0.7, 0.5, -0.48, 0.09),
    "/": (0.9, 1.5, 0.5, -0.48, 0.09),
    ":": (0.3, 0.7, 0.5, -0.4, 0.07),
    "%": (0.7, 1.2, 0.5, -0.48, 0.08),
    "+": (0.4, 0.85, 0.5, -0.45, 0.09),
}
