"""Synthetic drawings that are not digits, from which a network learns to reject.

A network that is trained to be unsure of such drawings is unsure of others that it never saw, too:
outlier exposure (D. Hendrycks, M. Mazeika and T. Dietterich, "Deep anomaly detection with outlier
exposure", ICLR 2019). For that they have to be of many kinds: letters of several alphabets, signs,
small pictures, scribbles, digits that run into each other, mirrored digits. Drawings that could be
a digit in some people's handwriting are left out.

They are written in the same synthetic handwriting as the synthetic digits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np

from digitrec.arrays import Float64Array, Int64Array, Uint8Array
from digitrec.data.synthetic import scribbles
from digitrec.data.synthetic.digits import CHUNK_SIZE, split_into_chunks
from digitrec.data.synthetic.handwriting import Writing, draw_on_canvas, write
from digitrec.data.synthetic.letter_shapes import LETTER_SHAPES
from digitrec.data.synthetic.mirrored_digits import mirrored_digits
from digitrec.data.synthetic.stroke_models import StrokeModels, build_stroke_models, digit_models
from digitrec.data.synthetic.symbol_shapes import SYMBOL_SHAPES
from digitrec.drawing.strokes import Drawing
from digitrec.imaging.normalise import SIZE

__all__ = ["KINDS", "draw", "generate", "letters"]

Kind = Callable[[int, np.random.Generator], Writing]
"""A function that writes n drawings of one kind."""

_STREAM = 1  # keeps the random numbers apart from those of the digits of the same seed


def generate(count: int, seed: int, start: int = 0) -> Uint8Array:
    """Make images ``start`` to ``start + count`` of the endless set that ``seed`` names.

    Image i of a seed is the same whatever ``start`` and ``count`` are.

    Returns:
        uint8 (count, 28, 28), 0 the background and 255 full ink, normalised as digits are.

    Raises:
        ValueError: if ``count``, ``seed`` or ``start`` is negative.
    """
    images = np.zeros((max(count, 0), SIZE, SIZE), np.uint8)
    for chunk, first, wanted in split_into_chunks(count, seed, start):
        rng = np.random.default_rng([seed, chunk, _STREAM])
        kinds = _choose_kinds(CHUNK_SIZE, rng)
        for kind, make in enumerate(KINDS):
            (places,) = np.nonzero(kinds == kind)
            if len(places) == 0:
                continue
            (asked,) = np.nonzero((places >= wanted.start) & (places < wanted.stop))
            # All of a chunk is written, because a chunk is one random stream.
            writing = _with_thin_pens(make(len(places), rng))
            for i, image in zip(asked, writing.images(asked), strict=True):
                images[first + places[i]] = image
    return images


def draw(
    rng: np.random.Generator, width: int = 280, height: int = 280, kind: Kind | None = None
) -> Drawing:
    """Draw something that is not a digit somewhere on a canvas, as people do in the window.

    Args:
        rng: The source of the random variation.
        width: Of the canvas, in pixels.
        height: Of the canvas, in pixels.
        kind: One of `KINDS`; None chooses one, each as often as in training.

    Returns:
        A drawing of the size and with the pen that `draw_on_canvas` describes.

    Raises:
        ValueError: if the canvas has no pixels.
    """
    if kind is None:
        kind = list(KINDS)[_choose_kinds(1, rng)[0]]
    return draw_on_canvas(kind(1, rng), rng, width, height)


def _with_thin_pens(writing: Writing) -> Writing:
    """Limit the pen's width: a wide pen makes blots that could be anything, a digit too."""
    return replace(writing, pens=np.minimum(writing.pens * 0.9, 0.2))


def _choose_kinds(count: int, rng: np.random.Generator) -> Int64Array:
    weights = np.array(list(KINDS.values()))
    return rng.choice(len(weights), count, p=weights / weights.sum())


# Kinds: each function writes n of its kind


@cache
def _letters() -> StrokeModels:
    return build_stroke_models(list(LETTER_SHAPES.values()))


@cache
def _symbols() -> StrokeModels:
    return build_stroke_models(list(SYMBOL_SHAPES.values()))


def letters(n: int, rng: np.random.Generator) -> Writing:
    """Write letters of several alphabets, except those that some people write like a digit."""
    return write(_letters(), rng.integers(len(LETTER_SHAPES), size=n), rng)


def symbols(n: int, rng: np.random.Generator) -> Writing:
    """Write signs and small pictures."""
    return write(_symbols(), rng.integers(len(SYMBOL_SHAPES), size=n), rng)


def digits_in_a_row(n: int, rng: np.random.Generator) -> Writing:
    """Write two or three digits that touch or stand close."""
    return _side_by_side(write(digit_models(), rng.integers(10, size=3 * n), rng), 3, rng)


def letters_in_a_row(n: int, rng: np.random.Generator) -> Writing:
    """Write two to four letters that touch or stand close."""
    return _side_by_side(
        write(_letters(), rng.integers(len(LETTER_SHAPES), size=4 * n), rng), 4, rng
    )


def _side_by_side(writing: Writing, most: int, rng: np.random.Generator) -> Writing:
    """Set characters beside each other, close or touching: of every ``most``, two or more."""
    n = len(writing.points) // most
    low, high = writing.bounds()
    count = np.minimum(1 + rng.geometric(0.7, n), most)
    gap = rng.normal(0.1, 0.14, (n, most))
    size = np.exp(rng.normal(0, 0.12, (n, most)))
    drop = rng.normal(0, 0.06, (n, most))
    paths = []
    for i in range(n):
        row: list[Float64Array] = []
        right = width = 0.0
        for k in range(count[i]):
            j = most * i + k
            wide = float(high[j, 0] - low[j, 0]) * size[i, k]
            # Narrow characters stand clear of each other: two sticks that touch are one thick 1.
            clear = 0.1 + min(writing.pens[most * i, 0], 0.2)
            space = max(gap[i, k], clear if min(wide, width) < 0.3 else -0.3 * min(wide, width))
            left = right + space if k else 0.0
            corner = np.array([left - low[j, 0] * size[i, k], drop[i, k]])
            row += [path * size[i, k] + corner for path, _ in writing.strokes(j)]
            right, width = left + wide, wide
        paths.append(row)
    return Writing.from_paths(paths, writing.pens[::most, 0])


KINDS: dict[Kind, float] = {
    letters: 50,
    symbols: 14,
    digits_in_a_row: 6,
    letters_in_a_row: 3,
    mirrored_digits: 4,
    scribbles.characters: 4,
    scribbles.lines: 3,
    scribbles.dots: 2,
    scribbles.curves: 5,
    scribbles.zigzags: 4,
    scribbles.spirals: 2,
    scribbles.loops: 3,
}
"""The kinds of drawings, and how many of a hundred are of each."""
