"""Synthetic digits, made from pen strokes: a data set that needs no download.

A digit starts as one of the shapes in `digit_shapes`, which `handwriting` varies at random.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from digitrec.arrays import Int64Array, Uint8Array
from digitrec.data.synthetic.handwriting import Writing, draw_on_canvas, write
from digitrec.data.synthetic.stroke_models import digit_models
from digitrec.drawing.strokes import Drawing
from digitrec.imaging.normalise import SIZE

__all__ = ["CHUNK_SIZE", "draw", "generate", "split_into_chunks"]

CHUNK_SIZE = 250
"""Images made from one random stream; a multiple of ten, as ten images show each digit once."""


def generate(count: int, seed: int, *, start: int = 0) -> tuple[Uint8Array, Int64Array]:
    """Make images ``start`` to ``start + count`` of the endless set that ``seed`` names.

    Image i of a seed is the same whatever ``start`` and ``count`` are. Ranges that do not overlap,
    and different seeds, therefore give disjoint sets. Images 10i to 10i + 9 show each digit once.

    Returns:
        Images uint8 (count, 28, 28), 0 the background and 255 full ink, and labels int64 (count,).

    Raises:
        ValueError: if ``count``, ``seed`` or ``start`` is negative.
    """
    images = np.zeros((max(count, 0), SIZE, SIZE), np.uint8)
    labels = np.zeros(max(count, 0), np.int64)
    for chunk, first, wanted in split_into_chunks(count, seed, start):
        rng = np.random.default_rng([seed, chunk])
        digits = rng.permuted(np.tile(np.arange(10), (CHUNK_SIZE // 10, 1)), axis=1).ravel()
        # All strokes of a chunk are written, which is cheap; only the wanted images are drawn.
        for i, image in zip(wanted, _write(digits, rng).images(wanted), strict=True):
            images[first + i], labels[first + i] = image, digits[i]
    return images, labels


def split_into_chunks(count: int, seed: int, start: int) -> Iterator[tuple[int, int, range]]:
    """Split the images ``start`` to ``start + count`` into the chunks that hold them.

    Yields:
        For each chunk its number, the position of its first image relative to ``start`` (negative
        if the chunk begins before it), and which of its images are wanted.

    Raises:
        ValueError: if ``count``, ``seed`` or ``start`` is negative.
    """
    for name, value in {"count": count, "seed": seed, "start": start}.items():
        if value < 0:
            raise ValueError(f"{name} must not be negative; got {value}")
    for chunk in range(start // CHUNK_SIZE, -(-(start + count) // CHUNK_SIZE)):
        first = chunk * CHUNK_SIZE - start
        yield chunk, first, range(max(-first, 0), min(count - first, CHUNK_SIZE))


def draw(digit: int, rng: np.random.Generator, width: int = 280, height: int = 280) -> Drawing:
    """Draw a digit somewhere on a canvas, as people do in the window.

    Args:
        digit: 0 to 9.
        rng: The source of the random variation.
        width: Of the canvas, in pixels.
        height: Of the canvas, in pixels.

    Returns:
        A drawing of the size and with the pen that `draw_on_canvas` describes.

    Raises:
        ValueError: if ``digit`` is not one of 0 to 9, or the canvas has no pixels.
    """
    if digit not in range(10):
        raise ValueError(f"a digit is one of 0 to 9; got {digit}")
    return draw_on_canvas(_write(np.array([digit]), rng), rng, width, height)


def _write(digits: Int64Array, rng: np.random.Generator) -> Writing:
    """Write digits (N,) with pens that leave them legible; a 1 is legible with any pen."""
    writing = write(digit_models(), digits, rng)
    widest = np.where(digits == 1, np.inf, 0.23)[:, None]
    return replace(writing, pens=np.minimum(writing.pens, widest))
