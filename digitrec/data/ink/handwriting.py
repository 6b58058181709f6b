"""Digits, letters and signs in ink: strokes varied as hands vary, or scans, drawn with one pen."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from digitrec.arrays import Float64Array
from digitrec.data.ink.graphics import Graphic, Scan, StrokedLine
from digitrec.data.ink.writers import Writers
from digitrec.data.marks.shapes import make_mark
from digitrec.data.rendering.canvas_placement import Strokes, bounds
from digitrec.data.rendering.stroke_augmentation import augment_strokes
from digitrec.data.synthetic.neat_hands import NeatHand
from digitrec.data.synthetic.text_lines import set_mark
from digitrec.models.marks import MARKS

__all__ = ["Pen", "Written", "write_digit", "write_neatly", "write_sign"]

_PENS = (0.035, 0.16)  # widths of pens, in heights of a digit
_THIN_PENS, _THICK_PENS = (0.012, 0.035), (0.16, 0.24)
# Shares of the characters that are scans, that are varied strokes, and that are letters.
_SCANNED, _VARIED, _LETTERS = 0.15, 0.35, 0.05
# Share of the digits that are a 1 drawn with a ruler, and the standard deviation of its lean.
_BARS, _LEAN = 0.02, 0.08
_SLANT, _TURN = 0.12, 0.06  # standard deviations
_NEAT = 0.3  # greatest strength of the variation of a neat hand's digits
_SCAN_INK = 20 / 28  # the longer side of the ink of a scan, as a share of its side
_SPACING = 0.02  # least distance between the points of a stroke; nearer points add no detail


class Pen(NamedTuple):
    """What a text is written with: the width of the strokes, or scans."""

    width: float
    scans: bool
    slant: float

    @classmethod
    def choose(cls, rng: np.random.Generator) -> Pen:
        """Choose a pen at random."""
        way = rng.uniform()
        low, high = _THIN_PENS if way < 0.12 else _THICK_PENS if way < 0.2 else _PENS
        width = float(np.exp(rng.uniform(np.log(low), np.log(high))))
        return cls(width, rng.uniform() < _SCANNED, rng.normal(0, _SLANT))


class Written(NamedTuple):
    """A character on paper.

    Attributes:
        graphics: Its ink.
        text: The digit, "?" for a letter, nothing for a sign between digits.
        low: Left upper corner of its ink.
        high: Right lower corner of its ink.
    """

    graphics: list[Graphic]
    text: str
    low: Float64Array
    high: Float64Array


def write_digit(
    writers: Writers,
    rng: np.random.Generator,
    pen: Pen,
    middle: tuple[float, float] = (0.0, 0.0),
    size: float = 1.0,
) -> Written:
    """Write a digit, now and then a letter, whose longer side is about ``size``."""
    centre = np.array(middle)
    if pen.scans:
        number = int(rng.integers(len(writers.scan_labels)))
        image = writers.scans[number]
        side = size / _SCAN_INK
        rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
        low = centre - side / 2 + np.array([columns[0], rows[0]]) / 28 * side
        high = centre - side / 2 + np.array([columns[-1] + 1, rows[-1] + 1]) / 28 * side
        text = str(writers.scan_labels[number])
        return Written([Scan(image, (middle[0], middle[1]), side)], text, low, high)
    strokes: Strokes
    if writers.letters and rng.uniform() < _LETTERS:
        strokes, text = writers.letters[int(rng.integers(len(writers.letters)))], "?"
    elif rng.uniform() < _BARS:
        lean = rng.normal(0, _LEAN)
        strokes, text = [np.array([[lean, -0.5], [-lean, 0.5]])], "1"
    else:
        number = int(rng.integers(len(writers.labels)))
        strokes, text = writers.strokes[number], str(writers.labels[number])
    if rng.uniform() < _VARIED:
        strokes = augment_strokes(strokes, rng)
    angle = rng.normal(0, _TURN)
    stretch = np.exp(rng.normal(0, 0.08, 2))
    turn = np.array([[1.0, -pen.slant - angle], [angle, 1.0]]) * stretch[:, None] * size
    placed = [np.asarray(points) @ turn.T + centre for points in strokes]
    return _inked(placed, pen.width * size, text)


def write_neatly(
    hand: NeatHand, rng: np.random.Generator, pen: Pen, left: float, middle: float = 0.0
) -> Written:
    """Write a digit of a neat hand, 1 high.

    Args:
        hand: As `digitrec.data.synthetic.neat_hands.make_neat_hand` makes it.
        rng: The source of the random variation.
        pen: Its width is all that counts here.
        left: Where the digit begins.
        middle: Of the digit, down the page.
    """
    digit = int(rng.integers(10))
    strokes = augment_strokes(hand[digit], rng, _NEAT) if rng.uniform() < 0.7 else hand[digit]
    away = left - min(float(path[:, 0].min()) for path in strokes) + pen.width / 2
    place = np.array([away, middle + rng.normal(0, 0.01)])
    return _inked([path + place for path in strokes], pen.width, str(digit))


def write_sign(rng: np.random.Generator, pen: Pen, left: float, middle: float = 0.0) -> Written:
    """Write a point, a dash or another sign that stands between digits.

    Args:
        rng: The source of the random variation.
        pen: That the digits are written with.
        left: Where the sign begins.
        middle: Of the digits, down the page; they are 1 high.
    """
    sign = MARKS[int(rng.integers(len(MARKS)))]
    placed = set_mark(make_mark(sign, rng), sign, rng, pen.slant)
    away = left - min(float(path[:, 0].min()) for path in placed) + pen.width / 2
    thick = pen.width * (rng.uniform(1, 1.6) if sign in ".:" else 1)
    place = np.array([away, middle + 0.5])  # `set_mark` has the feet of the digits at 0
    return _inked([path + place for path in placed], thick, "")


def _inked(strokes: Strokes, width: float, text: str) -> Written:
    graphics: list[Graphic] = [
        StrokedLine(_thinned(points), width, round=True) for points in strokes
    ]
    low, high = bounds(strokes)
    return Written(graphics, text, low - width / 2, high + width / 2)


def _thinned(points: Float64Array) -> Float64Array:
    """Leave out points that are nearer than `_SPACING` to the one before."""
    if len(points) < 4:
        return points
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    kept = np.unique(np.searchsorted(along, np.arange(0, along[-1], _SPACING)))
    thinned: Float64Array = points[np.append(kept[kept < len(points) - 1], len(points) - 1)]
    return thinned
