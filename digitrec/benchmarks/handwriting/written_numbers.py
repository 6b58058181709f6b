"""Numbers and pages of numbers, made of single digits: only for measuring, never for training.

The digits of one writer are set side by side: of nearly the same height, on a baseline that is not
quite straight, with the same slant and varying gaps. Most neighbours stand apart, some overlap
without touching, some touch.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from digitrec.arrays import Float64Array, Uint8Array
from digitrec.data.rendering.canvas_placement import Strokes
from digitrec.data.synthetic.text_lines import (
    Line,
    RightEdge,
    row_extents,
    set_mark,
    set_on_baseline,
)
from digitrec.drawing.rasterise import rasterise
from digitrec.drawing.strokes import Drawing, Stroke

__all__ = ["draw_rows", "write_marked", "write_number", "write_page", "write_touching"]

# Lengths are in units of the height of a digit.
_SLANT_SPREAD = 0.1  # standard deviation of a number's slant: sideways shift divided by height
_PEN = (0.05, 0.13)
# Gaps between the bounding boxes of neighbours are low + scale × a lognormal variable: the median
# is 0.2, one in twelve is below 0, one in twenty above 0.7.
_GAP_LOW, _GAP_SCALE, _GAP_SIGMA = -0.2, 0.4, 0.5
_MAX_OVERLAP = 0.03  # of the ink of neighbours, along a row
_MARK_GAP, _MIN_FROM_MARK = (0.0, 0.35), 0.05  # between a mark and its neighbours
_SPACE = (0.7, 2.0)  # a wide space between digits
_TOUCHING_OVERLAP = (0.0, 0.07)  # of the ink of neighbours, where all of them touch


def write_number(digits: Sequence[Strokes], rng: np.random.Generator) -> Uint8Array:
    """Write digits side by side, 30 to 120 pixels high, with random margins.

    Returns:
        Ink uint8 (H, W), 0 the background and 255 full ink.
    """
    line = _write_line(digits, rng, _choose_pen(rng), rng.normal(0, _SLANT_SPREAD))
    line = line.rotated(np.radians(rng.uniform(-2, 2)))
    height = rng.uniform(30, 120)
    return rasterise(*line.on_canvas(height, height * rng.uniform(0.05, 1.0, (2, 2))))


def write_touching(digits: Sequence[Strokes], rng: np.random.Generator) -> Uint8Array:
    """Write digits as `write_number` does, without margins; each touches or overlaps the next."""
    height = rng.uniform(30, 120)
    overlap = float(rng.uniform(*_TOUCHING_OVERLAP))
    line = _write_line(digits, rng, _choose_pen(rng), rng.normal(0, _SLANT_SPREAD), overlap)
    line = line.rotated(np.radians(rng.uniform(-2, 2)))
    return rasterise(*line.on_canvas(height, np.ones((2, 2))))


def write_marked(characters: Sequence[tuple[str, Strokes]], rng: np.random.Generator) -> Uint8Array:
    """Write digits with marks between them and wide spaces, as `write_number` does.

    Args:
        characters: Each with its strokes; a space has none.
        rng: The source of the random variation.

    Returns:
        Ink uint8 (H, W), 0 the background and 255 full ink.
    """
    pen, slant = _choose_pen(rng), rng.normal(0, _SLANT_SPREAD)
    strokes: list[Float64Array] = []
    edge = RightEdge()
    space, beside_mark = 0.0, False
    for character, paths in characters:
        if character == " ":
            space = rng.uniform(*_SPACE)
            continue
        is_digit = character.isdecimal()
        if is_digit:
            placed = set_on_baseline(paths, rng, slant)
        else:
            placed = set_mark(paths, character, rng, slant)
        low, high = row_extents(placed, pen)
        shift = 0.0
        if strokes:
            gap = _GAP_LOW + _GAP_SCALE * np.exp(_GAP_SIGMA * rng.normal())
            if beside_mark or not is_digit:
                gap = rng.uniform(*_MARK_GAP)
            least = _MIN_FROM_MARK if beside_mark or not is_digit else -_MAX_OVERLAP
            shift = max(edge.last + (space or gap) - float(low.min()), edge.touching(low) + least)
        strokes += [path + np.array([shift, 0.0]) for path in placed]
        edge.add(high, shift)
        space, beside_mark = 0.0, not is_digit
    line = Line(strokes, pen).rotated(np.radians(rng.uniform(-2, 2)))
    height = rng.uniform(30, 120)
    return rasterise(*line.on_canvas(height, height * rng.uniform(0.05, 1.0, (2, 2))))


def write_page(
    lines: Sequence[Sequence[Sequence[Strokes]]],
    rng: np.random.Generator,
    height: float,
    degrees: float = 0.0,
) -> Uint8Array:
    """Write lines of numbers one below the other.

    Args:
        lines: The digits of each number of each line.
        rng: The source of the random variation.
        height: Of a digit, in pixels.
        degrees: By which the page is rotated clockwise.

    Returns:
        Ink uint8 (H, W), 0 the background and 255 full ink.
    """
    pen, slant = _choose_pen(rng), rng.normal(0, _SLANT_SPREAD)
    pitch = rng.uniform(1.6, 2.2)
    strokes: list[Float64Array] = []
    for row, numbers in enumerate(lines):
        x = rng.uniform(0, 0.5)
        for digits in numbers:
            line = _write_line(digits, rng, pen, slant)
            low, high = line.bounds()
            strokes += [path + np.array([x - low[0], row * pitch]) for path in line.strokes]
            x += high[0] - low[0] + rng.uniform(*_SPACE)
    page = Line(strokes, pen).rotated(np.radians(degrees))
    low, high = page.bounds()
    margin = rng.uniform(0.5, 1.5, (2, 2))
    width, tall = np.ceil((high - low + margin.sum(axis=0)) * height).astype(int).tolist()
    drawn = [Stroke((path - low + margin[0]) * height, pen * height) for path in page.strokes]
    return rasterise(drawn, width, tall)


def draw_rows(
    rows: Sequence[Sequence[Strokes]],
    rng: np.random.Generator,
    pitch: tuple[float, float],
) -> Drawing:
    """Draw numbers one below the other, as in the window: digits 100 pixels high.

    Args:
        rows: The digits of each row.
        rng: The source of the random variation.
        pitch: Heights of a digit from one row to the next, from and to.
    """
    pen, slant, apart = _choose_pen(rng), rng.normal(0, _SLANT_SPREAD), rng.uniform(*pitch)
    strokes: list[Float64Array] = []
    for number, digits in enumerate(rows):
        line = _write_line(digits, rng, pen, slant)
        corner = np.array([rng.uniform(0, 0.7), number * apart])
        strokes += [path + corner for path in line.strokes]
    drawn = Line(strokes, pen).rotated(np.radians(rng.uniform(-3, 3)))
    paths, width, height = drawn.on_canvas(100.0, np.full((2, 2), 20.0))
    return Drawing(width, height, paths)


def _choose_pen(rng: np.random.Generator) -> float:
    return float(np.exp(rng.uniform(*np.log(_PEN))))


def _write_line(
    digits: Sequence[Strokes],
    rng: np.random.Generator,
    pen: float,
    slant: float,
    overlap: float | None = None,
) -> Line:
    """Set digits side by side, with a fixed overlap of their ink or, by default, varying gaps."""
    strokes: list[Float64Array] = []
    edge = RightEdge()
    for digit in digits:
        placed = set_on_baseline(digit, rng, slant)
        low, high = row_extents(placed, pen)
        gap = _GAP_LOW + _GAP_SCALE * np.exp(_GAP_SIGMA * rng.normal())
        shift = 0.0
        if strokes and overlap is not None:
            shift = edge.touching(low) - overlap
        elif strokes:
            apart = edge.last + gap - float(low.min())
            shift = max(apart, edge.touching(low) - _MAX_OVERLAP)
        strokes += [path + np.array([shift, 0.0]) for path in placed]
        edge.add(high, shift)
    return Line(strokes, pen)
