"""Telling the marks between digits apart, with the network for marks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from scipy.special import softmax

from digitrec.arrays import Float64Array, Uint8Array
from digitrec.models import mark_checkpoint
from digitrec.models.marks import NO_MARK
from digitrec.models.network import MarkNetwork, fuse_batch_norm
from digitrec.storage.resources import shipped_marks

__all__ = ["MarkReader"]

BATCH = 256  # windows through the network at once


class MarkReader:
    """Says of pieces of ink which mark each is, or that it is none. Make one with `load`."""

    def __init__(self, network: MarkNetwork, device: torch.device | str = "cpu") -> None:
        self._network = fuse_batch_norm(network).to(device)
        self._device = device

    @classmethod
    def load(cls, path: Path | None = None, device: torch.device | str = "cpu") -> MarkReader:
        """Load a checkpoint file; without a path, the one that ships with the package.

        Raises:
            CheckpointError: if the file is missing or holds no network for marks.
        """
        return cls(mark_checkpoint.load(path or shipped_marks()), device)

    def read(self, windows: Uint8Array) -> Float64Array:
        """Read windows (N, 32, 48), made by `digitrec.imaging.mark_windows`.

        Returns:
            Probabilities (N, 8) of the classes of `digitrec.models.marks`.
        """
        if not len(windows):
            return np.zeros((0, NO_MARK + 1))
        images = torch.from_numpy(windows)[:, None]
        with torch.inference_mode():
            logits = torch.cat(
                [
                    self._network(batch.to(self._device).float().div_(255)).cpu()
                    for batch in torch.split(images, BATCH)
                ]
            )
        probabilities: Float64Array = softmax(logits.double().numpy(), axis=1)
        return probabilities
