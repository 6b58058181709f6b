"""Finding ink in pictures: how much of each pixel handwritten ink covers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from digitrec.data.ink.dataset import InkDataSet, InkExamples
from digitrec.models import ink_checkpoint
from digitrec.models.inference import logits_of_batch
from digitrec.models.network import Network
from digitrec.training.tasks.finished_network import (
    FinishedNetwork,
    Judgement,
    NetworkKind,
    finish_network,
)
from digitrec.training.tasks.task import Batch, EpochSize, Score

__all__ = ["InkTask"]

AT_ONCE = 64  # pictures through a network that is scored
CHECK_IMAGES = 4  # stored in the checkpoint file with their logits
# Pictures are mostly paper, and the mean over all pixels is small beside the overlap.
CROSS_ENTROPY = 5.0
# Dimensions that are turned round. Mirrored paper is paper, and mirrored strokes are strokes. But
# pictures are not turned on their side, for level lines are mostly printed and a 1 is upright.
MIRRORINGS = ((), (2,), (3,), (2, 3))
# The ink of a picture is found where this much of it overlaps with what was found, and where of
# blank paper less than so many pixels are taken for ink.
FOUND, NOTHING = 0.85, 8.0


class InkTask:
    """Trains on images (N, 2, 112, 112) and the ink in them."""

    loss_is_mean: ClassVar[bool] = False  # it is of the ink of a whole batch together

    def epoch_size(self, dataset: InkDataSet, batch_size: int) -> EpochSize:
        """Return how much an epoch is; a batch is no larger than the training part."""
        return EpochSize.of(len(dataset.train), batch_size)

    def epoch(
        self, dataset: InkDataSet, batch_size: int, shuffle: Generator, device: torch.device
    ) -> Sequence[Tensor]:
        """Return the numbers (B,) of each batch, which count mirrored pictures after the others."""
        size, count = self.epoch_size(dataset, batch_size), len(dataset.train)
        order = torch.randperm(count, generator=shuffle)[: size.images]
        order += count * torch.randint(len(MIRRORINGS), order.shape, generator=shuffle)
        return torch.split(order.to(device), size.images // size.steps)

    def batch(self, examples: InkExamples, chosen: Tensor) -> Batch:
        """Return images and their ink."""
        index, mirroring = chosen % len(examples), chosen // len(examples)
        images, ink = examples.images[index], examples.ink[index]
        for number, sides in enumerate(MIRRORINGS):
            some = mirroring == number
            images[some], ink[some] = images[some].flip(sides), ink[some].flip(sides)
        return Batch(images.contiguous(memory_format=torch.channels_last), ink)

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the cross-entropy of the pixels plus the overlap that the batch lacks.

        The overlap is the soft Dice coefficient (Milletari, Navab & Ahmadi 2016, "V-Net").

        Args:
            logits: (B, 1, H, W).
            targets: uint8, the same shape: the ink.
        """
        ink = targets.float() / 255
        cross_entropy = F.binary_cross_entropy_with_logits(logits, ink)
        found = logits.sigmoid()
        dice = 2 * (found * ink).sum() / (found.square().sum() + ink.square().sum() + 1)
        return CROSS_ENTROPY * cross_entropy + 1 - dice

    def score(self, network: Network, examples: InkExamples) -> Score:
        """Return the mean loss, and the part of the pictures in which the ink is found.

        As in training, the loss is that of batches, of `AT_ONCE` pictures: the overlap is not a
        mean over pictures, and depends on their number.
        """
        return self._judge(network, examples).score

    def finish(self, network: Network, dataset: InkDataSet, *, score_test: bool) -> FinishedNetwork:
        """Score the validation and the test pictures, whose ink is found (1) or not (0)."""
        kind = NetworkKind(
            self._judge,
            lambda examples: examples.images[:CHECK_IMAGES],
            ink_checkpoint.save,
            "in {accuracy:.2%} of pictures the ink is found (not in {errors:,} of {count:,})",
        )
        return finish_network(network, dataset, kind, score_test=score_test)

    def _judge(self, network: Network, examples: InkExamples) -> Judgement:
        loss_sum = 0.0
        found: list[int] = []
        for images, ink in zip(
            torch.split(examples.images, AT_ONCE), torch.split(examples.ink, AT_ONCE), strict=True
        ):
            logits = logits_of_batch(network, images)
            there = ink.to(logits.device)
            loss_sum += float(self.loss(logits, there)) * len(images)
            found += _found(logits, there).int().tolist()
        score = Score(loss_sum / len(examples), sum(found) / len(examples))
        return Judgement(score, [[1]] * len(found), [[one] for one in found])


def _found(logits: Tensor, ink: Tensor) -> Tensor:
    """Return of each picture whether its ink is found, bool (N,)."""
    found, there = logits.sigmoid().flatten(1), ink.flatten(1).float() / 255
    amount, shown = found.sum(dim=1), there.sum(dim=1)
    overlap = 2 * torch.minimum(found, there).sum(dim=1) / (amount + shown).clamp(min=1e-6)
    return torch.where(shown < 1, amount < NOTHING, overlap >= FOUND)
