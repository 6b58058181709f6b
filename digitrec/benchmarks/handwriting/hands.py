"""How a network reads the digits of people and laboratories that it was not trained on.

Each of the sources of pen strokes (UCI and those of UNIPEN) is read by a network in whose training
it had no part: neither its digits nor its letters. Every character is drawn on a canvas, as in the
window: strokes → raster image → ink → 28×28.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from digitrec.arrays import BoolArray, Float32Array, Int64Array
from digitrec.benchmarks.handwriting.hands_pictures import draw_confusion, draw_failures
from digitrec.config.shell_words import module_command
from digitrec.data.hands import sources
from digitrec.data.hands.sources import LETTERS_LIKE_DIGITS, SourceCharacters
from digitrec.data.rendering.canvas_placement import Strokes, place_on_canvas
from digitrec.drawing.rasterise import rasterise_drawing
from digitrec.errors import DigitrecError
from digitrec.models import checkpoint
from digitrec.models.calibration import expected_calibration_error
from digitrec.models.checkpoint import Checkpoint
from digitrec.recognition.recognizer import Recognizer
from digitrec.recognition.results import Prediction
from digitrec.training.continuation.initial_weights import identify

__all__ = [
    "HandsReading", "calibration_error", "is_clear_letter", "is_clear_sign", "read_all", "report",
    "unseen",
]  # fmt: skip

SIGNS_LIKE_DIGITS = frozenset("()/,.'-|`_\\[]{}!>^")
"""Signs that some people write like a digit, or that are part of one: a stick, a 7, a 3."""
SEED = 2026
MIN_CHARACTERS = 20  # of a kind; a fraction of fewer says little


@dataclass(frozen=True)
class HandsFigures:
    """Figures of one source, as fractions of 1; None where it has too few such characters.

    Attributes:
        right: Digits answered right, that is read right and not rejected.
        rejected: Digits rejected.
        worst: Digits answered right, averaged over the tenth of the writers with the fewest.
        zeros: Zeros answered right.
        ece: Expected calibration error of the digits.
        letters: Letters unlike digits that are rejected.
        signs: Signs unlike digits that are rejected.
    """

    right: float
    rejected: float
    worst: float
    zeros: float
    ece: float
    letters: float | None
    signs: float | None

    def __str__(self) -> str:
        values = (getattr(self, name) for name in FIGURE_NAMES)
        return "".join(f"{'-':>10}" if value is None else f"{value:>10.2%}" for value in values)


FIGURE_NAMES = tuple(field.name for field in fields(HandsFigures))
"""The figures in the order in which they are shown."""


@dataclass(frozen=True, eq=False)
class HandsReading:
    """What a network answers to the digits of one source.

    Attributes:
        source: Its name.
        figures: Of the source.
        digits: The digits, N of them.
        answers: int64 (N,), the digits that were answered, -1 for rejected ones.
        confidences: (N,), of the answer or of the most probable digit.
        images: (N, 28, 28), what the network saw.
    """

    source: str
    figures: HandsFigures
    digits: SourceCharacters
    answers: Int64Array
    confidences: Float32Array
    images: Float32Array


def report(files: Sequence[Path], root: str | None, pictures: Path | None = None) -> Iterator[str]:
    """Read what each network does not know; yield the lines of a table.

    Args:
        files: Checkpoint files.
        root: The data folder, as in `digitrec.data.hands.sources.digits`.
        pictures: The folder for a confusion matrix and all failures; None draws none.

    Raises:
        DigitrecError: if a network knows all sources, or the data cannot be read.
    """
    readings = []
    yield f"{'source':<8}{'digits':>7}{'writers':>9}" + "".join(f"{n:>10}" for n in FIGURE_NAMES)
    for file in files:
        trained = checkpoint.load(file)
        recognizer = Recognizer(trained)
        for source in unseen(trained, root):
            reading = measure(recognizer, source, root)
            readings.append(reading)
            counts = f"{len(reading.digits):>7,}{len(set(reading.digits.writers)):>9}"
            yield f"{source:<8}{counts}{reading.figures}"
        read, count = slashed_zeros(recognizer)
        yield f"{file}: {read} of {count} ellipses with a slash are a 0"
    yield f"{'mean':<24}{mean_figures([reading.figures for reading in readings])}"
    if pictures:
        pictures.mkdir(parents=True, exist_ok=True)
        draw_confusion(pictures / "confusion.png", readings)
        draw_failures(pictures / "failures.png", readings)
        yield f"pictures in {pictures}"


def measure(recognizer: Recognizer, source: str, root: str | None = None) -> HandsReading:
    """Read all characters of a source, each drawn once.

    Args:
        recognizer: Whose network must not know the source.
        source: Its name, as in `digitrec.data.hands.sources.digits`.
        root: The data folder, as there.

    Raises:
        DigitrecError: if the data cannot be read.
    """
    sources.check_sources([source], root)
    digits = sources.digits(root)[source]
    read = read_all(recognizer, digits.strokes, source)
    answers = np.array([-1 if p.digit is None else p.digit for p in read])
    right = answers == digits.labels
    letters, signs = (
        _rejected(recognizer, source, root, wanted) for wanted in (is_clear_letter, is_clear_sign)
    )
    figures = HandsFigures(
        right=float(right.mean()),
        rejected=float(np.mean(answers < 0)),
        worst=_worst_writers(right, digits.writers),
        zeros=float(right[digits.labels == 0].mean()),
        ece=calibration_error(read, digits.labels),
        letters=letters,
        signs=signs,
    )
    images = np.stack([p.image for p in read])
    confidences = np.array([p.confidence for p in read], np.float32)
    return HandsReading(source, figures, digits, answers, confidences, images)


def unseen(trained: Checkpoint, root: str | None = None) -> list[str]:
    """Return the sources that had no part in the training of a network.

    They also had no part in the training of a network whose weights it began with, or that taught
    it.

    Raises:
        DigitrecError: if there is no such source, or a checkpoint file does not say what it was
            trained on.
    """
    return _unseen(trained.provenance, root, frozenset())


def _unseen(provenance: Mapping[str, Any], root: str | None, after: frozenset[Path]) -> list[str]:
    """Return what `unseen` does; ``after`` are the files of networks that learnt from this one."""
    config = provenance.get("config", {})
    left_out = _left_out(config.get("data", {}), root)
    for setting in ("init", "teacher") if left_out else ():
        if config.get(setting) is None:
            continue
        recorded = provenance.get(setting, {})
        file = Path(recorded.get("file", config[setting])).expanduser().absolute()
        known = _unseen(_origin(f"{setting}={file}", file, recorded, after), root, after | {file})
        left_out = [source for source in left_out if source in known]
    if not left_out:
        raise DigitrecError(
            "the network may know all writers; train some that do not: "
            f"{module_command('train')} -m data=hands data.leave_out=uci,apb,app,ibm,syn,uqb,val"
        )
    return left_out


def _origin(
    named: str, file: Path, recorded: Mapping[str, str], after: frozenset[Path]
) -> Mapping[str, Any]:
    """Return the provenance of a network that another learnt from, if it is still there."""
    try:
        provenance = checkpoint.load(file).provenance
        found = identify(str(file))
        if file in after or (found and found.checksum != recorded.get("checksum", found.checksum)):
            raise DigitrecError("the file holds another network now")
    except DigitrecError as error:
        raise DigitrecError(
            f"the network learnt from {named}, and what that knows cannot be told: {error}"
        ) from None
    return provenance


def _left_out(data: Mapping[str, Any], root: str | None) -> list[str]:
    """Return the sources that are not in a data set, by its settings."""
    name = data.get("name")
    if name in ("mnist", "synthetic"):
        return list(sources.digits(root))
    if name in ("pen", "mnist_pen"):
        return [source for source in sources.digits(root) if source != sources.UCI]
    if name not in ("hands", "unipen"):
        return []
    return [one.strip() for one in str(data.get("leave_out", "")).split(",") if one.strip()]


def mean_figures(figures: Sequence[HandsFigures]) -> HandsFigures:
    """Return the mean over sources of each figure, over those sources that have it."""
    means = {}
    for field in fields(HandsFigures):
        known = [value for one in figures if (value := getattr(one, field.name)) is not None]
        means[field.name] = float(np.mean(known)) if known else None
    return HandsFigures(**means)  # type: ignore[arg-type]


def slashed_zeros(recognizer: Recognizer) -> tuple[int, int]:
    """Return how many of some ellipses with a slash are answered 0, and how many there are.

    The ellipses have three widths. The slashes have three slopes, and end inside, at or beyond the
    ellipse. All are drawn with two pens.
    """
    angle = np.linspace(0, 2 * np.pi, 60)
    drawn = []
    for width, slope, reach, pen in product(
        (0.55, 0.75, 1.0), (35, 50, 65), (0.8, 1.0, 1.35), (0.03, 0.09)
    ):
        oval = np.column_stack([width * np.sin(angle), -np.cos(angle)])
        turn = np.radians(slope)
        # The slash ends at `reach` times the distance at which it meets the ellipse.
        meets = 1 / np.hypot(np.cos(turn) / width, np.sin(turn))
        end = reach * meets * np.array([np.cos(turn), -np.sin(turn)])
        strokes = [oval, np.linspace(-end, end, 20)]
        rng = np.random.default_rng(SEED)
        drawn.append(place_on_canvas(strokes, rng, sides=(280, 280), pen=(pen, pen)))
    read = recognizer.recognize_batch([rasterise_drawing(drawing) for drawing in drawn])
    return sum(p.digit == 0 for p in read), len(read)


def read_all(
    recognizer: Recognizer, characters: Sequence[Strokes], stream: str
) -> list[Prediction]:
    """Draw characters, each once on a canvas, and read them.

    Args:
        recognizer: The network.
        characters: Their strokes.
        stream: Names the random numbers of places, sizes and pens.
    """
    rng = np.random.default_rng([SEED, zlib.crc32(stream.encode())])
    drawn = [
        place_on_canvas(strokes, rng, size=(0.3, 0.9), pen=(0.02, 0.10)) for strokes in characters
    ]
    return recognizer.recognize_batch([rasterise_drawing(drawing) for drawing in drawn])


def _worst_writers(right: BoolArray, writers: Sequence[str]) -> float:
    names, place = np.unique(np.array(writers), return_inverse=True)
    shares = np.bincount(place, weights=right) / np.bincount(place)
    worst = np.sort(shares)[: -(-len(names) // 10)]
    return float(worst.mean())


def calibration_error(read: Sequence[Prediction], labels: Int64Array) -> float:
    """Return the expected calibration error of answers, whose labels are (N,)."""
    logits = np.log(np.maximum([p.probabilities for p in read], 1e-300))
    return expected_calibration_error(logits, labels)


def is_clear_letter(character: str) -> bool:
    """Whether it is a letter that nobody writes like a digit."""
    return character.isalpha() and character not in LETTERS_LIKE_DIGITS


def is_clear_sign(character: str) -> bool:
    """Whether it is a sign that nobody writes like a digit."""
    return not character.isalnum() and character not in SIGNS_LIKE_DIGITS


def _rejected(
    recognizer: Recognizer, source: str, root: str | None, wanted: Callable[[str], bool]
) -> float | None:
    written = sources.nondigits(root).get(source)
    if written is None:
        return None
    chosen = written.select(np.array([wanted(one) for one in written.characters], bool))
    if len(chosen) < MIN_CHARACTERS:
        return None
    read = read_all(recognizer, chosen.strokes, f"{source} others")
    return float(np.mean([p.digit is None for p in read]))
