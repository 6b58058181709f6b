"""Reading images of several digits whole, with the network for strings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from digitrec.arrays import Float32Array
from digitrec.models import string_checkpoint
from digitrec.models.network import StringNetwork, fuse_batch_norm
from digitrec.storage.resources import shipped_strings

__all__ = ["StringReader"]

BATCH = 64  # images through the network at once


class StringReader:
    """Reads the ink of several digits that touch or overlap. Make one with `load`."""

    def __init__(self, network: StringNetwork, device: torch.device | str = "cpu") -> None:
        self._network = fuse_batch_norm(network).to(device)
        self._device = device

    @classmethod
    def load(cls, path: Path | None = None, device: torch.device | str = "cpu") -> StringReader:
        """Load a checkpoint file; without a path, the one that ships with the package.

        Raises:
            CheckpointError: if the file is missing or holds no network for strings.
        """
        return cls(string_checkpoint.load(path or shipped_strings()), device)

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
            for start in range(0, len(indices), BATCH):
                some = indices[start : start + BATCH]
                tensor = torch.from_numpy(np.stack([images[i] for i in some]))[:, None]
                with torch.inference_mode():
                    read = self._network(tensor.to(self._device)).log_softmax(dim=2).cpu().numpy()
                answers.update(zip(some, read, strict=True))
        return [answers[index] for index in range(len(images))]
