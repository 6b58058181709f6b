"""Teaching a trained network somebody's own hand, from a few of their drawings.

The whole network goes on learning for some seconds, at a low rate, from the drawings; on other
handwriting mixed in, it learns to answer as it did before (Li & Hoiem 2016, "Learning without
forgetting"). Where it has still lost accuracy on MNIST, it is taken back along the straight line to
the weights it came from until it has not (Wortsman et al. 2022, "Robust fine-tuning of zero-shot
models").
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from digitrec.augment import augment
from digitrec.checkpoint import Checkpoint
from digitrec.choices import Handwriting
from digitrec.data import Examples, nondigits, synthetic
from digitrec.data.canvas import place
from digitrec.data.drawings import render
from digitrec.drawings import Labelled
from digitrec.evaluate import logits_of
from digitrec.learner import loss_of
from digitrec.model import Network, folded
from digitrec.seeding import derive, generator

__all__ = ["TOLERANCE", "Adapted", "accuracy_of", "adapt", "varied"]

TOLERANCE = 0.0005  # of MNIST's accuracy, that may be lost
STEPS = 80
OWN, REST = 32, 64  # images of each batch: of the drawings, of what was learnt before
LR = 2e-4
RENDERINGS = 8  # of each drawing: as it is, and at other sizes and with other pens
KEEPING = 4.0  # weight of answering as before
POOL, SEED = 2_000, 2  # synthetic digits, and drawings that are no digits, to mix in
PARTS_KEPT = (1.0, 0.75, 0.5, 0.25)  # of what was learnt, tried in turn


@dataclass(frozen=True, eq=False)
class Adapted:
    """A network that has learnt from drawings.

    kept: part of what it learnt that could be kept; 0 where anything made MNIST worse.
    """

    checkpoint: Checkpoint
    kept: float
    mnist_before: float
    mnist_after: float


def adapt(
    trained: Checkpoint,
    drawings: Sequence[Labelled],
    mnist: Tensor,
    judge: Callable[[Network], float],
    seed: int = 0,
) -> Adapted:
    """Let a network learn from drawings.

    mnist: uint8 (N, 1, 28, 28), images on which it is to answer as before.
    judge: gives a network's accuracy on images of MNIST that are not in ``mnist``.
    """
    before = judge(trained.network)
    learnt = _learn(trained, varied(drawings, seed), mnist, seed)
    for part in PARTS_KEPT:
        network = _between(trained.network, learnt, part)
        after = judge(network)
        if after >= before - TOLERANCE:
            return Adapted(replace(trained, network=network), part, before, after)
    return Adapted(trained, 0.0, before, before)


def accuracy_of(examples: Examples, network: Network) -> float:
    """Return the part of the examples that a network reads right: what judges by them."""
    read = logits_of(folded(network), examples.images).argmax(axis=1)
    return float((read == examples.labels.numpy()).mean())


def varied(drawings: Sequence[Labelled], seed: int) -> Examples:
    """Return each drawing as it is, and several times at other sizes and with other pens."""
    rng = np.random.default_rng(derive(seed, "adapt"))
    many = []
    for labelled in drawings:
        strokes = [stroke.points for stroke in labelled.drawing.strokes]
        others = [place(strokes, rng) for _ in range(RENDERINGS - 1)]
        many += [replace(labelled, drawing=one) for one in (labelled.drawing, *others)]
    return Examples.of(*render(many))


def _learn(trained: Checkpoint, own: Examples, mnist: Tensor, seed: int) -> Network:
    refuses = trained.rejection_threshold > 0
    network = copy.deepcopy(trained.network).to(memory_format=torch.channels_last)
    # In evaluation mode: the statistics of batch normalisation stay those of all handwriting.
    network.eval()
    for parameter in network.parameters():
        parameter.requires_grad_(True)
    optimizer = torch.optim.AdamW(network.parameters(), lr=LR, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LR, total_steps=STEPS, pct_start=0.2)
    rest = [mnist, torch.from_numpy(synthetic.generate(POOL, SEED)[0])[:, None]]
    if refuses:
        rest.append(torch.from_numpy(nondigits.generate(POOL, SEED))[:, None])
    hand = Handwriting(rotation=14)
    for step in range(STEPS):
        numbers = generator(seed, "adapt", step)
        chosen = torch.randint(len(own), (OWN,), generator=numbers)
        parts = [own.images[chosen]]
        parts += [_some(source, REST // len(rest), numbers) for source in rest]
        images = augment(torch.cat(parts).float().div_(255), hand, numbers)
        with torch.autocast("cpu", torch.bfloat16):
            with torch.no_grad():
                answers = trained.network(images[OWN:]).float()
            logits = network(images).float()
        loss = loss_of(logits[:OWN], own.labels[chosen], refuses)
        kept = _difference(logits[OWN:], answers, refuses)
        optimizer.zero_grad()
        (loss + KEEPING * kept).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
    return network.requires_grad_(False)


def _some(images: Tensor, count: int, numbers: Generator) -> Tensor:
    return images[torch.randint(len(images), (count,), generator=numbers)]


def _difference(logits: Tensor, answers: Tensor, refuses: bool) -> Tensor:
    """Return the mean Kullback-Leibler divergence of what is answered from what was, (N, 10)."""
    if refuses:
        logits, answers = F.pad(logits, (0, 1)), F.pad(answers, (0, 1))
    return F.kl_div(
        logits.log_softmax(1), answers.log_softmax(1), reduction="batchmean", log_target=True
    )


def _between(one: Network, other: Network, part: float) -> Network:
    """Return the network whose weights lie a part of the way from one to the other."""
    network = copy.deepcopy(one)
    target = other.state_dict()
    for key, value in network.state_dict().items():
        if value.is_floating_point():
            value.lerp_(target[key], part)
    return network
