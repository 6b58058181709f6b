"""How well numbers and pages are read, made from pen digits of held-out writers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np

from digitrec.arrays import Uint8Array
from digitrec.benchmarks.handwriting import held_out
from digitrec.benchmarks.handwriting.page_photographs import Paper, photograph
from digitrec.benchmarks.handwriting.written_numbers import (
    draw_rows,
    write_marked,
    write_number,
    write_page,
    write_touching,
)
from digitrec.data.rendering.canvas_placement import Strokes
from digitrec.data.uci.digits import PenDigit
from digitrec.drawing.rasterise import rasterise_drawing
from digitrec.drawing.strokes import Drawing
from digitrec.recognition.read_drawing import read_drawing
from digitrec.recognition.recognizer import Recognizer

__all__ = ["report"]

SEED = 0  # of the numbers and pages, the same whatever else is measured
# Heights of a digit from one row to the next, from and to
_PITCH, _TOUCHING_PITCH = (1.25, 2.0), (0.95, 1.15)

MARKED = {
    "decimal points": ("9.9", "9.99", "99.9", "99.99", "999.99"),
    "decimal commas": ("9,9", "9,99", "99,9", "99,99", "999,99"),
    "dates with /": ("99/99/9999", "9/9/99"),
    "dates with -": ("99-99-9999", "9999-99-99"),
    "times": ("99:99", "9:99", "99:99:99"),
    "percentages": ("9%", "99%", "9.9%", "99,9%"),
    "sums": ("9+9", "99+99", "99-9+9", "-99+9"),
    "telephone numbers": ("999 9999", "999 99 99", "99 999 999"),
}
"""What is written with marks; 9 stands for any digit."""


@dataclass
class TextCounts:
    """Counts over all pictures.

    Attributes:
        texts: Numbers, or lines of pages.
        texts_right: Those of which every digit is read right.
        digits: In all texts; in texts with marks, the marks and spaces count, too.
        digits_wrong: Digits that are missed, misread, or read where there is none.
        spaces: Wide spaces that were written, read, and both.
        seconds: Processor time of the reading.
    """

    texts: int = 0
    texts_right: int = 0
    digits: int = 0
    digits_wrong: int = 0
    spaces: tuple[int, int, int] = (0, 0, 0)
    seconds: float = 0.0

    def __str__(self) -> str:
        right, wrong = self.texts_right / self.texts, self.digits_wrong / self.digits
        written, read, both = self.spaces
        spaces = f", {both:,} of {written:,} spaces" if written else ""
        more = f", {read - both:,} spaces too many" if read > both else ""
        return (
            f"{self.texts_right:,} of {self.texts:,} right ({right:.2%}), "
            f"{1 - wrong:.2%} of {self.digits:,} digits, "
            f"{1000 * self.seconds / self.digits:.1f} ms a digit{spaces}{more}"
        )

    def add(self, read: str, written: str, *, spaces_count: bool = False) -> None:
        """Count one text, as it was read and as it was written.

        Args:
            read: What was read.
            written: What it is.
            spaces_count: Whether it is right only with its wide spaces; they are counted anyway.
        """
        found, there = _spaces(read), _spaces(written)
        more = len(there), len(found), len(found & there)
        self.spaces = tuple(map(sum, zip(self.spaces, more, strict=True)))  # type: ignore[assignment]
        if not spaces_count:
            read, written = read.replace(" ", ""), written.replace(" ", "")
        self.texts += 1
        self.texts_right += read == written
        self.digits += len(written)
        self.digits_wrong += _distance(read, written)


def report(recognizer: Recognizer, pen_root: str | None, hands_root: str | None) -> Iterator[str]:
    """Read all that is measured here; yield a line for each kind.

    Args:
        recognizer: Whose readings are counted.
        pen_root: The data folder of the pen digits, as in `held_out.digits`.
        hands_root: That of letters and marks.

    Raises:
        DigitrecError: if the data cannot be read.
    """
    digits = held_out.digits(pen_root)
    yield f"numbers: {measure_numbers(recognizer, digits)}"
    yield f"pairs that touch: {measure_touching(recognizer, digits)}"
    for paper in get_args(Paper):
        counts = measure_pages(recognizer, digits, paper=paper)
        yield f"lines of photographed pages, {paper}: {counts}"
    yield f"rows of drawings: {measure_drawn_rows(recognizer, digits)}"
    yield f"rows that touch: {measure_touching_rows(recognizer, digits)}"
    lettered = measure_lettered(recognizer, digits, held_out.letters(hands_root))
    yield f"numbers with a letter: {lettered}"
    marks = held_out.marks(hands_root)
    for kind in MARKED:
        yield f"{kind}: {measure_marked(recognizer, digits, marks, kind)}"


def measure_numbers(
    recognizer: Recognizer, digits: Sequence[PenDigit], count: int = 1000
) -> TextCounts:
    """Read ``count`` numbers of 2 to 6 digits, each number by one writer."""
    rng = np.random.default_rng(SEED)
    numbers = (_choose(digits, int(rng.integers(2, 7)), rng) for _ in range(count))
    return _read(recognizer, ((write_number(_strokes(one), rng), _text(one)) for one in numbers))


def measure_touching(
    recognizer: Recognizer, digits: Sequence[PenDigit], count: int = 600
) -> TextCounts:
    """Read ``count`` pairs of digits that touch."""
    rng = np.random.default_rng(SEED)
    pairs = (_choose(digits, 2, rng) for _ in range(count))
    return _read(recognizer, ((write_touching(_strokes(one), rng), _text(one)) for one in pairs))


def measure_lettered(
    recognizer: Recognizer,
    digits: Sequence[PenDigit],
    letters: Sequence[Strokes],
    count: int = 300,
) -> TextCounts:
    """Read ``count`` numbers of 2 to 6 digits, one of which is a letter instead: a "?"."""
    rng = np.random.default_rng(SEED)

    def write() -> tuple[Uint8Array, str]:
        number = _choose(digits, int(rng.integers(2, 7)), rng)
        strokes, written = _strokes(number), list(_text(number))
        place = int(rng.integers(len(number)))
        strokes[place], written[place] = letters[int(rng.integers(len(letters)))], "?"
        return write_number(strokes, rng), "".join(written)

    return _read(recognizer, (write() for _ in range(count)))


def measure_marked(
    recognizer: Recognizer,
    digits: Sequence[PenDigit],
    marks: Mapping[str, Sequence[Strokes]],
    kind: str,
    count: int = 100,
) -> TextCounts:
    """Read ``count`` texts with marks or wide spaces.

    Args:
        recognizer: The network.
        digits: Those of a text are by one writer.
        marks: Of each mark, what writers made of it.
        kind: One of `MARKED`.
        count: How many texts.
    """
    rng = np.random.default_rng(SEED)

    def write() -> tuple[Uint8Array, str]:
        pattern = MARKED[kind][int(rng.integers(len(MARKED[kind])))]
        number = iter(_choose(digits, pattern.count("9"), rng))
        characters: list[tuple[str, Strokes]] = []
        for one in pattern:
            if one == "9":
                digit = next(number)
                characters.append((str(digit.label), digit.strokes))
            elif one == " ":
                characters.append((one, ()))
            else:
                characters.append((one, marks[one][int(rng.integers(len(marks[one])))]))
        return write_marked(characters, rng), "".join(one for one, _ in characters)

    return _read(recognizer, (write() for _ in range(count)), spaces_count=True)


def _read(
    recognizer: Recognizer,
    written: Iterable[tuple[Uint8Array, str]],
    *,
    spaces_count: bool = False,
) -> TextCounts:
    """Read pictures of one line each, made as they are read, with what is written in them."""
    counts = TextCounts()
    for picture, text in written:
        started = time.process_time()
        read = recognizer.read(picture).text
        counts.seconds += time.process_time() - started
        counts.add(read, text, spaces_count=spaces_count)
    return counts


def measure_pages(
    recognizer: Recognizer,
    digits: Sequence[PenDigit],
    count: int = 40,
    paper: Paper = "plain",
) -> TextCounts:
    """Read ``count`` photographed pages, rotated by up to 4 degrees; every other is light on dark.

    Lines are compared in order. A line that is missing, and one too many, counts as wrong.
    """
    rng = np.random.default_rng(SEED)
    counts = TextCounts()
    for page in range(count):
        lines = [
            [_choose(digits, int(rng.integers(2, 7)), rng) for _ in range(rng.integers(1, 4))]
            for _ in range(rng.integers(3, 13))
        ]
        strokes = [[_strokes(number) for number in line] for line in lines]
        height, degrees = rng.uniform(30, 100), rng.uniform(-4, 4)
        ink = write_page(strokes, rng, height, degrees)
        dark = page % 2 == 1
        picture = photograph(
            ink, rng, light_on_dark=dark, paper=paper, height=height, degrees=degrees
        )
        started = time.process_time()
        read = recognizer.read(picture).text.split("\n")
        counts.seconds += time.process_time() - started
        for row, line in enumerate(lines):
            written = " ".join(map(_text, line))
            counts.add(read[row] if row < len(read) else "", written)
        counts.digits_wrong += sum(map(len, read[len(lines) :]))
    return counts


def measure_drawn_rows(
    recognizer: Recognizer, digits: Sequence[PenDigit], count: int = 200
) -> TextCounts:
    """Read ``count`` drawings of one to three rows of one to five digits, as the window does."""

    def read(drawing: Drawing) -> str:
        return read_drawing(drawing, [recognizer]).answers[0].text

    return _measure_rows(read, digits, 1, _PITCH, count)


def measure_touching_rows(
    recognizer: Recognizer, digits: Sequence[PenDigit], count: int = 200
) -> TextCounts:
    """Read ``count`` pictures of two or three rows so close that many of their digits touch."""

    def read(drawing: Drawing) -> str:
        return recognizer.read(rasterise_drawing(drawing), digits_only=True).text

    return _measure_rows(read, digits, 2, _TOUCHING_PITCH, count)


def _measure_rows(
    read: Callable[[Drawing], str],
    digits: Sequence[PenDigit],
    fewest: int,
    pitch: tuple[float, float],
    count: int,
) -> TextCounts:
    rng = np.random.default_rng(SEED)
    counts = TextCounts()
    for _ in range(count):
        rows = [
            _choose(digits, int(rng.integers(1, 6)), rng)
            for _ in range(int(rng.integers(fewest, 4)))
        ]
        drawing = draw_rows([_strokes(row) for row in rows], rng, pitch)
        started = time.process_time()
        found = read(drawing).split("\n")
        counts.seconds += time.process_time() - started
        for place, row in enumerate(rows):
            counts.add(found[place] if place < len(found) else "", _text(row))
        counts.digits_wrong += sum(map(len, found[len(rows) :]))
    return counts


def _choose(digits: Sequence[PenDigit], count: int, rng: np.random.Generator) -> list[PenDigit]:
    """Choose digits of one writer at random."""
    writer = digits[int(rng.integers(len(digits)))].writer
    own = [digit for digit in digits if digit.writer == writer]
    return [own[i] for i in rng.integers(len(own), size=count)]


def _strokes(number: Sequence[PenDigit]) -> list[Strokes]:
    return [digit.strokes for digit in number]


def _text(number: Sequence[PenDigit]) -> str:
    return "".join(str(digit.label) for digit in number)


def _spaces(text: str) -> set[int]:
    """Return before which digit or mark each space of a text stands."""
    return {len(text[:i].replace(" ", "")) for i, one in enumerate(text) if one == " "}


def _distance(read: str, written: str) -> int:
    """Return the edit distance of two texts (Levenshtein 1966)."""
    row = list(range(len(written) + 1))
    for i, one in enumerate(read, 1):
        diagonal, row[0] = row[0], i
        for j, other in enumerate(written, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (one != other))
    return row[-1]
