"""Tell random noise from ink: in noise, a pixel says nothing about its neighbours."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image

from digitrec.arrays import Float64Array

__all__ = ["is_white_noise"]

# Correlation of neighbours. It is 0 in noise, and along a line that is one pixel wide it is 1.
LEAST_OF_INK = 0.25
MIN_PIXELS = 200  # of fewer, a correlation says little


def is_white_noise(picture: Image.Image) -> bool:
    """Return whether a picture, or a part of one, is random noise.

    The Pearson correlation of neighbouring pixels is looked at: beside, below, and diagonally.
    """
    grey = np.asarray(picture.convert("L"), np.float64)
    if grey.size < MIN_PIXELS or min(grey.shape) < 2 or grey.min() == grey.max():
        return False
    centred = grey - grey.mean()
    pairs = (
        (centred[:, :-1], centred[:, 1:]),
        (centred[:-1], centred[1:]),
        (centred[:-1, :-1], centred[1:, 1:]),
        (centred[:-1, 1:], centred[1:, :-1]),
    )
    return all(_correlation(*pair) < LEAST_OF_INK for pair in pairs)


def _correlation(one: Float64Array, other: Float64Array) -> float:
    # Sums of products, without an array of the products: a page has millions of pixels.
    both, first, second = (
        float(np.einsum("ij,ij->", a, b)) for a, b in ((one, other), (one, one), (other, other))
    )
    spread = math.sqrt(first * second)
    return both / spread if spread else 1.0
