"""Teaching a `StringNetwork` to read digits that touch: the loop and the judgement."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import torch
import torch.nn.functional as F
from torch import Generator, Tensor
from torch.optim.swa_utils import AveragedModel

from digitrec.config.choices import Handwriting, OneCycle
from digitrec.data.string_sets import Strings
from digitrec.models.networks import BLANK, StringNetwork
from digitrec.training.image_augmentation import augment
from digitrec.training.schedules import factor
from digitrec.training.seeding import derive, generator

__all__ = ["Settings", "accuracy", "learn"]

NARROWEST = 48  # columns; of images this wide batches are whole, of wider ones smaller

AUGMENT = Handwriting(rotation=0.0, scale=0.08, shear=0.1, shift=1.5, elastic=0.4)
SCHEDULE = OneCycle(warmup=0.2)
WEIGHT_DECAY, CLIP, AVERAGE = 0.01, 5.0, 0.998


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a training may be told."""

    count: int = 200_000  # strings made
    epochs: int = 6
    batch_size: int = 96
    lr: float = 3e-3  # of AdamW, at its highest
    seed: int = 0


def learn(
    strings: Sequence[Strings],
    settings: Settings,
    ended: Callable[[int, float, float, StringNetwork], None] = lambda *_: None,
) -> StringNetwork:
    """Train a network on strings and return it, its weights averaged over the last steps.

    ended: told at the end of each epoch its number from 1, its mean loss, its seconds, and the
    network as it would be returned.
    """
    torch.manual_seed(derive(settings.seed, "weights"))
    network = StringNetwork().to(memory_format=torch.channels_last)
    average = AveragedModel(network, avg_fn=_average, use_buffers=True)
    averaged = cast(StringNetwork, average.module).eval()
    optimizer = torch.optim.AdamW(network.parameters(), settings.lr, weight_decay=WEIGHT_DECAY)
    steps = len(_batches(strings, settings, Generator()))
    for epoch in range(settings.epochs):
        started, loss_sum = time.perf_counter(), 0.0
        order = _batches(strings, settings, generator(settings.seed, "order", epoch))
        for step, (same, chosen) in enumerate(order, epoch * steps):
            for group in optimizer.param_groups:
                group["lr"] = settings.lr * factor(SCHEDULE, step, steps, settings.epochs)
            # uint8 to float, (B, 1, 28, W) in [0, 1]
            images = same.images[chosen].float().div_(255)
            images = augment(images, AUGMENT, generator(settings.seed, "augment", step))
            torch.manual_seed(derive(settings.seed, "dropout", step))
            network.train()
            logits = network(images.contiguous(memory_format=torch.channels_last))
            loss = _loss(logits, same.targets[chosen], same.lengths[chosen])
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(network.parameters(), CLIP)
            optimizer.step()
            average.update_parameters(network)
            loss_sum += loss.item()
        seconds = time.perf_counter() - started
        ended(epoch + 1, loss_sum / steps, seconds, averaged)
    return averaged


def _average(average: Tensor, live: Tensor, steps: Tensor | int) -> Tensor:
    """Move an average to the weights as they are now; it forgets the untrained ones first."""
    decay = min(AVERAGE, (1 + float(steps)) / (10 + float(steps)))
    return average + (live - average) * (1 - decay)


def _batches(
    strings: Sequence[Strings], settings: Settings, shuffle: Generator
) -> list[tuple[Strings, Tensor]]:
    """Part strings into batches of one width each, in random order."""
    batches = []
    for same in strings:
        size = max(1, settings.batch_size * NARROWEST // same.images.shape[3])
        order = torch.randperm(len(same), generator=shuffle)
        # What does not fill a batch waits for another epoch's order, but where that is all.
        whole = max(len(order) // size, 1) * size
        batches += [(same, chosen) for chosen in torch.split(order[:whole], size)]
    mixed = torch.randperm(len(batches), generator=shuffle).tolist()
    return [batches[i] for i in mixed]


def _loss(logits: Tensor, targets: Tensor, lengths: Tensor) -> Tensor:
    """Mean over strings of the negative log-likelihood a character; logits (N, columns, classes).

    A string that has no room in its columns teaches nothing.
    """
    columns = torch.full((len(logits),), logits.shape[1])
    log_probabilities = logits.log_softmax(dim=2).transpose(0, 1)  # (columns, N, classes)
    return F.ctc_loss(log_probabilities, targets, columns, lengths, blank=BLANK, zero_infinity=True)


def accuracy(network: StringNetwork, strings: Sequence[Strings]) -> float:
    """Return the part of the strings that are read wholly right, each column's best class taken."""
    right = 0
    for same in strings:
        for chosen in torch.split(torch.arange(len(same)), 256):
            with torch.inference_mode():
                best = network(same.images[chosen].float() / 255).argmax(dim=2)  # (B, columns)
            for row, target, length in zip(
                best, same.targets[chosen], same.lengths[chosen], strict=True
            ):
                read = torch.unique_consecutive(row)
                right += read[read != BLANK].tolist() == target[:length].tolist()
    return right / sum(map(len, strings))
