"""Teaching a trained network somebody's own hand, from a few of their drawings.

The layers after the last pooling go on learning for some seconds, from the drawings; on other
images mixed in, they learn to answer as they did before (Li & Hoiem 2016, "Learning without
forgetting"), and of those, the ones come most often whose answers are changing (Aljundi et al.
2019, "Online continual learning with maximally interfered retrieval"). Then the network goes as far
along the straight line from its old weights through the new ones, and beyond, as MNIST's accuracy
allows (after Wortsman et al. 2022, "Robust fine-tuning of zero-shot models").
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from digitrec.data.canvas_placement import place_on_canvas
from digitrec.data.corrected_drawings import render
from digitrec.data.dataset import Examples
from digitrec.data.synthetic import nondigits
from digitrec.drawing.corrections import LabelledDrawing
from digitrec.models.checkpoint import Checkpoint
from digitrec.models.network import Network, fuse_batch_norm, split_after_pooling
from digitrec.training.augmentations import Handwriting
from digitrec.training.seeding import derive, generator
from digitrec.training.tasks.digits import digit_loss

__all__ = ["TOLERANCE", "Adapted", "Judge", "adapt", "varied"]

TOLERANCE = 0.0005  # of MNIST's accuracy, that may be lost
STEPS = 150
OWN = 32  # images of each batch that are of the drawings
LR = 1.5e-3
RENDERINGS = 8  # of each drawing: as it is, and at other sizes and with other pens
OWN_POOL = 3_200  # images of the drawings, each varied once more
MNIST_POOL, MNIST = 10_000, 192  # images to answer as before: in all, in each batch
NONDIGITS_POOL, NONDIGITS, SEED = 2_000, 16, 2
KEEPING = 0.2, 3.0  # weight of answering as before: first learn, then mend
LOOK_AGAIN = 40  # steps after which it is looked which answers have changed
AT_RANDOM = 0.4  # of the images to answer as before; the rest are those whose answers changed
MOST = 2.0  # times what was learnt, the limit: a hand is read better for more of it
TRIES = 4  # to find how much of what was learnt can be kept
AT_ONCE = 256  # images through a network


@dataclass(frozen=True, eq=False)
class Adapted:
    """A network that has learnt from drawings.

    kept: how far it went towards what it learnt and beyond: 1 is just that, 0 where anything made
        MNIST worse.
    """

    checkpoint: Checkpoint
    kept: float
    mnist_before: float
    mnist_after: float


def adapt(
    trained: Checkpoint,
    drawings: Sequence[LabelledDrawing],
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
    best = Adapted(trained, 0.0, before, before)
    least, most = 0.0, MOST
    for _ in range(TRIES):
        part = (least + most) / 2
        network = _between(trained.network, learnt, part)
        after = judge(network)
        if after >= before - TOLERANCE:
            best = Adapted(replace(trained, network=network), part, before, after)
            least = part
        else:
            most = part
    return best


class Judge:
    """Tells how much a network reads right, if it is one that sees as a given one does.

    What is seen is worked out once: `adapt` teaches only what decides.
    """

    def __init__(self, examples: Examples, network: Network) -> None:
        sees, _ = split_after_pooling(_fast(network))
        with torch.inference_mode():
            images = torch.split(examples.images, AT_ONCE)
            self._seen = [sees(batch.float().div(255)) for batch in images]
        self._labels = examples.labels

    def __call__(self, network: Network) -> float:
        """Return the part of the examples that a network reads right."""
        _, decides = split_after_pooling(_fast(network))
        with torch.inference_mode():
            read = torch.cat([decides(batch).argmax(dim=1) for batch in self._seen])
        return float((read == self._labels).double().mean())


def _fast(network: Network) -> Network:
    return fuse_batch_norm(network).to(memory_format=torch.channels_last)


def varied(drawings: Sequence[LabelledDrawing], seed: int) -> Examples:
    """Return each drawing as it is, and several times at other sizes and with other pens."""
    rng = np.random.default_rng(derive(seed, "adapt"))
    many = []
    for labelled in drawings:
        strokes = [stroke.points for stroke in labelled.drawing.strokes]
        others = [place_on_canvas(strokes, rng) for _ in range(RENDERINGS - 1)]
        many += [replace(labelled, drawing=one) for one in (labelled.drawing, *others)]
    return Examples.from_arrays(*render(many))


class _Kept:
    """Images on which a network is to answer as before, as what its first layers see in them."""

    def __init__(self, images: Tensor, sees: Network, decides: nn.Module, refuses: bool) -> None:
        self.seen = _seen(sees, images.float().div(255))
        self.answers = _answers(decides, self.seen)
        self._refuses = refuses
        self._chances = torch.ones(len(images))

    def draw(self, count: int, numbers: Generator) -> Tensor:
        """Choose images: the places of ``count``."""
        return torch.multinomial(self._chances, count, replacement=True, generator=numbers)

    def look(self, decides: nn.Module) -> None:
        """Choose from now on mostly those whose answers are no longer what they were."""
        changed = _difference(_answers(decides, self.seen), self.answers, self._refuses)
        changed = changed.clamp_(min=0).add_(1e-9)
        self._chances = (1 - AT_RANDOM) * changed / changed.sum() + AT_RANDOM / len(changed)


def _learn(trained: Checkpoint, own: Examples, mnist: Tensor, seed: int) -> Network:
    refuses = trained.rejection_threshold > 0
    # In evaluation mode: the statistics of batch normalisation stay those of all handwriting.
    network = copy.deepcopy(trained.network).to(memory_format=torch.channels_last).eval()
    decides = split_after_pooling(network)[1].requires_grad_(True)
    sees, decided = split_after_pooling(_fast(trained.network))
    numbers = generator(seed, "adapt")

    chosen = torch.randint(len(own), (OWN_POOL,), generator=numbers)
    images = own.images[chosen].float().div_(255)
    hand = _seen(sees, Handwriting(rotation=14)(images, numbers))
    labels = own.labels[chosen]
    some = torch.randperm(len(mnist), generator=numbers)[:MNIST_POOL]
    rest = [(_Kept(mnist[some], sees, decided, refuses), MNIST)]
    if refuses:
        strange = torch.from_numpy(nondigits.generate(NONDIGITS_POOL, SEED))[:, None]
        rest.append((_Kept(strange, sees, decided, refuses), NONDIGITS))

    optimizer = torch.optim.AdamW(decides.parameters(), lr=LR, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LR, total_steps=STEPS, pct_start=0.2)
    for step in range(STEPS):
        if step and step % LOOK_AGAIN == 0:
            for kept, _ in rest:
                kept.look(decides)
        keeping = KEEPING[0] + (KEEPING[1] - KEEPING[0]) * (step / STEPS) ** 2
        places = torch.randint(len(hand), (OWN,), generator=numbers)
        drawn = [(kept, kept.draw(count, numbers)) for kept, count in rest]
        with torch.autocast("cpu", torch.bfloat16):
            logits = decides(torch.cat([hand[places], *(kept.seen[i] for kept, i in drawn)]))
        logits = logits.float()
        answers = torch.cat([kept.answers[i] for kept, i in drawn])
        loss = digit_loss(logits[:OWN], labels[places], refuses)
        changed = _difference(logits[OWN:], answers, refuses).mean()
        optimizer.zero_grad()
        (loss + keeping * changed).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
    return network.requires_grad_(False)


@torch.no_grad()
def _seen(sees: Network, images: Tensor) -> Tensor:
    """Return what the first layers see in images (N, 1, 28, 28): features in bfloat16."""
    with torch.autocast("cpu", torch.bfloat16):
        return torch.cat([sees(batch).bfloat16() for batch in torch.split(images, AT_ONCE)])


@torch.no_grad()
def _answers(decides: nn.Module, seen: Tensor) -> Tensor:
    """Return the logits (N, 10) of features."""
    with torch.autocast("cpu", torch.bfloat16):
        return torch.cat([decides(batch).float() for batch in torch.split(seen, AT_ONCE)])


def _difference(logits: Tensor, answers: Tensor, refuses: bool) -> Tensor:
    """Return the Kullback-Leibler divergence of what is answered, (N, 10), from what was: (N,)."""
    if refuses:
        logits, answers = F.pad(logits, (0, 1)), F.pad(answers, (0, 1))
    old, new = answers.log_softmax(1), logits.log_softmax(1)
    return F.kl_div(new, old, reduction="none", log_target=True).sum(dim=1)


def _between(one: Network, other: Network, part: float) -> Network:
    """Return the network whose weights lie a part of the way from one to the other, or beyond."""
    network = copy.deepcopy(one)
    target = other.state_dict()
    for key, value in network.state_dict().items():
        if value.is_floating_point():
            value.lerp_(target[key], part)
    return network
