"""What a network gains by fine-tuning on one writer's drawings: pen digits of held-out writers."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from digitrec.benchmarks.handwriting import held_out
from digitrec.config.train_config import HELD_OUT_IMAGES
from digitrec.data.corrected_drawings import render
from digitrec.data.dataset import DataSet, Examples
from digitrec.data.rendering.canvas_placement import place_on_canvas
from digitrec.data.sets.single import MnistData
from digitrec.data.uci.digits import PenDigit
from digitrec.drawing.corrections import LabelledDrawing
from digitrec.models import checkpoint
from digitrec.models.checkpoint import Checkpoint
from digitrec.recognition.recognizer import Recognizer
from digitrec.training.adaptation.doubtful_labels import doubtful_labels
from digitrec.training.adaptation.fine_tuning import FrozenFeatures, adapt

__all__ = ["report"]

SEEDS = 3  # random choices of the drawings to fine-tune on
LEARNT = 5  # drawings of each digit to fine-tune on
PLACED = 3  # renderings of each other drawing, each with its own place, size and pen
SIZE, PEN = (0.3, 0.9), (0.02, 0.10)  # ranges, as fractions of the canvas


def report(file: Path, root: str | None) -> Iterator[str]:
    """Measure with `SEEDS` random choices of the drawings; yield a line a writer, and two sums.

    Args:
        file: The checkpoint file of the network.
        root: The data folder, as in `digitrec.data.uci.digits.read`.

    Raises:
        DigitrecError: if the file or the data cannot be read.
    """
    digits = held_out.digits(root)
    mnist = MnistData(root=root).load(HELD_OUT_IMAGES)
    trained = checkpoint.load(file)
    gains = []
    for seed in range(SEEDS):
        for gain in measure(trained, digits, mnist, seed):
            gains.append(gain)
            yield str(gain)
    before, after = sum(g.wrong_before for g in gains), sum(g.wrong_after for g in gains)
    seconds = statistics.mean(gain.seconds for gain in gains)
    share = after / max(before, 1)
    yield f"{before} wrong before, {after} after ({share:.0%}); {seconds:.1f} s each"
    slips = [s for seed in range(SEEDS) for s in measure_slips(trained, digits, mnist, seed)]
    right, still = sum(s.right_before for s in slips), sum(s.right_after for s in slips)
    yield (
        f"one wrong label of ten: {right} other drawings of the digit right before, {still} after; "
        f"at most {max(1 - s.right_after / max(s.right_before, 1) for s in slips):.1%} lost"
    )


@dataclass(frozen=True)
class Gain:
    """How one writer's drawings are read before and after fine-tuning on others by that writer.

    Attributes:
        writer: Number in the pen digits.
        drawings: How many were read.
        wrong_before, wrong_after: How many of these were misread or rejected.
        mnist_before, mnist_after: Accuracy on MNIST's held-out training images.
        seconds: That fine-tuning took.
    """

    writer: int
    drawings: int
    wrong_before: int
    wrong_after: int
    mnist_before: float
    mnist_after: float
    seconds: float

    def __str__(self) -> str:
        return (
            f"writer {self.writer:>2}: {self.wrong_before} of {self.drawings} wrong before, "
            f"{self.wrong_after} after; MNIST {self.mnist_before:.2%} before, "
            f"{self.mnist_after:.2%} after; {self.seconds:.1f} s"
        )


def measure(
    trained: Checkpoint, digits: Sequence[PenDigit], mnist: DataSet, seed: int = 0
) -> Iterator[Gain]:
    """Fine-tune a network on `LEARNT` drawings of each digit, for each writer in turn."""
    for writer in sorted({digit.writer for digit in digits}):
        rng = np.random.default_rng((seed, writer))
        own, others = _split([digit for digit in digits if digit.writer == writer], rng, LEARNT)
        drawn = [_drawn(digit, rng) for digit in own]
        doubtful = doubtful_labels(trained, drawn)
        drawn = [one for one in drawn if one not in doubtful]
        seen = Examples.from_arrays(*render([_drawn(digit, rng) for digit in others * PLACED]))
        started = time.perf_counter()
        frozen = FrozenFeatures(mnist.validation, trained.network)
        adapted = adapt(trained, drawn, mnist.train.images, frozen.accuracy, seed)
        seconds = time.perf_counter() - started
        before, after = (count_wrong(one, seen) for one in (trained, adapted.checkpoint))
        yield Gain(
            writer,
            len(seen),
            before,
            after,
            adapted.mnist_before,
            adapted.mnist_after,
            seconds,
        )


@dataclass(frozen=True)
class Slip:
    """The effect of one wrong label among ten on a writer's other drawings of the same digit.

    Attributes:
        writer: Number in the pen digits.
        digit: The digit whose drawing has a wrong label.
        label: The wrong label.
        drawings: How many other drawings of the digit were read.
        right_before, right_after: How many of these were answered right.
    """

    writer: int
    digit: int
    label: int
    drawings: int
    right_before: int
    right_after: int


def measure_slips(
    trained: Checkpoint, digits: Sequence[PenDigit], mnist: DataSet, seed: int = 0
) -> Iterator[Slip]:
    """Fine-tune on one drawing of each digit, one of them with a wrong label, for each writer."""
    frozen = FrozenFeatures(mnist.validation, trained.network)
    for writer in sorted({digit.writer for digit in digits}):
        rng = np.random.default_rng((seed, writer))
        own, others = _split([digit for digit in digits if digit.writer == writer], rng, 1)
        digit, label = rng.permutation(10)[:2].tolist()
        drawn = [_drawn(one, rng) for one in own]
        drawn = [replace(one, label=label) if one.label == digit else one for one in drawn]
        doubtful = doubtful_labels(trained, drawn)
        drawn = [one for one in drawn if one not in doubtful]
        same = [other for other in others if other.label == digit]
        seen = Examples.from_arrays(*render([_drawn(one, rng) for one in same * PLACED]))
        adapted = adapt(trained, drawn, mnist.train.images, frozen.accuracy, seed)
        wrong = [count_wrong(one, seen) for one in (trained, adapted.checkpoint)]
        count = len(seen)
        yield Slip(writer, digit, label, count, count - wrong[0], count - wrong[1])


def _split(
    digits: Sequence[PenDigit], rng: np.random.Generator, learnt: int
) -> tuple[list[PenDigit], list[PenDigit]]:
    """Choose some drawings of each digit at random; return them, and the others."""
    own: list[PenDigit] = []
    others: list[PenDigit] = []
    for label in range(10):
        of_label = [digit for digit in digits if digit.label == label]
        order = [of_label[i] for i in rng.permutation(len(of_label))]
        own += order[:learnt]
        others += order[learnt:]
    return own, others


def _drawn(digit: PenDigit, rng: np.random.Generator) -> LabelledDrawing:
    return LabelledDrawing(place_on_canvas(digit.strokes, rng, size=SIZE, pen=PEN), digit.label, 0)


def count_wrong(trained: Checkpoint, seen: Examples) -> int:
    """Return how many images are misread or rejected."""
    images = seen.images[:, 0].float().div(255).numpy()
    read = Recognizer(trained).recognize_normalised(images)
    labels = seen.labels.tolist()
    return sum(one.digit != label for one, label in zip(read, labels, strict=True))
