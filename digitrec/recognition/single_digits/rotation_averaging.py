"""Averaging the answers of an unsure network over rotations (test-time augmentation)."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import numpy as np

from digitrec.arrays import BoolArray, Float32Array, Float64Array, IntArray

__all__ = ["AVERAGE_BELOW", "MAY_BE_NO_DIGIT", "ROTATIONS", "average_rotations"]

# Images are also read rotated where the most probable digit is less probable than this, or where
# the image is less probably a digit at all.
AVERAGE_BELOW, MAY_BE_NO_DIGIT = 0.95, 0.5
ROTATIONS = (-8.0, 8.0)  # degrees


def average_rotations(
    images: Float32Array,
    logits_of: Callable[[Float32Array], Float64Array],
    answers_of: Callable[[Float64Array], tuple[Float64Array, Float64Array]],
) -> Float64Array:
    """Read images; where the network is not sure, average over small rotations either way.

    The mean is that of the logits, as read upright and rotated by each of `ROTATIONS`.

    Args:
        images: Shape (N, 28, 28).
        logits_of: Gives logits (K, 10) of images (K, 28, 28).
        answers_of: Gives the probability of each digit, (K, 10), and that it is a digit at all,
            (K,), of logits.

    Returns:
        Logits, shape (N, 10).
    """
    logits = logits_of(images)
    probabilities, digit_probabilities = answers_of(logits)
    doubtful: BoolArray = probabilities.max(axis=1) < AVERAGE_BELOW
    doubtful |= digit_probabilities < MAY_BE_NO_DIGIT
    unsure = np.flatnonzero(doubtful)
    if len(unsure):
        again = logits_of(_rotations(images[unsure])).reshape(len(ROTATIONS), len(unsure), -1)
        logits[unsure] = np.mean([logits[unsure], *again], axis=0)
    return logits


def _rotations(images: Float32Array) -> Float32Array:
    """Return images (N, 28, 28) rotated about their middle, by each of `ROTATIONS` in turn."""
    flat = np.pad(images, ((0, 0), (1, 1), (1, 1))).reshape(len(images), -1)
    rotated = []
    for degrees in ROTATIONS:
        places, shares = _rotation(images.shape[1], degrees)
        # Added one after the other, because NumPy's sums may depend on the number of images.
        pixels = sum(flat[:, place] * share for place, share in zip(places, shares, strict=True))
        rotated.append(np.reshape(pixels, (-1, *images.shape[1:])))
    return np.concatenate(rotated)


@cache
def _rotation(side: int, degrees: float) -> tuple[IntArray, Float32Array]:
    """Return the four pixels that each pixel of a rotated image lies between, and their shares.

    Returns:
        Indices into a square image with a margin of one pixel, shape (4, side²), and shares.
    """
    angle, middle = math.radians(degrees), (side - 1) / 2
    y, x = np.indices((side, side)).reshape(2, -1) - middle
    down = math.sin(angle) * x + math.cos(angle) * y + middle
    across = math.cos(angle) * x - math.sin(angle) * y + middle
    # Beyond the margin all is 0, as in it.
    down, across = (np.clip(place, -1, side) for place in (down, across))
    top, left = (np.minimum(np.floor(place), side - 1) for place in (down, across))
    below, right = down - top, across - left
    first = ((top + 1) * (side + 2) + left + 1).astype(np.intp)
    places = np.stack([first, first + 1, first + side + 2, first + side + 3])
    shares = np.stack(
        [(1 - below) * (1 - right), (1 - below) * right, below * (1 - right), below * right]
    )
    return places, shares.astype(np.float32)
