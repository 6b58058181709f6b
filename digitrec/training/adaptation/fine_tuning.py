"""Fine-tuning a trained network on a few drawings that one person has corrected.

Only the layers after the last pooling are trained, for some seconds. Beside the drawings they see
other images, on which they are to answer as before (Li & Hoiem 2016, "Learning without
forgetting"). Of those images, the ones whose answers are changing come most often (Aljundi et al.
2019, "Online continual learning with maximally interfered retrieval"). At the end the weights are
moved along the straight line from the old ones through the new ones, and beyond, as far as the
accuracy on MNIST allows (after Wortsman et al. 2022, "Robust fine-tuning of zero-shot models").
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from digitrec.data.corrected_drawings import render
from digitrec.data.dataset import Examples
from digitrec.data.rendering.canvas_placement import place_on_canvas
from digitrec.data.synthetic import nondigits
from digitrec.drawing.corrections import LabelledDrawing
from digitrec.models.checkpoint import Checkpoint
from digitrec.models.network import Network, fuse_batch_norm, split_after_pooling
from digitrec.training.augmentations import Handwriting
from digitrec.training.schedules import OneCycle
from digitrec.training.seeding import derive, generator
from digitrec.training.tasks.digits import digit_loss

__all__ = ["FrozenFeatures", "adapt"]

TOLERANCE = 0.0005  # loss of accuracy on MNIST that is accepted
STEPS = 150
LR = 1.5e-3  # of AdamW, at its highest
# A fifth of the steps warm up. While the learning rate rises, the momentum falls from the first
# value to the second, and then it rises again (Smith & Topin 2018).
SCHEDULE = OneCycle(warmup=29 / 149, start=0.04, end=4e-6)
MOMENTUM, MOMENTUM_SCHEDULE = (0.95, 0.85), OneCycle(warmup=29 / 149, start=0.0, end=0.0)
DRAWINGS_PER_BATCH = 32
RENDERINGS = 8  # of each drawing: as it is, and at other sizes and with other pens
DRAWING_POOL = 3_200  # augmented images of the drawings
MNIST_POOL, MNIST_PER_BATCH = 10_000, 192
NONDIGIT_POOL, NONDIGITS_PER_BATCH, NONDIGIT_SEED = 2_000, 16, 2
PRESERVING = 0.2, 3.0  # weight of answering as before: at the first step, and at the last
REFRESH_STEPS = 40  # between two looks at which answers have changed
AT_RANDOM = 0.4  # part of the images to preserve that is drawn evenly, not by changed answers
MAX_MOVE = 2.0  # how far the weights may be moved: 1 is where training ended
TRIES = 4  # of how far
TRAINING = 0.8  # share of the work that the steps are, and of that, what comes before them
BEFORE_STEPS = 0.4
AT_ONCE = 256  # images through a network


@dataclass(frozen=True, eq=False)
class Adapted:
    """A network that was fine-tuned on drawings.

    Attributes:
        checkpoint: The network, and what is stored beside it.
        kept: How far its weights were moved: 1 is where training ended, 2 as far again beyond that,
            and 0 where every step that was tried lost too much on MNIST.
        mnist_before: Accuracy on MNIST before.
        mnist_after: The same after.
    """

    checkpoint: Checkpoint
    kept: float
    mnist_before: float
    mnist_after: float


def adapt(
    trained: Checkpoint,
    drawings: Sequence[LabelledDrawing],
    mnist: Tensor,
    accuracy: Callable[[Network], float],
    seed: int = 0,
    progress: Callable[[float], None] = lambda share: None,
) -> Adapted:
    """Fine-tune a network on drawings.

    Args:
        trained: The network; it stays as it is.
        drawings: With their right labels.
        mnist: uint8 (N, 1, 28, 28), images on which the network is to answer as before.
        accuracy: Gives a network's accuracy on images of MNIST that are not in ``mnist``.
        seed: Of all that is random.
        progress: Called again and again with the share of the work that is done, from 0 to 1.
    """
    before = accuracy(trained.network)
    tuned = train_on_drawings(
        trained, vary_drawings(drawings, seed), mnist, seed, lambda done: progress(TRAINING * done)
    )
    best = Adapted(trained, 0.0, before, before)
    low, high = 0.0, MAX_MOVE
    for attempt in range(TRIES):
        progress(TRAINING + (1 - TRAINING) * attempt / TRIES)
        part = (low + high) / 2
        network = _interpolate(trained.network, tuned, part)
        after = accuracy(network)
        if after >= before - TOLERANCE:
            best = Adapted(replace(trained, network=network), part, before, after)
            low = part
        else:
            high = part
    progress(1.0)
    return best


class FrozenFeatures:
    """Measures the accuracy of networks with the same layers up to the last pooling.

    What those layers give of the images is computed once.
    """

    def __init__(self, examples: Examples, network: Network) -> None:
        extract, _ = split_after_pooling(_fused(network))
        with torch.inference_mode():
            images = torch.split(examples.images, AT_ONCE)
            self._features = [extract(batch.float().div(255)) for batch in images]
        self._labels = examples.labels

    def accuracy(self, network: Network) -> float:
        """Return the part of the examples that a network reads right."""
        _, classify = split_after_pooling(_fused(network))
        with torch.inference_mode():
            read = torch.cat([classify(batch).argmax(dim=1) for batch in self._features])
        return float((read == self._labels).double().mean())


def _fused(network: Network) -> Network:
    return fuse_batch_norm(network).to(memory_format=torch.channels_last)


def vary_drawings(drawings: Sequence[LabelledDrawing], seed: int) -> Examples:
    """Render each drawing `RENDERINGS` times: as it is, and at other sizes with other pens."""
    rng = np.random.default_rng(derive(seed, "adapt"))
    varied = []
    for labelled in drawings:
        strokes = [stroke.points for stroke in labelled.drawing.strokes]
        others = [place_on_canvas(strokes, rng) for _ in range(RENDERINGS - 1)]
        varied += [replace(labelled, drawing=one) for one in (labelled.drawing, *others)]
    return Examples.from_arrays(*render(varied))


class PreservedAnswers:
    """Images for which a network should keep its answers.

    Attributes:
        features: What the frozen layers give of them.
        answers: Logits (N, 10) before training.
    """

    def __init__(
        self, images: Tensor, extract: Network, classify: nn.Module, rejects: bool
    ) -> None:
        """Let a network answer.

        Args:
            images: uint8 (N, 1, 28, 28).
            extract: Its layers up to the last pooling, which stay frozen.
            classify: The layers behind, as they are before training.
            rejects: Whether it was also trained on non-digits, so that "not a digit" is an answer.
        """
        self.features = _extract(extract, images.float().div(255))
        self.answers = _classify(classify, self.features)
        self._rejects = rejects
        self._weights = torch.ones(len(images))

    def sample(self, count: int, numbers: Generator) -> Tensor:
        """Draw the indices of ``count`` images."""
        return torch.multinomial(self._weights, count, replacement=True, generator=numbers)

    def prefer_changed(self, classify: nn.Module) -> None:
        """From now on, draw mostly images whose answers have changed."""
        changed = _divergence(_classify(classify, self.features), self.answers, self._rejects)
        changed = changed.clamp_(min=0).add_(1e-9)
        self._weights = (1 - AT_RANDOM) * changed / changed.sum() + AT_RANDOM / len(changed)


def train_on_drawings(
    trained: Checkpoint,
    own: Examples,
    mnist: Tensor,
    seed: int,
    progress: Callable[[float], None] = lambda share: None,
) -> Network:
    """Train the layers behind the last pooling on drawings; the others stay as they are.

    To the loss on the drawings, the divergence from the answers before training is added, on images
    of MNIST and, for a network that rejects, of non-digits.

    Args:
        trained: The network; it stays as it is.
        own: The drawings, rendered, with their right labels.
        mnist: uint8 (N, 1, 28, 28), images on which the network is to answer as before.
        seed: Of all that is random.
        progress: Called again and again with the share of the work that is done, from 0 to 1.

    Returns:
        A network like that of ``trained``, in evaluation mode.
    """
    rejects = trained.rejection_threshold > 0
    # In evaluation mode: the statistics of batch normalisation stay those of all handwriting.
    network = copy.deepcopy(trained.network).to(memory_format=torch.channels_last).eval()
    classify = split_after_pooling(network)[1].requires_grad_(True)
    extract, classify_before = split_after_pooling(_fused(trained.network))
    numbers = generator(seed, "adapt")

    chosen = torch.randint(len(own), (DRAWING_POOL,), generator=numbers)
    images = own.images[chosen].float().div_(255)
    features = _extract(extract, Handwriting(rotation=14)(images, numbers))
    labels = own.labels[chosen]
    some = torch.randperm(len(mnist), generator=numbers)[:MNIST_POOL]
    others = [(PreservedAnswers(mnist[some], extract, classify_before, rejects), MNIST_PER_BATCH)]
    if rejects:
        strange = torch.from_numpy(nondigits.generate(NONDIGIT_POOL, NONDIGIT_SEED))[:, None]
        others.append(
            (PreservedAnswers(strange, extract, classify_before, rejects), NONDIGITS_PER_BATCH)
        )

    optimizer = torch.optim.AdamW(classify.parameters(), lr=LR, weight_decay=0.0)
    for step in range(STEPS):
        progress(BEFORE_STEPS + (1 - BEFORE_STEPS) * step / STEPS)
        if step and step % REFRESH_STEPS == 0:
            for preserved, _ in others:
                preserved.prefer_changed(classify)
        preserving = PRESERVING[0] + (PRESERVING[1] - PRESERVING[0]) * (step / STEPS) ** 2
        batch = torch.randint(len(features), (DRAWINGS_PER_BATCH,), generator=numbers)
        sampled = [(one, one.sample(count, numbers)) for one, count in others]
        with torch.autocast("cpu", torch.bfloat16):
            inputs = [features[batch], *(one.features[i] for one, i in sampled)]
            logits = classify(torch.cat(inputs))
        logits = logits.float()
        answers = torch.cat([one.answers[i] for one, i in sampled])
        loss = digit_loss(logits[:DRAWINGS_PER_BATCH], labels[batch], rejects)
        changed = _divergence(logits[DRAWINGS_PER_BATCH:], answers, rejects).mean()
        _set_rate(optimizer, step)
        optimizer.zero_grad()
        (loss + preserving * changed).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return network.requires_grad_(False)


def _set_rate(optimizer: torch.optim.AdamW, step: int) -> None:
    """Set the learning rate and the momentum of a step."""
    falls = MOMENTUM_SCHEDULE.factor(step, STEPS, 1)
    for group in optimizer.param_groups:
        group["lr"] = LR * SCHEDULE.factor(step, STEPS, 1)
        group["betas"] = (MOMENTUM[0] + (MOMENTUM[1] - MOMENTUM[0]) * falls, group["betas"][1])


@torch.no_grad()
def _extract(extract: Network, images: Tensor) -> Tensor:
    """Return the features of images (N, 1, 28, 28), in bfloat16."""
    with torch.autocast("cpu", torch.bfloat16):
        return torch.cat([extract(batch).bfloat16() for batch in torch.split(images, AT_ONCE)])


@torch.no_grad()
def _classify(classify: nn.Module, features: Tensor) -> Tensor:
    """Return the logits (N, 10) of features."""
    with torch.autocast("cpu", torch.bfloat16):
        return torch.cat([classify(batch).float() for batch in torch.split(features, AT_ONCE)])


def _divergence(logits: Tensor, answers: Tensor, rejects: bool) -> Tensor:
    """Return the Kullback-Leibler divergence (N,) of logits (N, 10) from earlier ones (N, 10)."""
    if rejects:
        logits, answers = F.pad(logits, (0, 1)), F.pad(answers, (0, 1))
    old, new = answers.log_softmax(1), logits.log_softmax(1)
    return F.kl_div(new, old, reduction="none", log_target=True).sum(dim=1)


def _interpolate(one: Network, other: Network, part: float) -> Network:
    """Return the network whose weights lie a part of the way from one to the other, or beyond."""
    network = copy.deepcopy(one)
    target = other.state_dict()
    for key, value in network.state_dict().items():
        if value.is_floating_point():
            value.lerp_(target[key], part)
    return network
