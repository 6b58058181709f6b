"""Numbers and pages written with a pen, made of single digits: to measure reading with.

Digits of one writer are set side by side as a hand sets them: of nearly one height, on a baseline
that is not quite straight, leaning alike, and at gaps that vary. Most neighbours stand apart,
some reach over each other without touching, some touch.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from digitrec.arrays import Float64Array, Uint8Array
from digitrec.data.synthetic.text_lines import Line, Paths, on_baseline, profiles
from digitrec.drawing.rasterise import rasterise
from digitrec.drawing.strokes import Stroke

__all__ = ["Paths", "write_number", "write_page", "write_touching"]


# All lengths are shares of the height of a digit.
_SLANT_SPREAD = 0.1  # of a number: sideways by height
_PEN = (0.05, 0.13)
# Gaps between the boxes of neighbours' ink: low + scale × a lognormal variable. The median is 0.2,
# one in twelve is below 0, one in twenty above 0.7.
_GAP_LOW, _GAP_SCALE, _GAP_SIGMA = -0.2, 0.4, 0.5
# So far one digit may run into another, measured along the rows of the picture.
_DEEPEST = 0.03
_TOUCHING = (0.0, 0.07)  # so far where all are to touch


def write_number(digits: Sequence[Paths], rng: np.random.Generator) -> Uint8Array:
    """Write digits side by side, 30 to 120 pixels high, somewhere on a canvas.

    Returns ink coverage (H, W) uint8.
    """
    line = _write_line(digits, rng, _pen(rng), rng.normal(0, _SLANT_SPREAD))
    line = line.turned(np.radians(rng.uniform(-2, 2)))
    height = rng.uniform(30, 120)
    return rasterise(*line.drawn(height, height * rng.uniform(0.05, 1.0, (2, 2))))


def write_touching(digits: Sequence[Paths], rng: np.random.Generator) -> Uint8Array:
    """Write digits as `write_number` does, but each touches its neighbour or runs into it."""
    height = rng.uniform(30, 120)
    deep = float(rng.uniform(*_TOUCHING))
    line = _write_line(digits, rng, _pen(rng), rng.normal(0, _SLANT_SPREAD), deep)
    line = line.turned(np.radians(rng.uniform(-2, 2)))
    return rasterise(*line.drawn(height, np.ones((2, 2))))


def write_page(
    lines: Sequence[Sequence[Sequence[Paths]]],
    rng: np.random.Generator,
    height: float,
    degrees: float = 0.0,
) -> Uint8Array:
    """Write lines of numbers one below the other, the page turned by an angle.

    lines: digits of numbers of lines. height: of a digit, in pixels. degrees: clockwise.
    Returns ink coverage (H, W) uint8.
    """
    pen, slant = _pen(rng), rng.normal(0, _SLANT_SPREAD)
    pitch = rng.uniform(1.6, 2.2)
    strokes: list[Float64Array] = []
    for row, numbers in enumerate(lines):
        x = rng.uniform(0, 0.5)
        for digits in numbers:
            line = _write_line(digits, rng, pen, slant)
            low, high = line.bounds()
            strokes += [path + np.array([x - low[0], row * pitch]) for path in line.strokes]
            x += high[0] - low[0] + rng.uniform(0.7, 2.0)
    page = Line(strokes, pen).turned(np.radians(degrees))
    low, high = page.bounds()
    margin = rng.uniform(0.5, 1.5, (2, 2))
    width, tall = np.ceil((high - low + margin.sum(axis=0)) * height).astype(int).tolist()
    drawn = [Stroke((path - low + margin[0]) * height, pen * height) for path in page.strokes]
    return rasterise(drawn, width, tall)


def _pen(rng: np.random.Generator) -> float:
    return float(np.exp(rng.uniform(*np.log(_PEN))))


def _write_line(
    digits: Sequence[Paths],
    rng: np.random.Generator,
    pen: float,
    slant: float,
    deep: float | None = None,
) -> Line:
    """Set digits side by side; so deep into each other, where that is given."""
    strokes: list[Float64Array] = []
    edge: Float64Array | None = None  # how far right the ink before reaches, row by row
    right = 0.0
    for paths in digits:
        placed = on_baseline(paths, rng, slant)
        low, high = profiles(placed, pen)
        left = float(low.min())
        gap = _GAP_LOW + _GAP_SCALE * np.exp(_GAP_SIGMA * rng.normal())
        shift = right + gap - left if edge is not None else 0.0
        if edge is not None:
            touching = float(np.max(edge - low))
            shift = max(shift, touching - _DEEPEST) if deep is None else touching - deep
        strokes += [path + np.array([shift, 0.0]) for path in placed]
        edge = high + shift if edge is None else np.maximum(edge, high + shift)
        right = float(high.max()) + shift
    return Line(strokes, pen)
