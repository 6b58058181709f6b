"""Numbers and pages written with a pen, made of single digits: to measure reading with.

Digits of one writer are set side by side as a hand sets them: of nearly one height, on a baseline
that is not quite straight, leaning alike, and at gaps that vary. Most neighbours stand apart,
some reach over each other without touching, some touch.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from digitrec.data.paths import followed
from digitrec.ink import Stroke, rasterise

__all__ = ["Paths", "photograph", "write_number", "write_page", "write_touching"]

Floats = npt.NDArray[np.float64]
Paths = Sequence[Floats]
"""The strokes of one digit, each (P, 2) of x, y; y down, in any unit."""

# All lengths are shares of the height of a digit.
_HEIGHT_SPREAD = 0.1
_BASELINE_SPREAD = 0.04
_SLANT_SPREAD = 0.1  # of a number: sideways by height
_PEN = (0.05, 0.13)
# Gaps between the boxes of neighbours' ink: low + scale × a lognormal variable. The median is 0.2,
# one in twelve is below 0, one in twenty above 0.7.
_GAP_LOW, _GAP_SCALE, _GAP_SIGMA = -0.2, 0.4, 0.5
# So far one digit may run into another, measured along the rows of the picture.
_DEEPEST = 0.03
_TOUCHING = (0.0, 0.07)  # so far where all are to touch
_PROFILE_ROWS = 48  # in which the outlines of neighbours are compared
_DENSE = 0.03  # points no further apart than a row


@dataclass(frozen=True)
class _Line:
    """One line of digits, as if its height were 1 and its baseline y = 0."""

    strokes: list[Floats]
    pen: float

    def bounds(self) -> tuple[Floats, Floats]:
        points = np.concatenate(self.strokes)
        return points.min(axis=0) - self.pen / 2, points.max(axis=0) + self.pen / 2


def write_number(digits: Sequence[Paths], rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Write digits side by side, 30 to 120 pixels high, somewhere on a canvas.

    Returns ink coverage (H, W) uint8.
    """
    line = _write_line(digits, rng, _pen(rng), rng.normal(0, _SLANT_SPREAD))
    line = _turned(line, np.radians(rng.uniform(-2, 2)))
    height = rng.uniform(30, 120)
    return rasterise(*_drawn(line, height, height * rng.uniform(0.05, 1.0, (2, 2))))


