"""How a network reads drawings that it was not trained on: one table.

There are three sources: pen strokes of the held-out writers, MNIST's test images, and Chars74K's
digits and letters, drawn on another device. All but MNIST's are drawn on a canvas, as in the
window: strokes → raster image → ink → 28×28.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from digitrec.arrays import BoolArray, Float64Array, Int64Array, Uint8Array
from digitrec.benchmarks.handwriting import chars74k, held_out
from digitrec.benchmarks.handwriting.hands import calibration_error
from digitrec.benchmarks.timing import one_thread
from digitrec.data.data_folder import find_data_folder
from digitrec.data.rendering.canvas_placement import Strokes, bounds, place_on_canvas
from digitrec.data.sets.single import MnistData
from digitrec.data.uci import digits as uci_digits
from digitrec.drawing.rasterise import rasterise_drawing
from digitrec.drawing.strokes import Drawing, Stroke
from digitrec.imaging.ink_box import ink_box, ink_image
from digitrec.recognition.recognizer import Recognizer
from digitrec.recognition.results import Prediction

__all__ = ["report"]

PLACED = 10  # drawings of each of Chars74K's samples
ROUNDS = 5  # the median time of these is shown
BITMAP_SIDES = {16: 0.985, 32: 0.99}  # pixels, and what should be read right of such bitmaps
SIDE = 400  # of the canvas on which a drawing is varied, in pixels


@dataclass(frozen=True)
class Figure:
    """A figure of the table, and its aim.

    Attributes:
        what: What is measured.
        value: The figure, as it is shown.
        aim: What it should be, as it is shown.
        reached: Whether it is.
    """

    what: str
    value: str
    aim: str
    reached: bool

    def __str__(self) -> str:
        missed = "" if self.reached else "  missed"
        return f"{self.what:<50} {self.value:<30} {self.aim:>8}{missed}"


def report(recognizer: Recognizer, root: str | None) -> Iterator[str]:
    """Yield the lines of the table that `measure` returns."""
    yield from map(str, measure(recognizer, root))


def measure(recognizer: Recognizer, root: str | None = None) -> list[Figure]:
    """Read all drawings and return the table; without Chars74K where its file is missing.

    Raises:
        DigitrecError: if MNIST or the pen strokes cannot be read or downloaded.
    """
    rng = np.random.default_rng(2026)
    digits = held_out.digits(root)
    rows = [
        *_characters(recognizer, find_data_folder(root).path / chars74k.FILE, rng),
        *_pen(recognizer, digits, rng),
        *_mnist(recognizer, root),
        *_stability(recognizer, digits, rng),
        *_speed(recognizer, digits, rng),
        *_bitmaps(recognizer, digits),
    ]
    return rows


def _at_least(what: str, value: float, aim: float, note: str = "") -> Figure:
    return Figure(what, f"{value:.2%}{note}", f"≥ {aim:.2%}", value >= aim)


def _at_most(what: str, value: float, aim: float) -> Figure:
    return Figure(what, f"{value:.2%}", f"≤ {aim:.2%}", value <= aim)


def _read(recognizer: Recognizer, drawings: Sequence[Drawing]) -> list[Prediction]:
    return recognizer.recognize_batch([rasterise_drawing(drawing) for drawing in drawings])


def _best(read: Sequence[Prediction]) -> Int64Array:
    """Return the most probable digit of each, rejected or not."""
    return np.array([p.probabilities.argmax() for p in read])


def _rejected(read: Sequence[Prediction]) -> float:
    return float(np.mean([p.digit is None for p in read]))


def _wrong(right: BoolArray) -> str:
    return f"  ({np.sum(~right):,} of {len(right):,} misread)"


def _characters(recognizer: Recognizer, path: Path, rng: np.random.Generator) -> list[Figure]:
    samples = chars74k.read(path)
    if samples is None:
        return [Figure("Chars74K", f"left out: {path} is not there", "", False)]
    digits, labels = chars74k.drawn(samples, chars74k.DIGITS, rng, PLACED)
    read = _read(recognizer, digits)
    right = _best(read) == np.array(labels, np.int64)
    letters, _ = chars74k.drawn(samples, chars74k.clear_letters(samples), rng, PLACED)
    rejected = _rejected(_read(recognizer, letters))
    return [
        _at_least("Chars74K: digits read right", right.mean(), 0.995, _wrong(right)),
        _at_most("Chars74K: digits rejected", _rejected(read), 0.01),
        _at_least("Chars74K: clear letters rejected", rejected, 0.90),
    ]


def _pen(
    recognizer: Recognizer, digits: Sequence[uci_digits.PenDigit], rng: np.random.Generator
) -> list[Figure]:
    drawn = [
        (digit, place_on_canvas(digit.strokes, rng, size=(0.3, 0.9), pen=(0.02, 0.10)))
        for digit in digits
        for _ in range(4)
    ]
    read = _read(recognizer, [drawing for _, drawing in drawn])
    labels = np.array([digit.label for digit, _ in drawn])
    right = _best(read) == labels
    unseen = np.array([digit.writer in uci_digits.TEST_WRITERS for digit, _ in drawn])
    chosen = [p for p, new in zip(read, unseen, strict=True) if new]
    return [
        _at_least("pen, 6 other writers: digits read right", right.mean(), 0.99, _wrong(right)),
        _at_most("pen: digits rejected", _rejected(read), 0.01),
        _at_most(
            "pen, 3 writers that chose nothing: calibration error",
            calibration_error(chosen, labels[unseen]),
            0.01,
        ),
    ]


def _mnist(recognizer: Recognizer, root: str | None) -> list[Figure]:
    test, _ = MnistData(root=root).load_test()
    # MNIST's images are normalised already, and networks are trained on them as they are.
    read = recognizer.recognize_normalised(
        test.images[:, 0].numpy().astype(np.float32) / np.float32(255)
    )
    labels = test.labels.numpy()
    right = _best(read) == labels
    return [
        _at_least("MNIST test: digits read right", right.mean(), 0.9965, _wrong(right)),
        _at_most("MNIST test: digits rejected", _rejected(read), 0.01),
        _at_most("MNIST test: calibration error", calibration_error(read, labels), 0.005),
    ]


def _stability(
    recognizer: Recognizer, digits: Sequence[uci_digits.PenDigit], rng: np.random.Generator
) -> list[Figure]:
    """Return the share of answers that change when drawings are varied, one way at a time."""
    shapes = [digit.strokes for digit in digits]
    before = _best(_read(recognizer, [draw_varied(shape) for shape in shapes]))

    def changed(vary: Callable[[Strokes], Drawing]) -> float:
        after = [_best(_read(recognizer, [vary(shape) for shape in shapes])) for _ in range(2)]
        return float(np.mean([again != before for again in after]))

    ways: dict[str, tuple[Callable[[Strokes], Drawing], float]] = {
        "moved": (lambda s: draw_varied(s, at=rng.uniform(size=2)), 0.005),
        "scaled to 15…95% of the canvas": (
            lambda s: draw_varied(s, size=rng.uniform(0.15, 0.95)),
            0.005,
        ),
        "pen of 1.5…10% of the canvas": (
            lambda s: draw_varied(s, pen=rng.uniform(0.015, 0.1)),
            0.005,
        ),
        "rotated by up to 15°": (lambda s: draw_varied(s, turn=rng.uniform(-15, 15)), 0.015),
    }
    return [
        _at_most(f"answers changed: {way}", changed(vary), limit)
        for way, (vary, limit) in ways.items()
    ]


def draw_varied(
    strokes: Strokes,
    size: float = 0.6,
    pen: float = 0.03,
    turn: float = 0.0,
    at: Float64Array | tuple[float, float] = (0.5, 0.5),
) -> Drawing:
    """Draw strokes on the canvas; ``size`` and ``pen`` are fractions of its side."""
    angle = np.radians(turn)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turned = [points @ rotation.T for points in strokes]
    low, high = bounds(turned)
    scale = min(size, 1 - pen) * SIDE / max((high - low).max(), 1e-9)
    corner = np.asarray(at) * (SIDE - (high - low) * scale - pen * SIDE) + pen * SIDE / 2
    return Drawing(
        SIDE, SIDE, [Stroke((points - low) * scale + corner, pen * SIDE) for points in turned]
    )


def _bitmaps(recognizer: Recognizer, digits: Sequence[uci_digits.PenDigit]) -> Iterator[Figure]:
    """Read digits whose bounding box was stretched to a square of few pixels, as collections do."""
    labels = np.array([digit.label for digit in digits])
    ink = [rasterise_drawing(draw_varied(digit.strokes, pen=0.06)) for digit in digits]
    for side, aim in BITMAP_SIDES.items():
        right = _best(recognizer.recognize_batch([_bitmap(one, side) for one in ink])) == labels
        yield _at_least(
            f"pen, stretched to {side}×{side} black and white pixels", right.mean(), aim
        )


def _bitmap(ink: Uint8Array, side: int) -> Uint8Array:
    """Stretch the bounding box of ink (H, W) to a square; return 0 where half a pixel is ink."""
    box = ink_box(ink)
    assert box is not None
    small = np.asarray(ink_image(ink[box.slices]).resize((side, side), Image.Resampling.BOX))
    return np.where(small > 127, 0, 255).astype(np.uint8)


def _speed(
    recognizer: Recognizer, digits: Sequence[uci_digits.PenDigit], rng: np.random.Generator
) -> list[Figure]:
    drawings = [place_on_canvas(d.strokes, rng, sides=(280, 280)) for d in digits]
    recognizer.recognize_batch([rasterise_drawing(drawings[0])] * 100)
    times = []
    with one_thread():
        for drawing in drawings[:300]:
            started = time.perf_counter()
            recognizer.recognize(rasterise_drawing(drawing))
            times.append(time.perf_counter() - started)
    pictures = [rasterise_drawing(drawing) for drawing in drawings]
    rounds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        recognizer.recognize_batch(pictures)
        rounds.append(time.perf_counter() - started)
    rate = len(pictures) / statistics.median(rounds)
    median = statistics.median(times) * 1000
    return [
        Figure("one drawing, one thread, median", f"{median:.2f} ms", "≤ 5 ms", median <= 5),
        Figure("280×280 pictures at once", f"{rate:,.0f} a second", "≥ 1,500", rate >= 1500),
    ]
