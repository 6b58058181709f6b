"""Reading normalised images of single digits, with the network of a checkpoint."""

from __future__ import annotations

import math

import numpy as np
import torch
import torch.nn.functional as F
from scipy.special import softmax
from torch import Tensor

from digitrec.arrays import Float32Array, Float64Array
from digitrec.errors import CheckpointError
from digitrec.models.checkpoint import Checkpoint
from digitrec.models.network import fuse_batch_norm
from digitrec.models.rejection import digit_probability
from digitrec.recognition.segmentation_graph import ClassProbabilities

__all__ = ["BATCH", "ROTATIONS", "SURE", "DigitReader", "rotation_grid"]

# Images through the network at once. On one processor, 512 at once are read a fifth slower, for
# layers fall out of the cache; and 16 at once a tenth slower.
BATCH = 128
# Images at once where the answer to one must not depend on the others: matrices of other sizes are
# multiplied in another order, which changes the last bits.
TILE = 16
# Where the network is less sure than this, it is asked again.
SURE = 0.99
ROTATIONS = (-8.0, 8.0)  # degrees by which images are then rotated


class DigitReader:
    """The network of a checkpoint, with its calibration and its probability of any digit.

    Where it is not sure, it also reads the image rotated a little either way, and the mean of the
    logits is taken (test-time augmentation).
    """

    def __init__(self, trained: Checkpoint, device: torch.device) -> None:
        self._temperature = trained.temperature
        self._rejects = trained.rejection_threshold > 0
        self._device = device
        network = fuse_batch_norm(trained.network)
        self._network = network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]

    def read(self, images: Float32Array, alike: bool = False) -> tuple[Float64Array, Float64Array]:
        """Read images in batches.

        Args:
            images: Shape (N, 28, 28), made by `digitrec.imaging.normalise.normalise`.
            alike: Give an image the same answer, to the last bit, whatever images are beside it.
                For a few images that takes as long as for `TILE`.

        Returns:
            Calibrated probabilities of the digits, shape (N, 10); and the probability that an image
            is any digit, shape (N,).
        """
        tensor = torch.from_numpy(images)[:, None]
        logits = self._logits(tensor, alike)
        unsure = np.flatnonzero(self._calibrated(logits).max(axis=1) < SURE)
        if len(unsure):
            rotated = torch.cat([_rotated(tensor[unsure], degrees) for degrees in ROTATIONS])
            again = self._logits(rotated, alike).reshape(len(ROTATIONS), -1, logits.shape[1])
            logits[unsure] = np.mean([logits[unsure], *again], axis=0)
        return self._calibrated(logits), digit_probability(logits)

    def class_probabilities(self, images: Float32Array) -> list[ClassProbabilities]:
        """Read images as `read` does; return for each one distribution with "not a digit" in it."""
        probabilities, any_digit = self.read(images)
        if not self._rejects:
            any_digit = np.ones_like(any_digit)
        return list(np.column_stack([probabilities * any_digit[:, None], 1 - any_digit]))

    def _logits(self, images: Tensor, alike: bool) -> Float64Array:
        at_once = TILE if alike and self._device.type == "cpu" else BATCH
        count = len(images)
        if alike:
            images = F.pad(images, (0, 0, 0, 0, 0, 0, 0, -count % at_once))
        with torch.inference_mode():
            batches = [
                self._network(batch.to(self._device)).cpu()
                for batch in torch.split(images, at_once)
            ]
        logits: Float64Array = torch.cat(batches)[:count].double().numpy()
        if not np.isfinite(logits).all():
            raise CheckpointError(
                "the network gives no finite answer to a picture; use another checkpoint file"
            )
        return logits

    def _calibrated(self, logits: Float64Array) -> Float64Array:
        probabilities: Float64Array = softmax(logits / self._temperature, axis=1)
        return probabilities


def rotation_grid(images: Tensor, degrees: float) -> Tensor:
    """Return where each pixel of rotated images comes from, for `torch.nn.functional.grid_sample`.

    Args:
        images: Shape (N, 1, H, W).
        degrees: Of the rotation about the middle.

    Returns:
        Shape (N, H, W, 2): x and y, from -1 to 1.
    """
    angle = math.radians(degrees)
    cos, sin = math.cos(angle), math.sin(angle)
    rotation = torch.tensor([[cos, -sin, 0.0], [sin, cos, 0.0]]).expand(len(images), 2, 3)
    return F.affine_grid(rotation, list(images.shape), align_corners=False)


def _rotated(images: Tensor, degrees: float) -> Tensor:
    """Rotate images (N, 1, H, W) about their middle."""
    return F.grid_sample(images, rotation_grid(images, degrees), align_corners=False)
