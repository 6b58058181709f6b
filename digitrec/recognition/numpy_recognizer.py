"""Reading a few pictures of one digit without PyTorch, whose import takes longer than that."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from digitrec.arrays import Float32Array, Float64Array
from digitrec.models.calibration import calibrated
from digitrec.models.checkpoint import NumpyCheckpoint, load_with_numpy
from digitrec.models.rejection import digit_probability
from digitrec.recognition.results import Page, Prediction
from digitrec.recognition.single_digits.rotated_images import look_twice
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
        logits = look_twice(images, self._trained.temperature, self._logits)
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
