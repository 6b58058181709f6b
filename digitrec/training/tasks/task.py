"""What the training loop asks of a task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Generator, Tensor

from digitrec.models.network import Network

__all__ = ["Batch", "EpochSize", "Score", "Task"]


@dataclass(frozen=True)
class EpochSize:
    """How much an epoch is: its steps, and the images of all of them."""

    steps: int
    images: int


@dataclass(frozen=True, eq=False)
class Batch:
    """Some training examples.

    Attributes:
        images: uint8 (B, 1, H, W).
        targets: what the loss compares the logits with; of digits, labels int64 (B,).
    """

    images: Tensor
    targets: Any


@dataclass(frozen=True)
class Score:
    """How a network does on examples.

    Attributes:
        loss: mean, in nats.
        accuracy: part of the examples that are read right.
    """

    loss: float
    accuracy: float


class Task(Protocol):
    """What a network learns to do.

    Data sets and their parts are those of the task: `digitrec.data.dataset.DataSet` of digits,
    `digitrec.data.string_dataset.StringDataSet` of strings.
    """

    def epoch_size(self, dataset: Any, batch_size: int) -> EpochSize:
        """Return how much an epoch is. The last incomplete batch is dropped."""

    def epoch(
        self, dataset: Any, batch_size: int, shuffle: Generator, device: torch.device
    ) -> Sequence[Any]:
        """Return the batches of an epoch in random order, each as `batch` takes it.

        Args:
            dataset: of which the training part is meant.
            batch_size: images in a batch.
            shuffle: a CPU generator.
            device: where the training examples are.
        """

    def batch(self, examples: Any, chosen: Any) -> Batch:
        """Return the examples of one of the batches of `epoch`."""

    def loss(self, logits: Tensor, targets: Any) -> Tensor:
        """Return the mean loss of a batch, a scalar."""

    def score(self, network: Network, examples: Any) -> Score:
        """Score a network that is in evaluation mode; there is one example at least."""
