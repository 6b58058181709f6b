"""Reading strings of digits that touch: connectionist temporal classification.

Graves, Fernández, Gomez & Schmidhuber 2006, "Connectionist temporal classification: labelling
unsegmented sequence data with recurrent neural networks".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from digitrec.data.string_dataset import StringDataSet, StringExamples, Strings
from digitrec.models import string_checkpoint
from digitrec.models.ctc import BLANK
from digitrec.models.inference import logits_of_batch
from digitrec.models.network import Network
from digitrec.training.tasks.finished_network import (
    FinishedNetwork,
    Judgement,
    NetworkKind,
    finish_network,
)
from digitrec.training.tasks.task import Batch, EpochSize, Score

__all__ = ["StringsTask"]

NARROWEST = 48  # columns; batches of images this wide are whole, those of wider ones smaller
AT_ONCE = 256  # images through a network that is scored
CHECK_IMAGES = 8  # stored in the checkpoint file with their logits


class Texts(NamedTuple):
    """What images of strings show.

    Attributes:
        classes: int64 (B, 5), those of `digitrec.models.ctc`.
        lengths: int64 (B,), how many of them count.
    """

    classes: Tensor
    lengths: Tensor


class StringsTask:
    """Trains on images (N, 1, 28, W) of several widths; a batch has one width."""

    loss_is_mean: ClassVar[bool] = True

    def epoch_size(self, dataset: StringDataSet, batch_size: int) -> EpochSize:
        """Return how much an epoch is."""
        steps = images = 0
        for group in dataset.train.groups:
            size, count = _batch_size(group, batch_size), _whole(group, batch_size)
            steps += -(-count // size)
            images += count
        return EpochSize(steps, images)

    def epoch(
        self, dataset: StringDataSet, batch_size: int, shuffle: Generator, device: torch.device
    ) -> Sequence[tuple[int, Tensor]]:
        """Return for each batch the number of its group, and indices (B,) within that."""
        batches: list[tuple[int, Tensor]] = []
        for number, group in enumerate(dataset.train.groups):
            order = torch.randperm(len(group), generator=shuffle)
            order = order[: _whole(group, batch_size)].to(device)
            size = _batch_size(group, batch_size)
            batches += [(number, chosen) for chosen in torch.split(order, size)]
        mixed = torch.randperm(len(batches), generator=shuffle).tolist()
        return [batches[i] for i in mixed]

    def batch(self, examples: StringExamples, chosen: tuple[int, Tensor]) -> Batch:
        """Return images and texts."""
        number, indices = chosen
        group = examples.groups[number]
        return Batch(group.images[indices], Texts(group.targets[indices], group.lengths[indices]))

    def loss(self, logits: Tensor, targets: Texts) -> Tensor:
        """Return the mean over strings of the negative log-likelihood per character.

        A string that has no room in its columns contributes nothing.

        Args:
            logits: (B, columns, classes).
            targets: What the images show.
        """
        columns = torch.full((len(logits),), logits.shape[1])
        log_probabilities = logits.log_softmax(dim=2).transpose(0, 1)  # (columns, B, classes)
        return F.ctc_loss(
            log_probabilities,
            targets.classes,
            columns,
            targets.lengths,
            blank=BLANK,
            zero_infinity=True,
        )

    def score(self, network: Network, examples: StringExamples) -> Score:
        """Return the mean loss, and the part of the strings that are read wholly right."""
        return self._judge(network, examples).score

    def finish(
        self, network: Network, dataset: StringDataSet, *, score_test: bool
    ) -> FinishedNetwork:
        """Score the validation strings and the test strings."""
        kind = NetworkKind(
            self._judge,
            _narrowest,
            string_checkpoint.save,
            "{accuracy:.2%} of strings wholly right ({errors:,} of {count:,} misread)",
        )
        return finish_network(network, dataset, kind, score_test=score_test)

    def _judge(self, network: Network, examples: StringExamples) -> Judgement:
        """Read images by the best class of each column, group after group."""
        loss_sum = 0.0
        shown: list[list[int]] = []
        read: list[list[int]] = []
        for number, group in enumerate(examples.groups):
            for chosen in torch.split(torch.arange(len(group)), AT_ONCE):
                batch = self.batch(examples, (number, chosen.to(group.images.device)))
                logits = logits_of_batch(network, batch.images)
                loss_sum += float(self.loss(logits, batch.targets)) * len(chosen)
                shown += _texts(batch.targets)
                read += _best_path(logits)
        right = sum(one == other for one, other in zip(shown, read, strict=True))
        return Judgement(Score(loss_sum / len(examples), right / len(examples)), shown, read)


def _narrowest(examples: StringExamples) -> Tensor:
    """Return the images that are stored in the checkpoint file."""
    images = examples.groups[0].images
    return images[:CHECK_IMAGES, :, :, : string_checkpoint.CHECK_WIDTH]


def _best_path(logits: Tensor) -> list[list[int]]:
    """Return the classes of the best class of each column, repetitions and blanks left out."""
    found = []
    for columns in logits.argmax(dim=2).cpu():
        classes = torch.unique_consecutive(columns)
        found.append(classes[classes != BLANK].tolist())
    return found


def _texts(targets: Texts) -> list[list[int]]:
    pairs = zip(targets.classes.tolist(), targets.lengths.tolist(), strict=True)
    return [classes[:length] for classes, length in pairs]


def _batch_size(group: Strings, batch_size: int) -> int:
    """Images in a batch of a group: fewer of wide ones."""
    return max(1, batch_size * NARROWEST // group.images.shape[3])


def _whole(group: Strings, batch_size: int) -> int:
    """Images of a group in an epoch: whole batches, or one incomplete batch where that is all."""
    size = _batch_size(group, batch_size)
    return max(len(group) // size * size, min(len(group), size))