def write_touching(digits: Sequence[Paths], rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Write digits as `write_number` does, but each touches its neighbour or runs into it."""
    height = rng.uniform(30, 120)
    deep = float(rng.uniform(*_TOUCHING))
    line = _write_line(digits, rng, _pen(rng), rng.normal(0, _SLANT_SPREAD), deep)
    line = _turned(line, np.radians(rng.uniform(-2, 2)))
    return rasterise(*_drawn(line, height, np.ones((2, 2))))


def _drawn(line: _Line, height: float, margin: Floats) -> tuple[list[Stroke], int, int]:
    """Put a line onto a canvas; margin: before and after, in x and y. Returns its sides too."""
    low, high = line.bounds()
    width, tall = np.ceil((high - low) * height + margin.sum(axis=0)).astype(int).tolist()
    origin = margin[0] - low * height
    strokes = [Stroke(path * height + origin, line.pen * height) for path in line.strokes]
    return strokes, width, tall


def write_page(
    lines: Sequence[Sequence[Sequence[Paths]]],
    rng: np.random.Generator,
    height: float,
    degrees: float = 0.0,
) -> npt.NDArray[np.uint8]:
    """Write lines of numbers one below the other, the page turned by an angle.

    lines: digits of numbers of lines. height: of a digit, in pixels. degrees: clockwise.
    Returns ink coverage (H, W) uint8.
    """
    pen, slant = _pen(rng), rng.normal(0, _SLANT_SPREAD)
    pitch = rng.uniform(1.6, 2.2)
    strokes: list[Floats] = []
    for row, numbers in enumerate(lines):
        x = rng.uniform(0, 0.5)
        for digits in numbers:
            line = _write_line(digits, rng, pen, slant)
            low, high = line.bounds()
            strokes += [path + np.array([x - low[0], row * pitch]) for path in line.strokes]
            x += high[0] - low[0] + rng.uniform(0.7, 2.0)
    page = _turned(_Line(strokes, pen), np.radians(degrees))
    low, high = page.bounds()
    margin = rng.uniform(0.5, 1.5, (2, 2))
    width, tall = np.ceil((high - low + margin.sum(axis=0)) * height).astype(int).tolist()
    drawn = [Stroke((path - low + margin[0]) * height, pen * height) for path in page.strokes]
    return rasterise(drawn, width, tall)


def photograph(
    ink: npt.NDArray[np.uint8], rng: np.random.Generator, *, light_on_dark: bool = False
) -> Image.Image:
    """Take ink for what lies on uneven paper in a light from one side; grain; saved as JPEG."""
    height, width = ink.shape
    y, x = np.linspace(-0.5, 0.5, height)[:, None], np.linspace(-0.5, 0.5, width)
    angle, bend = rng.uniform(0, 2 * np.pi), rng.normal(0, 0.15)
    light = np.cos(angle) * x + np.sin(angle) * y + bend * (x * x + y * y)
    cycles, turns = rng.uniform(2, 9, (4, 1, 1)), rng.normal(0, 1, (4, 1, 1))
    waves = np.tensordot(rng.normal(0, 0.01, 4), np.sin(cycles * (x + y * turns)), 1)
    paper = rng.uniform(190, 245) * (1 - rng.uniform(0.1, 0.35) * (0.5 + light))
    paper = paper * (1 + waves)
    seen = paper * (1 - rng.uniform(0.5, 0.9) * (ink / 255.0))
    if light_on_dark:
        seen = 255 - seen
    seen = seen + rng.normal(0, rng.uniform(1, 5), ink.shape)
    file = io.BytesIO()
    grey = Image.fromarray(np.clip(seen, 0, 255).astype(np.uint8))
    grey.save(file, "jpeg", quality=int(rng.integers(60, 96)))
    return Image.open(file)


def _pen(rng: np.random.Generator) -> float:
    return float(np.exp(rng.uniform(*np.log(_PEN))))


def _write_line(
    digits: Sequence[Paths],
    rng: np.random.Generator,
    pen: float,
    slant: float,
    deep: float | None = None,
) -> _Line:
    """Set digits side by side; so deep into each other, where that is given."""
    strokes: list[Floats] = []
    edge: Floats | None = None  # how far right the ink before reaches, row by row
    right = 0.0
    for paths in digits:
        placed = _placed(paths, rng, slant)
        low, high = _profiles(placed, pen)
        left = float(low.min())
        gap = _GAP_LOW + _GAP_SCALE * np.exp(_GAP_SIGMA * rng.normal())
        shift = right + gap - left if edge is not None else 0.0
        if edge is not None:
            touching = float(np.max(edge - low))
            shift = max(shift, touching - _DEEPEST) if deep is None else touching - deep
        strokes += [path + np.array([shift, 0.0]) for path in placed]
        edge = high + shift if edge is None else np.maximum(edge, high + shift)
        right = float(high.max()) + shift
    return _Line(strokes, pen)


def _placed(paths: Paths, rng: np.random.Generator, slant: float) -> list[Floats]:
    """Bring a digit to about unit height above the baseline, and lean it."""
    points = np.concatenate(list(paths))
    low, high = points.min(axis=0), points.max(axis=0)
    size = max(high[1] - low[1], (high[0] - low[0]) / 1.3, 1e-9)
    scale = (1 + _HEIGHT_SPREAD * np.clip(rng.normal(), -2.5, 2.5)) / size
    base = np.array([low[0], high[1]])
    lean = np.array([[1.0, 0.0], [-slant, 1.0]])
    rise = np.array([0.0, _BASELINE_SPREAD * rng.normal()])
    return [(path - base) * scale @ lean + rise for path in paths]


def _profiles(strokes: list[Floats], pen: float) -> tuple[Floats, Floats]:
    """How far left and right the ink reaches in each of some rows: low and high (rows,)."""
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


def _turned(line: _Line, angle: float) -> _Line:
    """Turn a line or page about its origin, clockwise on the screen."""
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.array([[cos, sin], [-sin, cos]])
    return _Line([path @ turn for path in line.strokes], line.pen)
