"""Synthetic drawings that are no digits, for a network to learn refusal from.

Trained to be unsure of such examples, a network is unsure of others that it never saw: outlier
exposure (Hendrycks, Mazeika and Dietterich, "Deep anomaly detection with outlier exposure", ICLR
2019). What counts is their breadth: letters of several alphabets, signs, little pictures, scribbles
(`scribbles`), and what becomes of digits that run into each other or are turned
round. What some hand writes like a digit is not among them.

They are written by the hand that writes the synthetic digits, `handwriting`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np

from digitrec.arrays import Int64Array, Uint8Array
from digitrec.data.synthetic import scribbles
from digitrec.data.synthetic.digits import CHUNK, chunks
from digitrec.data.synthetic.handwriting import Writing, place, write
from digitrec.data.synthetic.letter_shapes import LETTERS
from digitrec.data.synthetic.spoiled_digits import side_by_side, turned
from digitrec.data.synthetic.stroke_curves import StrokeModels, digit_models, stroke_models
from digitrec.data.synthetic.symbol_shapes import SYMBOLS
from digitrec.drawing.strokes import Drawing
from digitrec.imaging.normalise import SIZE

__all__ = ["KINDS", "Kind", "draw", "generate"]

Kind = Callable[[int, np.random.Generator], Writing]

_STREAM = 1  # keeps the random numbers apart from those of the digits of the same seed


def generate(count: int, seed: int, start: int = 0) -> Uint8Array:
    """Make images ``start`` to ``start + count`` of the endless set that ``seed`` names.

    Image i of a seed is the same whatever ``start`` and ``count`` are.

    Returns (count, 28, 28) uint8, ink 255 on 0, normalised as digits are. Raises ValueError where
    ``count``, ``seed`` or ``start`` is negative.
    """
    images = np.zeros((max(count, 0), SIZE, SIZE), np.uint8)
    for chunk, first, wanted in chunks(count, seed, start):
        rng = np.random.default_rng([seed, chunk, _STREAM])
        kinds = _choose_kinds(CHUNK, rng)
        for kind, make in enumerate(KINDS):
            (places,) = np.nonzero(kinds == kind)
            if len(places) == 0:
                continue
            (asked,) = np.nonzero((places >= wanted.start) & (places < wanted.stop))
            # Those not asked for are written all the same: a chunk is one random stream.
            writing = _thinned(make(len(places), rng))
            for i, image in zip(asked, writing.images(asked), strict=True):
                images[first + places[i]] = image
    return images


def draw(
    rng: np.random.Generator, width: int = 280, height: int = 280, kind: Kind | None = None
) -> Drawing:
    """Draw what is no digit somewhere on a canvas, as a person in a window would.

    kind: one of `KINDS`; None takes any, each as often as in training.

    Size and pen are those of `digitrec.data.synthetic.digits.draw`, but a dot stays a dot. Raises
    ValueError where the canvas has no pixels.
    """
    if kind is None:
        kind = list(KINDS)[_choose_kinds(1, rng)[0]]
    return place(kind(1, rng), rng, width, height)


def _thinned(writing: Writing) -> Writing:
    """Take a narrower pen: what a wide one fills could be anything, a digit too."""
    return replace(writing, pens=np.minimum(writing.pens * 0.9, 0.2))


def _choose_kinds(count: int, rng: np.random.Generator) -> Int64Array:
    weights = np.array(list(KINDS.values()))
    return rng.choice(len(weights), count, p=weights / weights.sum())


# --- the kinds: each writes n of them ----------------------------------------------------------


@cache
def _letters() -> StrokeModels:
    return stroke_models(list(LETTERS.values()))


@cache
def _symbols() -> StrokeModels:
    return stroke_models(list(SYMBOLS.values()))


def letters(n: int, rng: np.random.Generator) -> Writing:
    """Letters of several alphabets, those that some hand writes like a digit left out."""
    return write(_letters(), rng.integers(len(LETTERS), size=n), rng)


def symbols(n: int, rng: np.random.Generator) -> Writing:
    """Signs and little pictures."""
    return write(_symbols(), rng.integers(len(SYMBOLS), size=n), rng)


def digits_in_a_row(n: int, rng: np.random.Generator) -> Writing:
    """Two or three digits that run into each other."""
    return side_by_side(write(digit_models(), rng.integers(10, size=3 * n), rng), 3, rng)


def letters_in_a_row(n: int, rng: np.random.Generator) -> Writing:
    """Two to four letters side by side."""
    return side_by_side(write(_letters(), rng.integers(len(LETTERS), size=4 * n), rng), 4, rng)


KINDS: dict[Kind, float] = {
    letters: 50,
    symbols: 14,
    digits_in_a_row: 6,
    letters_in_a_row: 3,
    turned: 4,
    scribbles.characters: 4,
    scribbles.lines: 3,
    scribbles.dots: 2,
    scribbles.curves: 5,
    scribbles.zigzags: 4,
    scribbles.spirals: 2,
    scribbles.loops: 3,
}
"""What is drawn, and how often in a hundred."""
