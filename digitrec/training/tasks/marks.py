"""Telling marks between digits apart: which mark a piece of ink is, or that it is none."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from digitrec.data.dataset import DataSet, Examples
from digitrec.models import mark_checkpoint
from digitrec.models.inference import logits_of_batch
from digitrec.models.network import Network
from digitrec.training.tasks.finished_network import (
    FinishedNetwork,
    Judgement,
    NetworkKind,
    finish_network,
)
from digitrec.training.tasks.labelled_images import LabelledImagesTask
from digitrec.training.tasks.task import Score

__all__ = ["MarksTask"]

AT_ONCE = 512  # windows through a network that is scored
CHECK_IMAGES = 8  # stored in the checkpoint file with their logits


class MarksTask(LabelledImagesTask):
    """Trains on images (N, 1, 32, 96) and classes (N,)."""

    def __init__(self, label_smoothing: float = 0.0) -> None:
        self._label_smoothing = label_smoothing

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the cross-entropy of logits (B, 8) and classes (B,)."""
        return F.cross_entropy(logits, targets, label_smoothing=self._label_smoothing)

    def score(self, network: Network, examples: Examples) -> Score:
        """Return the cross-entropy, and the part of the windows whose class is right."""
        return _judge(network, examples).score

    def finish(self, network: Network, dataset: DataSet, *, score_test: bool) -> FinishedNetwork:
        """Score the validation windows and the test windows."""
        kind = NetworkKind(
            _judge,
            lambda examples: examples.images[:CHECK_IMAGES],
            mark_checkpoint.save,
            "{accuracy:.2%} of pieces of ink right ({errors:,} of {count:,} wrong)",
        )
        return finish_network(network, dataset, kind, score_test=score_test)


def _judge(network: Network, examples: Examples) -> Judgement:
    batches = torch.split(examples.images, AT_ONCE)
    logits = torch.cat([logits_of_batch(network, images) for images in batches])
    labels = examples.labels.to(logits.device)
    read = logits.argmax(dim=1)
    right = int((read == labels).sum())
    score = Score(float(F.cross_entropy(logits, labels)), right / len(labels))
    return Judgement(score, labels[:, None].tolist(), read[:, None].tolist())
