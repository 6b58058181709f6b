"""Finding ink in pictures: of each pixel, how much of it handwritten ink covers."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from digitrec.data.ink.dataset import InkDataSet, InkExamples
from digitrec.models import ink_checkpoint
from digitrec.models.network import Network
from digitrec.training.tasks.finished_network import FinishedNetwork, ScoredTest
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

    def epoch_size(self, dataset: InkDataSet, batch_size: int) -> EpochSize:
        """Return how much an epoch is; a batch is no larger than the training part."""
        size = min(batch_size, len(dataset.train))
        steps = len(dataset.train) // size
        return EpochSize(steps, steps * size)

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
        """Return the cross-entropy of the pixels, and what lacks in the overlap of the batch.

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
        """Return the mean loss, and the part of the pictures in which the ink is found."""
        loss_sum, right = 0.0, 0
        for chosen in torch.split(torch.arange(len(examples)), AT_ONCE):
            ink = examples.ink[chosen.to(examples.ink.device)]
            logits = _logits(network, examples.images[chosen.to(examples.images.device)])
            loss_sum += float(self.loss(logits, ink.to(logits.device))) * len(chosen)
            right += int(_found(logits, ink.to(logits.device)).sum())
        return Score(loss_sum / len(examples), right / len(examples))

    def finish(self, network: Network, dataset: InkDataSet, *, score_test: bool) -> FinishedNetwork:
        """Score the validation and the test pictures, whose ink is found (1) or not (0)."""
        validation = self.score(network, dataset.validation) if len(dataset.validation) else None
        test = None
        if score_test:
            score = self.score(network, dataset.test)
            read = [
                [int(found)]
                for images, ink in zip(
                    torch.split(dataset.test.images, AT_ONCE),
                    torch.split(dataset.test.ink, AT_ONCE),
                    strict=True,
                )
                for found in _found(_logits(network, images).cpu(), ink)
            ]
            test = ScoredTest(score, [[1]] * len(read), read, dataset.test_identity)
        # Where the test set is left alone, the stored inputs are training images.
        examples = dataset.test if score_test else dataset.train
        return FinishedNetwork(
            network.to("cpu"),
            validation,
            test,
            examples.images[:CHECK_IMAGES],
            ink_checkpoint.save,
            "in {accuracy:.2%} of pictures the ink is found (not in {errors:,} of {count:,})",
        )


def _logits(network: Network, images: Tensor) -> Tensor:
    with torch.inference_mode():
        logits: Tensor = network(images.to(network.mean.device).float().div_(255))
    return logits


def _found(logits: Tensor, ink: Tensor) -> Tensor:
    """Return of each picture whether its ink is found, bool (N,)."""
    found, there = logits.sigmoid().flatten(1), ink.flatten(1).float() / 255
    amount, shown = found.sum(dim=1), there.sum(dim=1)
    overlap = 2 * torch.minimum(found, there).sum(dim=1) / (amount + shown).clamp(min=1e-6)
    return torch.where(shown < 1, amount < NOTHING, overlap >= FOUND)
