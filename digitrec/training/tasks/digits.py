"""Reading single digits: cross-entropy, with an eleventh class for non-digits."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from digitrec.data.dataset import NO_DIGIT, DataSet, Examples
from digitrec.models.architectures.digits import DIGITS
from digitrec.models.inference import logits_of
from digitrec.models.network import Network
from digitrec.training.metrics import report
from digitrec.training.tasks.divergence import check_logits
from digitrec.training.tasks.finished_digits import FinishedDigits
from digitrec.training.tasks.labelled_images import LabelledImagesTask
from digitrec.training.tasks.task import Score

__all__ = ["DigitsTask", "digit_loss"]


class DigitsTask(LabelledImagesTask):
    """Trains on images (N, 1, 28, 28) and labels (N,)."""

    def __init__(self, rejects: bool, label_smoothing: float = 0.0) -> None:
        self._rejects, self._label_smoothing = rejects, label_smoothing

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the cross-entropy of logits (B, 10) and labels (B,)."""
        return digit_loss(logits, targets, self._rejects, self._label_smoothing)

    def score(self, network: Network, examples: Examples) -> Score:
        """Return the cross-entropy, and the part of the images that are read right."""
        logits = logits_of(network, examples.images)
        check_logits(logits)
        judged = report(logits, examples.labels.numpy(force=True))
        return Score(judged.loss, judged.accuracy)

    def finish(self, network: Network, dataset: DataSet, *, score_test: bool) -> FinishedDigits:
        """Choose temperature and rejection threshold, and score the test images."""
        return FinishedDigits(network, dataset, rejects=self._rejects, score_test=score_test)


def digit_loss(
    logits: Tensor, labels: Tensor, rejects: bool, label_smoothing: float = 0.0
) -> Tensor:
    """Return the mean cross-entropy of logits.

    A network that rejects has an eleventh class for non-digits, whose logit is always 0. For a
    non-digit, it learns to give all digits logits below that.
    `digitrec.models.rejection.digit_probability` is the probability of the ten digits together.

    Args:
        logits: (N, 10).
        labels: (N,) the digits, `NO_DIGIT` where there is none.
        rejects: Whether there is the eleventh class.
        label_smoothing: Part of the target that is spread over all classes.
    """
    if rejects:
        logits = F.pad(logits, (0, 1))  # (N, 11)
        labels = torch.where(labels == NO_DIGIT, DIGITS, labels)
    return F.cross_entropy(logits, labels, label_smoothing=label_smoothing)
