"""Telling marks between digits apart: which mark a piece of ink is, or that it is none."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from digitrec.data.dataset import DataSet, Examples
from digitrec.models import mark_checkpoint
from digitrec.models.inference import logits_of_batch
from digitrec.models.network import Network
from digitrec.training.tasks.finished_network import FinishedNetwork, ScoredTest
from digitrec.training.tasks.task import Batch, EpochSize, Score

__all__ = ["MarksTask"]

AT_ONCE = 512  # windows through a network that is scored
CHECK_IMAGES = 8  # stored in the checkpoint file with their logits


class MarksTask:
    """Trains on images (N, 1, 32, 96) and classes (N,)."""

    def __init__(self, label_smoothing: float = 0.0) -> None:
        self._label_smoothing = label_smoothing

    def epoch_size(self, dataset: DataSet, batch_size: int) -> EpochSize:
        """Return how much an epoch is; a batch is no larger than the training part."""
        return EpochSize.of(len(dataset.train), batch_size)

    def epoch(
        self, dataset: DataSet, batch_size: int, shuffle: Generator, device: torch.device
    ) -> Sequence[Tensor]:
        """Return the indices (B,) of each batch."""
        size = self.epoch_size(dataset, batch_size)
        order = torch.randperm(len(dataset.train), generator=shuffle).to(device)
        return torch.split(order[: size.images], size.images // size.steps)

    def batch(self, examples: Examples, chosen: Tensor) -> Batch:
        """Return images and classes."""
        return Batch(examples.images[chosen], examples.labels[chosen])

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the cross-entropy of logits (B, 8) and classes (B,)."""
        return F.cross_entropy(logits, targets, label_smoothing=self._label_smoothing)

    def score(self, network: Network, examples: Examples) -> Score:
        """Return the cross-entropy, and the part of the windows whose class is right."""
        return _judged(network, examples)[0]

    def finish(self, network: Network, dataset: DataSet, *, score_test: bool) -> FinishedNetwork:
        """Score the validation windows and the test windows."""
        validation = self.score(network, dataset.validation) if len(dataset.validation) else None
        test = None
        if score_test:
            score, read = _judged(network, dataset.test)
            shown = dataset.test.labels[:, None].tolist()
            test = ScoredTest(score, shown, read[:, None].tolist(), dataset.test_identity)
        # Where the test set is left alone, the stored inputs are training images.
        examples = dataset.test if score_test else dataset.train
        return FinishedNetwork(
            network.to("cpu"),
            validation,
            test,
            examples.images[:CHECK_IMAGES],
            mark_checkpoint.save,
            "{accuracy:.2%} of pieces of ink right ({errors:,} of {count:,} wrong)",
        )


def _judged(network: Network, examples: Examples) -> tuple[Score, Tensor]:
    """Return the score, and the class (N,) that each window is taken for."""
    batches = torch.split(examples.images, AT_ONCE)
    logits = torch.cat([logits_of_batch(network, images) for images in batches])
    labels = examples.labels.to(logits.device)
    read = logits.argmax(dim=1)
    right = int((read == labels).sum())
    return Score(float(F.cross_entropy(logits, labels)), right / len(labels)), read
