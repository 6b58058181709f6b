"""Reading pictures with a trained network: find the ink, normalise it, ask the network, decide."""

from __future__ import annotations

import math
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from PIL import Image
from scipy.special import softmax
from torch import Tensor

from digitrec.arrays import Float32Array, Float64Array
from digitrec.imaging.find_ink import page_ink
from digitrec.imaging.normalise import normalise
from digitrec.imaging.picture_files import open_picture
from digitrec.models import checkpoint
from digitrec.models.checkpoint import Checkpoint
from digitrec.models.network import fuse_batch_norm
from digitrec.models.rejection import digit_probability
from digitrec.recognition.best_path import Segment
from digitrec.recognition.page_segmentation import segment_page
from digitrec.recognition.results import Page, Prediction, Rejection
from digitrec.recognition.string_reader import StringReader
from digitrec.storage.resources import shipped_checkpoint

__all__ = ["Recognizer"]

Picture = Image.Image | npt.NDArray[Any] | str | Path

BATCH = 128  # pictures through the network at once; with more, layers fall out of the cache
# An answer less sure than this is asked for again, of the image turned a little either way.
SURE, TURNS = 0.99, (-8.0, 8.0)  # degrees
# Odds that ink in a line of which most is digits is one too, to those that a drawing of its own is.
AMONG_OTHERS = 25


class Recognizer:
    """A network that reads pictures of digits. Make one with `load`."""

    def __init__(self, trained: Checkpoint, device: torch.device | str = "cpu") -> None:
        self.checkpoint = trained
        self.device = torch.device(device)
        network = fuse_batch_norm(trained.network)
        self._network = network.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]

    @classmethod
    def load(cls, path: str | Path | None = None, device: torch.device | str = "cpu") -> Recognizer:
        """Load a weights file; without a path, the one that ships with the package.

        Raises:
            CheckpointError: if the file is missing or no usable checkpoint.
        """
        return cls(checkpoint.load(Path(path) if path else shipped_checkpoint()), device)

    def recognize(self, image: Picture) -> Prediction:
        """Read a picture of one digit, wherever and however large it is drawn.

        image: a PIL image, an array uint8 (H, W), (H, W, 3) or (H, W, 4), or a path.

        Raises:
            DigitrecError: if it is no picture.
        """
        return self.recognize_batch([image])[0]

    def recognize_batch(self, images: Iterable[Picture]) -> list[Prediction]:
        """Read many pictures of one digit each, in batches; arguments and errors as `recognize`."""
        images = list(images)
        if len(images) == 1:
            return self.recognize_normalised(_normalised(images[0])[None])
        # Normalising needs Python's lock and the network does not: one of each runs side by side.
        with ThreadPoolExecutor(1) as network:
            batches = [
                network.submit(
                    self.recognize_normalised,
                    np.stack([_normalised(image) for image in images[start : start + BATCH]]),
                )
                for start in range(0, len(images), BATCH)
            ]
        return [prediction for batch in batches for prediction in batch.result()]

    def read(self, image: Picture) -> Page:
        """Read all digits of a picture, a number or a page; argument and errors as `recognize`.

        Each line reads from left to right. Specks are left out; ink that is no digit otherwise is a
        prediction whose ``digit`` is None. Beside digits less is refused than alone.
        """
        if isinstance(image, str | Path):
            image = open_picture(Path(image), str(image))
        page = page_ink(image)
        lines = segment_page(page.ink, self._answers, self._strings.read)
        boxed = [[replace(part, box=page.in_picture(part.box)) for part in line] for line in lines]
        return Page(tuple(self._decided(line) for line in boxed))

    def recognize_normalised(self, images: Float32Array) -> list[Prediction]:
        """Read images (N, 28, 28) that `digitrec.imaging.normalise.normalise` has made."""
        probabilities, likely = self._read(torch.from_numpy(images)[:, None])
        rows = zip(probabilities, likely.tolist(), images, strict=True)
        threshold = self.checkpoint.rejection_threshold
        return [_decide(*row, threshold) for row in rows]

    def _read(self, images: Tensor) -> tuple[Float64Array, Float64Array]:
        """Return calibrated probabilities (N, 10) of images (N, 1, 28, 28), and likeness (N,)."""
        logits, probabilities = self._ask(images)
        unsure = np.flatnonzero(probabilities.max(axis=1) < SURE)
        if len(unsure):
            views = torch.cat([_turned(images[unsure], angle) for angle in TURNS])
            again = self._ask(views)[0].reshape(len(TURNS), -1, logits.shape[1])
            logits[unsure] = np.mean([logits[unsure], *again], axis=0)
            probabilities = self._calibrated(logits)
        return probabilities, digit_probability(logits)

    def _answers(self, images: Float32Array) -> list[Float64Array]:
        """Return probabilities (11,) of each digit and of none, for images (N, 28, 28)."""
        probabilities, likely = self._read(torch.from_numpy(images)[:, None])
        if not self.checkpoint.rejection_threshold:
            likely = np.ones_like(likely)
        return list(np.column_stack([probabilities * likely[:, None], 1 - likely]))

    @cached_property
    def _strings(self) -> StringReader:
        return StringReader.load(device=self.device)

    def _decided(self, line: list[Segment]) -> tuple[Prediction, ...]:
        """Decide on the parts of a line; by Bayes' rule, on one that has digits beside it."""
        alone = self.checkpoint.rejection_threshold
        beside = alone / (alone + AMONG_OTHERS * (1 - alone))
        likely = [max(float(part.probabilities[:-1].sum()), 1e-300) for part in line]
        digits = sum(like >= alone for like in likely)
        predictions = []
        for part, like in zip(line, likely, strict=True):
            others = digits - (like >= alone)
            threshold = beside if 2 * others > len(line) - 1 else alone
            prediction = _decide(part.probabilities[:-1] / like, like, part.image, threshold)
            predictions.append(replace(prediction, box=part.box))
        return tuple(predictions)

    def _ask(self, images: Tensor) -> tuple[Float64Array, Float64Array]:
        """Return logits and calibrated probabilities (N, 10) of images (N, 1, 28, 28)."""
        with torch.inference_mode():
            parts = [
                self._network(batch.to(self.device)).cpu() for batch in torch.split(images, BATCH)
            ]
        logits: Float64Array = torch.cat(parts).double().numpy()
        return logits, self._calibrated(logits)

    def _calibrated(self, logits: Float64Array) -> Float64Array:
        probabilities: Float64Array = softmax(logits / self.checkpoint.temperature, axis=1)
        return probabilities


def _decide(
    probabilities: Float64Array, likely: float, image: Float32Array, threshold: float
) -> Prediction:
    if not image.any():
        # Whatever a network says of nothing means nothing.
        return Prediction.unread(image, Rejection("blank"))
    best = int(probabilities.argmax())
    confidence = float(probabilities[best])
    if likely < threshold:
        rejection = Rejection("not a digit", best)
        return Prediction(None, confidence, probabilities, image, likely, rejection)
    return Prediction(best, confidence, probabilities, image, likely)


def _turned(images: Tensor, degrees: float) -> Tensor:
    """Turn images (N, 1, H, W) about their middle."""
    angle = math.radians(degrees)
    cos, sin = math.cos(angle), math.sin(angle)
    turn = torch.tensor([[cos, -sin, 0.0], [sin, cos, 0.0]]).expand(len(images), 2, 3)
    grid = F.affine_grid(turn, list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, align_corners=False)


def _normalised(image: Picture) -> Float32Array:
    if isinstance(image, str | Path):
        image = open_picture(Path(image), str(image))
    return normalise(image)
