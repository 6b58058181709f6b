"""The batches of tasks whose examples are images of one size, each with a label."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Generator, Tensor

from digitrec.data.dataset import DataSet, Examples
from digitrec.training.tasks.task import Batch, EpochSize

__all__ = ["LabelledImagesTask"]


class LabelledImagesTask:
    """The common part of tasks that train on images (N, 1, H, W) and labels (N,)."""

    loss_is_mean: ClassVar[bool] = True

    def epoch_size(self, dataset: DataSet, batch_size: int) -> EpochSize:
        """Return how much an epoch is; a batch is no larger than the training part."""
        return EpochSize.of(dataset.epoch_size, batch_size)

    def epoch(
        self, dataset: DataSet, batch_size: int, shuffle: Generator, device: torch.device
    ) -> Sequence[Tensor]:
        """Return the indices (B,) of each batch."""
        size = self.epoch_size(dataset, batch_size)
        order = dataset.order(shuffle).to(device)
        return torch.split(order[: size.images], size.images // size.steps)

    def batch(self, examples: Examples, chosen: Tensor) -> Batch:
        """Return images and labels."""
        return Batch(examples.images[chosen], examples.labels[chosen])
