"""Synthetic digits: handwriting made from stroke models, to train on with no download.

A digit starts as one of the shapes of `digit_shapes`, and a hand drawn at random,
`handwriting`, writes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from digitrec.arrays import Int64Array, Uint8Array
from digitrec.data.synthetic.handwriting import Writing, place, write
from digitrec.data.synthetic.stroke_curves import digit_models
from digitrec.drawing.strokes import Drawing
from digitrec.imaging.normalise import SIZE

__all__ = ["CHUNK", "chunks", "draw", "generate"]

CHUNK = 250
"""Images made from one random stream; a multiple of ten, so that each holds all digits alike."""


def generate(count: int, seed: int, *, start: int = 0) -> tuple[Uint8Array, Int64Array]:
    """Make images ``start`` to ``start + count`` of the endless set that ``seed`` names.

    Image i of a seed is the same whatever ``start`` and ``count`` are, so that ranges that do not
    meet, and different seeds, make disjoint sets. Every ten images from a multiple of ten on hold
    each digit once.

    Returns images (count, 28, 28) uint8, ink 255 on 0, and labels (count,) int64. Raises
    ValueError where ``count``, ``seed`` or ``start`` is negative.
    """
    images = np.zeros((max(count, 0), SIZE, SIZE), np.uint8)
    labels = np.zeros(max(count, 0), np.int64)
    for chunk, first, wanted in chunks(count, seed, start):
        rng = np.random.default_rng([seed, chunk])
        digits = rng.permuted(np.tile(np.arange(10), (CHUNK // 10, 1)), axis=1).ravel()
        # A whole chunk's strokes are cheap; only the images that are asked for get drawn.
        for i, image in zip(wanted, _write(digits, rng).images(wanted), strict=True):
            images[first + i], labels[first + i] = image, digits[i]
    return images, labels


def chunks(count: int, seed: int, start: int) -> Iterator[tuple[int, int, range]]:
    """Split images ``start`` to ``start + count`` by the chunks that hold them.

    Yields each chunk's number, the place that its image 0 has among those asked for (negative
    where it is before them), and which of its images are asked for. Raises as `generate`.
    """
    for name, value in {"count": count, "seed": seed, "start": start}.items():
        if value < 0:
            raise ValueError(f"{name} must not be negative; got {value}")
    for chunk in range(start // CHUNK, -(-(start + count) // CHUNK)):
        first = chunk * CHUNK - start
        yield chunk, first, range(max(-first, 0), min(count - first, CHUNK))


def draw(digit: int, rng: np.random.Generator, width: int = 280, height: int = 280) -> Drawing:
    """Write a digit somewhere on a canvas, as a person in a window would.

    With its pen's width it spans 30 to 90 % of the canvas' shorter side, and its pen 2 to 10 % of
    that side, but no more than a fifth of the digit. Raises ValueError where ``digit`` is none of
    0 to 9 or the canvas has no pixels.
    """
    if digit not in range(10):
        raise ValueError(f"a digit is one of 0 to 9; got {digit}")
    return place(_write(np.array([digit]), rng), rng, width, height)


def _write(digits: Int64Array, rng: np.random.Generator) -> Writing:
    """Write digits (N,), with pens that leave them legible: a wide one fills all but a one."""
    writing = write(digit_models(), digits, rng)
    widest = np.where(digits == 1, np.inf, 0.23)[:, None]
    return replace(writing, pens=np.minimum(writing.pens, widest))
