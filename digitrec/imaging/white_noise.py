"""Tell random noise from ink: in noise, a pixel says nothing about its neighbours.

The same is true in a dithered scan, but there the mean of a few pixels does say something about the
pixels beside them.
"""

from __future__ import annotations

import math

import numpy as np
from PIL import Image

from digitrec.arrays import Float64Array

__all__ = ["is_white_noise"]

# Correlation of neighbours. It is 0 in noise, and along a line that is one pixel wide it is 1.
MIN_OF_INK = 0.25
MIN_PIXELS = 200  # of fewer, a correlation says little
FACTORS = (1, 2, 4)  # by which the picture is reduced


def is_white_noise(picture: Image.Image) -> bool:
    """Return whether a picture, or a part of one, is random noise.

    It is if neighbouring pixels, beside, below and diagonally, hardly correlate (Pearson), in the
    picture and in reduced copies.
    """
    whole = picture.convert("L")
    copies = [np.asarray(whole.reduce(factor), np.float64) for factor in FACTORS]
    if not _tells(copies[0]):
        return False
    return all(_is_uncorrelated(copy) for copy in copies if _tells(copy))


def _tells(grey: Float64Array) -> bool:
    """Tell whether there are enough pixels, and not all alike."""
    return grey.size >= MIN_PIXELS and min(grey.shape) >= 2 and grey.min() != grey.max()


def _is_uncorrelated(grey: Float64Array) -> bool:
    centred = grey - grey.mean()
    pairs = (
        (centred[:, :-1], centred[:, 1:]),
        (centred[:-1], centred[1:]),
        (centred[:-1, :-1], centred[1:, 1:]),
        (centred[:-1, 1:], centred[1:, :-1]),
    )
    return all(_correlation(*pair) < MIN_OF_INK for pair in pairs)


def _correlation(one: Float64Array, other: Float64Array) -> float:
    # Sums of products, without an array of the products: a page has millions of pixels.
    both, first, second = (
        float(np.einsum("ij,ij->", a, b)) for a, b in ((one, other), (one, one), (other, other))
    )
    spread = math.sqrt(first * second)
    return both / spread if spread else 1.0
