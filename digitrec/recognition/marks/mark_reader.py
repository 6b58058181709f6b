"""Telling the marks between digits apart, with the network for marks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import softmax

from digitrec.arrays import Float64Array, LogitsFunction, Uint8Array
from digitrec.models import engines, mark_checkpoint
from digitrec.models.marks import NO_MARK
from digitrec.storage.resources import shipped_marks

if TYPE_CHECKING:
    import torch

__all__ = ["MarkReader"]

WINDOWS_AT_ONCE = 256  # through the network


class MarkReader:
    """Tells which mark each piece of ink is, or that it is none. Make one with `load`."""

    def __init__(self, network: LogitsFunction) -> None:
        """Make a reader.

        Args:
            network: Images (N, 1, 32, 96) to logits (N, 8).
        """
        self._network = network

    @classmethod
    def load(cls, path: Path | None = None, device: torch.device | str = "cpu") -> MarkReader:
        """Load a checkpoint file; without a path, the one that ships with the package.

        Raises:
            CheckpointError: if the file is missing or holds no network for marks.
        """
        return cls(engines.fastest(mark_checkpoint.FORMAT, path or shipped_marks(), device))

    def read(self, windows: Uint8Array) -> Float64Array:
        """Read windows (N, 32, 96), made by `digitrec.imaging.lines.mark_windows`.

        Returns:
            Probabilities (N, 8) of the classes of `digitrec.models.marks`.
        """
        if not len(windows):
            return np.zeros((0, NO_MARK + 1))
        starts = range(0, len(windows), WINDOWS_AT_ONCE)
        batches = [windows[k : k + WINDOWS_AT_ONCE, None] for k in starts]
        white = np.float32(255)
        logits = np.concatenate([self._network(one.astype(np.float32) / white) for one in batches])
        probabilities: Float64Array = softmax(logits.astype(np.float64), axis=1)
        return probabilities
