"""What recognition returns: a prediction of a digit, a page of lines, a reading by networks.

`Recognizer.recognize` returns a `Prediction`, and `Recognizer.read` a `Page` of them. A `Reading`
is for the window: the `Answer` of each network that was asked about the same `Digit` places.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from digitrec.arrays import Float32Array, Float64Array
from digitrec.drawing.strokes import Stroke
from digitrec.errors import PictureError
from digitrec.imaging.pixels import Box

__all__ = [
    "Answer",
    "Box",
    "Digit",
    "Mark",
    "Page",
    "PictureResult",
    "Prediction",
    "Reading",
    "Rejection",
    "RejectionKind",
    "with_article",
]

RejectionKind = Literal[
    "blank", "printed", "not a digit", "too small", "too faint", "several digits"
]

_REASONS: dict[RejectionKind, str] = {
    "blank": "nothing is drawn",
    "printed": "all ink looks like print, frames or lines",
    "not a digit": "not a digit",
    "too small": "too small to read; draw it larger",
    "too faint": "too faint to tell from the paper",
    "several digits": "several digits, which --lines reads",
}


def with_article(digit: int) -> str:
    """Write a digit with its article: "an 8", "a 7"."""
    return f"{'an' if digit == 8 else 'a'} {digit}"


@dataclass(frozen=True)
class Rejection:
    """Why a network gives no digit. As text, it is a sentence without capital and full stop.

    Attributes:
        kind: "not a digit" where the network read the ink and rejected it; "several digits" where
            one was asked for. Otherwise no network read the picture: "blank" (no ink), "printed"
            (no ink except print), "too small" and "too faint".
        nearest: The most probable digit, where the kind is "not a digit".
        text: What is read, where the kind is "several digits".
    """

    kind: RejectionKind
    nearest: int | None = None
    text: str = ""

    def __str__(self) -> str:
        reason, nearest = _REASONS[self.kind], self.nearest_in_words
        if nearest:
            return f"{reason}; nearest to {nearest}"
        return f"{reason} as {' / '.join(self.text.splitlines())}" if self.text else reason

    @property
    def nearest_in_words(self) -> str | None:
        """The nearest digit with its article, "an 8" or "a 7"; None where there is none."""
        return None if self.nearest is None else with_article(self.nearest)


@dataclass(frozen=True, eq=False)
class Prediction:
    """What a network reads in the ink of one digit.

    Attributes:
        digit: 0 to 9, or None where it is not a digit; ``rejection`` and ``reason`` say why.
        confidence: Calibrated probability of ``digit``, or of the most probable class.
        probabilities: (10,) float64, calibrated; they sum to 1.
        image: (28, 28) float32 in [0, 1], what the network saw.
        digit_probability: Probability that the ink is any digit; 1 where the checkpoint's
            rejection threshold is 0, because its network was not trained on non-digits.
        rejection: Why there is no digit; None where there is one.
        box: Where the ink is in the upright picture, in pixels; None where the whole picture was
            read as one digit.
    """

    digit: int | None
    confidence: float
    probabilities: Float64Array = field(repr=False)
    image: Float32Array = field(repr=False)
    digit_probability: float = 1.0
    rejection: Rejection | None = None
    box: Box | None = None

    @classmethod
    def unread(cls, image: Float32Array, rejection: Rejection) -> Prediction:
        """Return the prediction for ink that no network has read: all digits equally probable."""
        return cls(None, 0.1, np.full(10, 0.1), image, 0.0, rejection)

    @classmethod
    def decided(
        cls,
        probabilities: Float64Array,
        digit_probability: float,
        image: Float32Array,
        threshold: float,
    ) -> Prediction:
        """Return the prediction from the probabilities that a network gives an image.

        Args:
            probabilities: Shape (10,), calibrated.
            digit_probability: That it is any digit; below the threshold, it is rejected.
            image: Shape (28, 28), what the network saw.
            threshold: The rejection threshold.
        """
        if not image.any():
            # What a network reads in an empty image means nothing.
            return cls.unread(image, Rejection("blank"))
        best = int(probabilities.argmax())
        confidence = float(probabilities[best])
        if digit_probability < threshold:
            rejection = Rejection("not a digit", best)
            return cls(None, confidence, probabilities, image, digit_probability, rejection)
        return cls(best, confidence, probabilities, image, digit_probability)

    @property
    def sureness(self) -> float:
        """The probability that the ink is a digit, and is this digit."""
        return self.digit_probability * self.confidence

    @property
    def reason(self) -> str | None:
        """Why there is no digit, in words; None where there is one."""
        return None if self.rejection is None else str(self.rejection)

    @property
    def text(self) -> str:
        """The digit as text; empty where it is not a digit."""
        return "" if self.digit is None else str(self.digit)


@dataclass(frozen=True, eq=False)
class Mark:
    """What stands between the digits of a line: a decimal point, a dash, a wide space.

    Attributes:
        text: One of ``. , - / : % + =``, or a space; "?" where it is not sure which mark it is.
        confidence: Probability of ``text``, or of the most probable mark.
        box: Where it is in the upright picture, in pixels; of a space, the gap.
        place: How many digits of its line, rejected ones among them, stand before it.
    """

    text: str
    confidence: float
    box: Box
    place: int

    @property
    def reason(self) -> str | None:
        """Why the text is "?"; None where it is not."""
        return "a mark, but unclear which" if self.text == "?" else None


@dataclass(frozen=True)
class Page:
    """What a network reads in a picture of several digits.

    Attributes:
        lines: Predictions from left to right, for each line from top to bottom.
        marks: For each line, the marks and spaces between them, from left to right; empty where
            they were left out.
        rejection: Why there are no lines; None where there are.
        turned: By how many degrees the writing is turned clockwise in the picture: 0, 90, 180 or
            270. Lines are as the writer sees them, boxes as the picture has them.
    """

    lines: tuple[tuple[Prediction, ...], ...]
    marks: tuple[tuple[Mark, ...], ...] = ()
    rejection: Rejection | None = None
    turned: int = 0

    def __post_init__(self) -> None:
        if not self.lines and self.rejection is None:
            object.__setattr__(self, "rejection", Rejection("blank"))

    @property
    def digits(self) -> tuple[Prediction, ...]:
        """All predictions in reading order, rejected ones among them."""
        return tuple(digit for line in self.lines for digit in line)

    @property
    def in_order(self) -> tuple[tuple[Prediction | Mark, ...], ...]:
        """For each line its predictions and its marks, from left to right."""
        return tuple(
            _in_order(line, marks)
            for line, marks in zip(self.lines, self.marks or ((),) * len(self.lines), strict=True)
        )

    @property
    def reason(self) -> str | None:
        """Why there are no lines, in words; None where there are."""
        return None if self.rejection is None else str(self.rejection)

    @property
    def text(self) -> str:
        """The lines, joined by newlines; "?" stands for ink that is neither digit nor mark."""
        return "\n".join("".join(one.text or "?" for one in line) for line in self.in_order)


PictureResult = Prediction | Page | PictureError
"""What is read in a picture, or in a page of a file; or why it cannot be read."""


def _in_order(line: Sequence[Prediction], marks: Sequence[Mark]) -> tuple[Prediction | Mark, ...]:
    """Return what was read in a line, each mark in its place."""
    mixed: list[Prediction | Mark] = []
    rest = list(marks)
    for number, one in enumerate(line):
        while rest and rest[0].place <= number:
            mixed.append(rest.pop(0))
        mixed.append(one)
    return (*mixed, *rest)


@dataclass(frozen=True, eq=False)
class Digit:
    """One place of a drawing or picture, and what a network reads there.

    Attributes:
        prediction: What is read.
        box: Left, top, right, bottom in pixels; None where it is the whole picture.
        strokes: The strokes it was drawn with; none in a picture.
        row: The row that it stands in, from 0 at the top.
    """

    prediction: Prediction
    box: tuple[float, float, float, float] | None
    strokes: tuple[Stroke, ...] = ()
    row: int = 0


@dataclass(frozen=True, eq=False)
class Answer:
    """What one network reads, row by row, from left to right.

    Attributes:
        digits: The digits.
        marks: For each row, the marks between its digits, and in a picture wide spaces; no rows
            where there are none in a drawing.
    """

    digits: tuple[Digit, ...]
    marks: tuple[tuple[Mark, ...], ...] = ()

    @property
    def page(self) -> Page:
        """The same, row by row."""
        rows = itertools.groupby(self.digits, key=lambda digit: digit.row)
        lines = tuple(tuple(digit.prediction for digit in digits) for _, digits in rows)
        return Page(lines, self.marks)

    @property
    def text(self) -> str:
        """The rows, joined by newlines; "?" stands for ink that is neither digit nor mark."""
        return self.page.text

    @property
    def confidence(self) -> float:
        """Probability that all digits are right, taken as independent; 0 where there is none."""
        return math.prod(d.prediction.confidence for d in self.digits) if self.digits else 0.0


@dataclass(frozen=True, eq=False)
class Reading:
    """What one or several networks read in the same drawing or picture.

    Attributes:
        answers: One for each network, in the order they were asked.
        left_canvas: Whether the pen drew outside the canvas too, where nothing is read.
    """

    answers: tuple[Answer, ...]
    left_canvas: bool = False

    @property
    def digits(self) -> tuple[Digit, ...]:
        """The digits of the first network, the one that the user chose."""
        return self.answers[0].digits

    @property
    def disagreeing(self) -> tuple[bool, ...]:
        """For each network, whether it reads something different from the first."""
        return tuple(answer.text != self.answers[0].text for answer in self.answers)
