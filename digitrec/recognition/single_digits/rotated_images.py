"""Images of which a network is not sure are read once more, rotated a little either way."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np

from digitrec.arrays import Float64Array, Int64Array
from digitrec.models.calibration import calibrated

__all__ = ["ROTATIONS", "SURE", "look_twice"]

# Where a network is less sure than this, it is asked again.
SURE = 0.99
ROTATIONS = (-8.0, 8.0)  # degrees by which images are then rotated

_Images = TypeVar("_Images")  # a tensor or an array, N images


def look_twice(
    images: _Images,
    temperature: float,
    logits_of: Callable[[_Images], Float64Array],
    rotations: Callable[[_Images, Int64Array], _Images],
) -> Float64Array:
    """Read images; where the network is not sure, read them rotated a little either way, too.

    The mean of the logits is then taken (test-time augmentation).

    Args:
        images: N of them.
        temperature: Of the network's calibration.
        logits_of: Gives logits (K, 10) of K images.
        rotations: Gives the images of some indices, all of them rotated by the first of
            `ROTATIONS`, then by the second.

    Returns:
        Logits, shape (N, 10).
    """
    logits = logits_of(images)
    unsure: Int64Array = np.flatnonzero(calibrated(logits, temperature).max(axis=1) < SURE)
    if len(unsure):
        again = logits_of(rotations(images, unsure)).reshape(len(ROTATIONS), len(unsure), -1)
        logits[unsure] = np.mean([logits[unsure], *again], axis=0)
    return logits
