"""What the training loop asks of a task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

import torch
from torch import Generator, Tensor

from digitrec.config.groups import Model
from digitrec.models.network import Network
from digitrec.training.run_directory import RunDir

__all__ = ["Batch", "EpochSize", "Finished", "Score", "Task"]


@dataclass(frozen=True)
class EpochSize:
    """How much an epoch is: its steps, and the images of all of them."""

    steps: int
    images: int

    @classmethod
    def of(cls, count: int, batch_size: int) -> EpochSize:
        """Return how much an epoch of ``count`` images in batches of one size is.

        A batch is no larger than all of them; the last incomplete batch is dropped.
        """
        size = min(batch_size, count)
        steps = count // size
        return cls(steps, steps * size)


@dataclass(frozen=True, eq=False)
class Batch:
    """Some training examples.

    Attributes:
        images: uint8 (B, C, H, W); C is 2 for ink, and else 1.
        targets: What the loss compares the logits with; of digits, labels int64 (B,).
    """

    images: Tensor
    targets: Any


@dataclass(frozen=True)
class Score:
    """The scores of a network on examples.

    Attributes:
        loss: Mean, in nats.
        accuracy: Part of the examples that are read right.
    """

    loss: float
    accuracy: float


class Finished(Protocol):
    """A trained network, scored."""

    @property
    def figures(self) -> Mapping[str, Any]:
        """What result.json holds of the scores."""

    @property
    def summary(self) -> str | None:
        """A line on the test set; None where it was not scored."""

    def next_step(self, folder: RunDir) -> str:
        """Return a command that is useful next."""

    def export(self, file: Path, model: Model, provenance: Mapping[str, Any]) -> None:
        """Write the checkpoint file.

        Args:
            file: Its path.
            model: The choice of the configuration that built the network.
            provenance: What the network comes from.
        """

    def write_test_files(self, folder: RunDir) -> None:
        """Write predictions.h5, and pictures where there are any, if the test set was scored."""


class Task(Protocol):
    """What a network learns to do.

    Data sets and their parts are those of the task: one of the kinds of
    `digitrec.data.dataset.AnyDataSet`.

    Attributes:
        loss_is_mean: Whether the loss of a batch is the mean of its images', so that several
            processes can compute a part each.
    """

    loss_is_mean: ClassVar[bool]

    def epoch_size(self, dataset: Any, batch_size: int) -> EpochSize:
        """Return how much an epoch is. The last incomplete batch is dropped."""

    def epoch(
        self, dataset: Any, batch_size: int, shuffle: Generator, device: torch.device
    ) -> Sequence[Any]:
        """Return the batches of an epoch in random order, each as `batch` takes it.

        Args:
            dataset: Of which the training part is meant.
            batch_size: Images in a batch.
            shuffle: A CPU generator.
            device: Where the training examples are.
        """

    def batch(self, examples: Any, chosen: Any) -> Batch:
        """Return the examples of one of the batches of `epoch`."""

    def loss(self, logits: Tensor, targets: Any) -> Tensor:
        """Return the mean loss of a batch, a scalar."""

    def score(self, network: Network, examples: Any) -> Score:
        """Score a network that is in evaluation mode; there is one example at least."""

    def finish(self, network: Network, dataset: Any, *, score_test: bool) -> Finished:
        """Calibrate a trained network on the validation part, and score it on the test part.

        Args:
            network: In evaluation mode.
            dataset: Whose test part is touched this once.
            score_test: False leaves the test part alone.
        """
