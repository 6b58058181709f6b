"""Reading a drawing or a picture: its digits from left to right, by one network or by several."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from digitrec.arrays import Uint8Array
from digitrec.drawing.grouping import Part, parts
from digitrec.drawing.strokes import Drawing, Stroke, rasterise
from digitrec.imaging.normalise import normalise_ink
from digitrec.recognition.recognizer import Prediction, Recognizer

__all__ = ["TOO_FAINT", "TOO_SMALL", "Answer", "Digit", "Reading", "read_drawing", "read_picture"]

TOO_SMALL = "too small to read; draw it larger"
TOO_FAINT = "too faint to tell from the paper"

Box = tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class Digit:
    """What is read in one place of a drawing or picture.

    box: left, top, right, bottom in pixels; None where it is the whole picture.
    strokes: those it was drawn with; none in a picture.
    """

    prediction: Prediction
    box: Box | None
    strokes: tuple[Stroke, ...] = ()


@dataclass(frozen=True, eq=False)
class Answer:
    """What one network reads, from left to right."""

    digits: tuple[Digit, ...]

    @property
    def text(self) -> str:
        """The digits as a text, "?" for what is none."""
        return "".join(digit.prediction.text or "?" for digit in self.digits)

    @property
    def confidence(self) -> float:
        """Probability that all digits are right, were they independent; 0 where there is none."""
        return math.prod(d.prediction.confidence for d in self.digits) if self.digits else 0.0


@dataclass(frozen=True, eq=False)
class Reading:
    """What is read: an answer for each network, in the order they were asked.

    left_canvas: part of what the pen drew is outside the canvas, and was not read.
    """

    answers: tuple[Answer, ...]
    left_canvas: bool = False

    @property
    def digits(self) -> tuple[Digit, ...]:
        """The digits of the first network, which is the one chosen."""
        return self.answers[0].digits

    @property
    def disagreeing(self) -> tuple[bool, ...]:
        """For each network, whether it reads other than the first."""
        return tuple(answer.text != self.answers[0].text for answer in self.answers)


def read_drawing(drawing: Drawing, recognizers: Sequence[Recognizer]) -> Reading:
    """Group the strokes into digits, and read each: the ink that is on the canvas."""
    found = [(part, _ink(part, drawing)) for part in parts(drawing)]
    found = [(part, ink) for part, ink in found if ink.any()]  # a corner cut off leaves none
    images = np.array([normalise_ink(ink) for _, ink in found], dtype=np.float32)
    large = [i for i, (part, _) in enumerate(found) if not part.too_small]
    answers = []
    for recognizer in recognizers:
        predictions = [
            Prediction(None, 0.1, np.full(10, 0.1), image, 0.0, TOO_SMALL) for image in images
        ]
        if large:
            read = recognizer.recognize_normalised(images[large])
            for i, prediction in zip(large, read, strict=True):
                predictions[i] = prediction
        places = ((part.box, part.strokes) for part, _ in found)
        digits = (Digit(p, *place) for p, place in zip(predictions, places, strict=True))
        answers.append(Answer(tuple(digits)))
    return Reading(tuple(answers), drawing.left_by_pen())


def _ink(part: Part, drawing: Drawing) -> Uint8Array:
    """Rasterise a part alone, where it is on the canvas: the same pixels as on the whole of it."""
    left, top = (math.floor(value) for value in part.box[:2])
    right, bottom = (math.ceil(value) for value in part.box[2:])
    moved = [Stroke(stroke.points - (left, top), stroke.width) for stroke in part.strokes]
    return rasterise(moved, right - left, bottom - top)


def read_picture(picture: Image.Image, recognizers: Sequence[Recognizer]) -> Reading:
    """Read a picture; raises `DigitrecError` where it is none."""
    return Reading(tuple(Answer(_read_picture(picture, one)) for one in recognizers))


def _read_picture(picture: Image.Image, recognizer: Recognizer) -> tuple[Digit, ...]:
    found = recognizer.read(picture).digits
    if len(found) > 1:
        return tuple(Digit(prediction, prediction.box) for prediction in found)
    prediction = recognizer.recognize(picture)
    if prediction.image.any():
        return (Digit(prediction, None),)
    low, high = picture.convert("L").getextrema()
    if low == high:
        return ()
    even = prediction.probabilities
    return (Digit(Prediction(None, 0.1, even, prediction.image, 0.0, TOO_FAINT), None),)
