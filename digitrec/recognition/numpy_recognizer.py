"""Reading a few pictures of one digit without PyTorch, whose import takes longer than that."""

from __future__ import annotations

import math
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from digitrec.arrays import Float32Array, Float64Array, Int64Array, IntArray
from digitrec.models.calibration import calibrated
from digitrec.models.checkpoint import NumpyCheckpoint, load_with_numpy
from digitrec.models.rejection import digit_probability
from digitrec.recognition.results import Page, Prediction
from digitrec.recognition.single_digits.rotated_images import ROTATIONS, look_twice
from digitrec.recognition.single_digits.second_look import look_again
from digitrec.storage.resources import shipped_checkpoint

if TYPE_CHECKING:
    from digitrec.imaging.pixels import Picture
    from digitrec.recognition.recognizer import Recognizer

__all__ = ["NumpyRecognizer"]


class NumpyRecognizer:
    """Does for single digits what a `Recognizer` does, in float32. Make one with `load`.

    Each image is read alone: its answer does not depend on others, to the last bit.
    """

    def __init__(self, trained: NumpyCheckpoint, path: Path | None) -> None:
        self._trained, self._path = trained, path

    @classmethod
    def load(cls, path: Path | None = None) -> NumpyRecognizer | None:
        """Load a checkpoint file; without a path, the one that ships with the package.

        Returns:
            None where its network needs PyTorch.

        Raises:
            CheckpointError: if the file is missing, or is not a usable checkpoint.
        """
        trained = load_with_numpy(path or shipped_checkpoint())
        return None if trained is None else cls(trained, path)

    def recognize_normalised(self, images: Float32Array, *, alike: bool = True) -> list[Prediction]:
        """Read images as `Recognizer.recognize_normalised` does."""
        logits = look_twice(images, self._trained.temperature, self._logits, _rotations)
        rows = zip(
            calibrated(logits, self._trained.temperature),
            digit_probability(logits).tolist(),
            images,
            strict=True,
        )
        threshold = self._trained.rejection_threshold
        return [Prediction.decided(*row, threshold) for row in rows]

    def look_again(self, picture: Picture, first: Prediction) -> Prediction:
        """Read a picture once more as `Recognizer.look_again` does, which imports PyTorch."""
        return look_again(picture, first, self.recognize_normalised)

    def read(self, image: Picture, *, digits_only: bool = False) -> Page:
        """Read a page; that is done by a `Recognizer`, which imports PyTorch."""
        return self._whole.read(image, digits_only=digits_only)

    @cached_property
    def _whole(self) -> Recognizer:
        from digitrec.recognition.recognizer import Recognizer

        return Recognizer.load(self._path)

    def _logits(self, images: Float32Array) -> Float64Array:
        return self._trained.network(images[:, None]).astype(np.float64)


def _rotations(images: Float32Array, chosen: Int64Array) -> Float32Array:
    """Return images (N, 28, 28) rotated about their middle, by each of `ROTATIONS` in turn."""
    flat = np.pad(images[chosen], ((0, 0), (1, 1), (1, 1))).reshape(len(chosen), -1)
    rotated = []
    for degrees in ROTATIONS:
        places, shares = _rotation(images.shape[1], degrees)
        # One product after the other: a function for sums may add in another order beside others.
        pixels = sum(flat[:, place] * share for place, share in zip(places, shares, strict=True))
        rotated.append(np.reshape(pixels, (-1, *images.shape[1:])))
    return np.concatenate(rotated)


@cache
def _rotation(side: int, degrees: float) -> tuple[IntArray, Float32Array]:
    """Tell which four pixels each pixel of a rotated image lies between, and how much is of each.

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
