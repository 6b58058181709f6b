"""How fast synthetic handwriting is made; also makes the drawings that other benchmarks read."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from digitrec.arrays import Uint8Array
from digitrec.benchmarks.timing import rate
from digitrec.data.synthetic.digits import draw, generate
from digitrec.drawing.rasterise import rasterise_drawing

__all__ = ["drawn_digits", "synthetic_images"]


def synthetic_images(count: int = 5_000, repeats: int = 5) -> str:
    """Return a line with the synthetic images that one core makes in a second."""
    return rate("synthetic images", lambda: len(generate(count, seed=0)[0]), repeats)


def drawn_digits(count: int) -> Iterator[Uint8Array]:
    """Draw digits as in the window: ink coverage, uint8 (280, 280)."""
    rng = np.random.default_rng(0)
    for index in range(count):
        yield rasterise_drawing(draw(index % 10, rng))
