"""Reading images of several digits whole, with the network for strings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import log_softmax

from digitrec.arrays import Float32Array, LogitsFunction
from digitrec.models import engines, string_checkpoint
from digitrec.storage.resources import shipped_strings

if TYPE_CHECKING:
    import torch

__all__ = ["StringReader"]

IMAGES_AT_ONCE = 64  # through the network


class StringReader:
    """Reads the ink of several digits that touch or overlap. Make one with `load`."""

    def __init__(self, network: LogitsFunction) -> None:
        """Make a reader.

        Args:
            network: Images (N, 1, 28, W) to logits (N, W / 2, classes).
        """
        self._network = network

    @classmethod
    def load(cls, path: Path | None = None, device: torch.device | str = "cpu") -> StringReader:
        """Load a checkpoint file; without a path, the one that ships with the package.

        Raises:
            CheckpointError: if the file is missing or holds no network for strings.
        """
        return cls(engines.fastest(string_checkpoint.FORMAT, path or shipped_strings(), device))

    def read(self, images: Sequence[Float32Array]) -> list[Float32Array]:
        """Read images, those of equal width in batches.

        Args:
            images: Shape (28, W) each, made by `digitrec.imaging.normalise.normalise_string`.

        Returns:
            Log-probabilities (W / 2, classes) for each image; see `digitrec.models.ctc`.
        """
        by_width: dict[int, list[int]] = defaultdict(list)
        for index, image in enumerate(images):
            by_width[image.shape[1]].append(index)
        answers: dict[int, Float32Array] = {}
        for indices in by_width.values():
            for start in range(0, len(indices), IMAGES_AT_ONCE):
                some = indices[start : start + IMAGES_AT_ONCE]
                logits = self._network(np.stack([images[i] for i in some])[:, None])
                answers.update(zip(some, log_softmax(logits, axis=2), strict=True))
        return [answers[index] for index in range(len(images))]
