"""Digits that touch, reach over each other or run into each other: strings to learn to read from.

A string is written with a pen or pasted together from scans. Pen strings are in one hand, of a
writer whose strokes are known or a made-up one; now and then something that is no digit is among
them. Image i of a seed is the same whatever else is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from digitrec.arrays import Float64Array, Int64Array, Uint8Array
from digitrec.data.pen_digits import PenDigit
from digitrec.data.stroke_augmentation import rewrite
from digitrec.data.synthetic import nondigits, scribbles
from digitrec.data.synthetic.handwriting import Writing, write
from digitrec.data.synthetic.stroke_curves import digit_models
from digitrec.data.synthetic.text_lines import Line, Paths, on_baseline, profiles
from digitrec.drawing.rasterise import rasterise
from digitrec.imaging.normalise import BOX, SIZE, normalise_string
from digitrec.models.networks import NO_DIGIT_CLASS

__all__ = ["LONGEST", "Sources", "write_string"]


LONGEST = 5
"""The most characters that a string has."""

# How many characters a string has, and how often.
_LENGTHS, _SHARES = tuple(range(1, LONGEST + 1)), (0.12, 0.46, 0.24, 0.12, 0.06)
_WIDEST = 128  # pixels of an image; a string that needs more is written anew
_SCANNED, _SYNTHETIC = 0.25, 0.2  # parts of the strings; the rest is in known writers' hands
_FOREIGN = 0.08  # part of the characters that are no digits,
_ALL_FOREIGN = 0.04  # and of the strings that hold no other
_FOREIGN_KINDS = (nondigits.letters, nondigits.letters, scribbles.curves, scribbles.zigzags)

# Lengths are shares of the height of a digit.
_PEN = (0.04, 0.16)
_SLANT_SPREAD = 0.15
_TURN = 5  # degrees
_PIXELS = 60  # that a digit is drawn high
_SCALE = _PIXELS / BOX  # of a scan


@dataclass(frozen=True, eq=False)
class Sources:
    """What strings are made of.

    writers: the pen digits of each. images, labels: uint8 (N, 28, 28) and int64 (N,), scans.
    """

    writers: Sequence[Sequence[PenDigit]]
    images: Uint8Array
    labels: Int64Array

    @classmethod
    def of(cls, digits: Sequence[PenDigit], images: Uint8Array, labels: Int64Array) -> Sources:
        """Sort pen digits by their writers."""
        writers = sorted({digit.writer for digit in digits})
        return cls([[d for d in digits if d.writer == w] for w in writers], images, labels)


def write_string(sources: Sources, rng: np.random.Generator) -> tuple[Uint8Array, list[int]]:
    """Make one string: its image (28, W) uint8, ink 255 on 0, and the classes that it shows."""
    while True:
        make = _scanned if rng.uniform() < _SCANNED else _written
        ink, shown = make(sources, rng)
        image = normalise_string(ink)
        if image.shape[1] <= _WIDEST:
            return np.rint(image * 255).astype(np.uint8), shown


def _length(rng: np.random.Generator) -> int:
    return int(rng.choice(_LENGTHS, p=_SHARES))


def _shift(edge: Float64Array, low: Float64Array, rng: np.random.Generator) -> float:
    """How far to move a digit right so that it meets what is before it.

    edge: how far right the ink before reaches, row by row; low: how far left the digit does.
    """
    touching = float(np.max(edge - low))
    beside = float(edge.max() - low.min())
    way = rng.uniform()
    if np.isfinite(touching) and way < 0.6:
        return touching - rng.uniform(-0.02, 0.08)
    if np.isfinite(touching) and way < 0.75:
        return touching - rng.uniform(0.05, 0.2)
    return max(touching, beside + rng.uniform(-0.3, 0.1)) + rng.uniform(0, 0.06)


def _written(sources: Sources, rng: np.random.Generator) -> tuple[Uint8Array, list[int]]:
    """Write with a pen; returns ink coverage (H, W)."""
    count = _length(rng)
    if rng.uniform() < _SYNTHETIC / (1 - _SCANNED):
        shown = rng.integers(10, size=count).tolist()
        digits = _paths(write(digit_models(), np.array(shown), rng))
    else:
        hand = sources.writers[int(rng.integers(len(sources.writers)))]
        chosen = [hand[i] for i in rng.integers(len(hand), size=count)]
        shown = [digit.label for digit in chosen]
        digits = [rewrite(digit.strokes, rng) for digit in chosen]
    foreign = rng.uniform(size=count) < (1 if rng.uniform() < _ALL_FOREIGN else _FOREIGN)
    for place in np.flatnonzero(foreign).tolist():
        kind = _FOREIGN_KINDS[rng.integers(len(_FOREIGN_KINDS))]
        digits[place], shown[place] = _paths(kind(1, rng))[0], NO_DIGIT_CLASS
    slant = rng.normal(0, _SLANT_SPREAD)
    pen = float(np.exp(rng.uniform(*np.log(_PEN))))
    strokes: list[Float64Array] = []
    edge = np.array([0.0])
    for place, paths in enumerate(digits):
        placed = on_baseline(paths, rng, slant)
        low, high = profiles(placed, pen)
        shift = _shift(edge, low, rng) if place else 0.0
        strokes += [path + np.array([shift, 0.0]) for path in placed]
        edge = np.maximum(edge, high + shift) if place else high
    line = Line(strokes, pen).turned(np.radians(rng.uniform(-_TURN, _TURN)))
    low, high = line.bounds()
    return rasterise(*line.drawn(_PIXELS / (high - low)[1], np.ones((2, 2)))), shown


def _paths(writing: Writing) -> list[Paths]:
    return [[path for path, _ in writing.strokes(i)] for i in range(len(writing.points))]


def _scanned(sources: Sources, rng: np.random.Generator) -> tuple[Uint8Array, list[int]]:
    """Paste scans together; returns ink (H, W)."""
    chosen = rng.integers(len(sources.labels), size=_length(rng))
    slant = rng.normal(0, _SLANT_SPREAD)
    side = round(SIZE * _SCALE)
    rows = np.arange(side)
    pieces: list[tuple[Uint8Array, int]] = []
    edge = np.array([0.0])
    for place, index in enumerate(chosen):
        piece = _leant(sources.images[index], side, slant, rng)
        ink = piece > 0.4 * piece.max()
        some = ink.any(axis=1)
        low = np.where(some, ink.argmax(axis=1), np.inf) / _PIXELS
        high = np.where(some, side - ink[:, ::-1].argmax(axis=1), -np.inf) / _PIXELS
        if place:
            # Ink touches across neighbouring rows too.
            near = np.max([edge[np.clip(rows + step, 0, side - 1)] for step in (-2, 0, 2)], axis=0)
            shift = _shift(near, low, rng)
            edge = np.maximum(edge, high + shift)
        else:
            shift, edge = 0.0, high
        pieces.append((piece, round(shift * _PIXELS)))
    first = min(left for _, left in pieces)
    width = max(left for _, left in pieces) - first + side
    string = np.zeros((side, width), np.uint8)
    for piece, left in pieces:
        place_of = string[:, left - first : left - first + side]
        np.maximum(place_of, piece, out=place_of)
    return string, sources.labels[chosen].tolist()


def _leant(image: Uint8Array, side: int, slant: float, rng: np.random.Generator) -> Uint8Array:
    """Enlarge a scan to a side, about as high as its neighbours, and lean it."""
    scale = _SCALE * np.exp(rng.normal(0, 0.08))
    middle, rise = side / 2, SIZE / 2 + rng.normal(0, 0.6)
    across = (1 / scale, slant / scale, SIZE / 2 - middle * (1 + slant) / scale)
    down = (0.0, 1 / scale, rise - middle / scale)
    enlarged = Image.fromarray(image).transform(
        (side, side), Image.Transform.AFFINE, (*across, *down), Image.Resampling.BILINEAR
    )
    return np.asarray(enlarged)
