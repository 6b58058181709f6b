"""Reading a drawing of strokes, or a picture, with one or several networks side by side.

`digitrec.drawing.grouping` groups strokes by where they are. That leaves the two strokes of an open
4 apart where they do not meet, as it must for a 1 beside a 1. So the first network decides of
neighbours that stand close together whether they are one digit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from PIL import Image

from digitrec.arrays import Float32Array, Uint8Array
from digitrec.drawing.grouping import StrokeGroup, join_groups, stroke_groups
from digitrec.drawing.rasterise import rasterise
from digitrec.drawing.strokes import Drawing, Stroke
from digitrec.imaging.normalise import normalise_ink
from digitrec.recognition.recognizer import Recognizer
from digitrec.recognition.results import Answer, Digit, Prediction, Reading, Rejection

__all__ = ["read_drawing", "read_picture"]

# Lengths are fractions of the height of the higher of two neighbours.
_CLOSE, _WIDEST = 0.25, 1.1  # gap between them, and width of both together, of one digit at most
_GAP = 8.0  # cost for each height of the gap, as a logarithm of probability
_LEAST = 1e-6  # lower probabilities count as this one


def read_drawing(drawing: Drawing, recognizers: Sequence[Recognizer]) -> Reading:
    """Group the strokes into digits, and read the ink of each that is on the canvas.

    Args:
        drawing: The strokes, and the size of the canvas.
        recognizers: The networks to ask; each sees the same images.
    """
    seen = [_Seen(group, _image(group)) for group in stroke_groups(drawing)]
    seen = [one for one in seen if one.image.any()]  # strokes may be off the canvas
    if recognizers:
        seen = _with_neighbours_joined(seen, recognizers[0])
    groups = [one.group for one in seen]
    images = _images(seen)
    large = [i for i, group in enumerate(groups) if not group.too_small]
    answers = []
    for recognizer in recognizers:
        predictions = [Prediction.unread(image, Rejection("too small")) for image in images]
        if large:
            read = recognizer.recognize_normalised(images[large])
            for i, prediction in zip(large, read, strict=True):
                predictions[i] = prediction
        digits = (
            Digit(prediction, group.box, group.strokes, group.row)
            for prediction, group in zip(predictions, groups, strict=True)
        )
        answers.append(Answer(tuple(digits)))
    return Reading(tuple(answers), drawing.pen_left_canvas())


def read_picture(picture: Image.Image, recognizers: Sequence[Recognizer]) -> Reading:
    """Read a picture of one digit or of several with each network.

    Raises:
        PictureError: if the picture cannot be decoded.
    """
    return Reading(tuple(_answer_to_picture(picture, one) for one in recognizers))


def _answer_to_picture(picture: Image.Image, recognizer: Recognizer) -> Answer:
    page = recognizer.read(picture)
    if len(page.digits) > 1 or any(page.marks):
        digits = tuple(
            Digit(prediction, prediction.box, row=row)
            for row, line in enumerate(page.lines)
            for prediction in line
        )
        return Answer(digits, page.marks)
    prediction = recognizer.recognize(picture)
    if prediction.image.any() or prediction.rejection == Rejection("printed"):
        return Answer((Digit(prediction, None),))
    low, high = picture.convert("L").getextrema()
    if low == high:
        return Answer(())
    return Answer((Digit(Prediction.unread(prediction.image, Rejection("too faint")), None),))


class _Seen(NamedTuple):
    """A group, and what a network sees of it: (28, 28)."""

    group: StrokeGroup
    image: Float32Array


def _with_neighbours_joined(seen: list[_Seen], recognizer: Recognizer) -> list[_Seen]:
    """Join neighbours that the network reads better as one digit than as two."""
    gaps: list[tuple[int, float]] = []
    together: list[_Seen] = []
    for i, (one, other) in enumerate(pairwise(each.group for each in seen)):
        if one.row == other.row and _may_be_one_digit(one, other):
            joined = join_groups(one, other)
            gaps.append((i, _gap(one, other)))
            together.append(_Seen(joined, _image(joined)))
    if not together:
        return seen
    likely = _log_probabilities([*seen, *together], recognizer)
    gains = [
        (likely[len(seen) + number] - _GAP * gap - likely[i] - likely[i + 1], i, joint)
        for number, ((i, gap), joint) in enumerate(zip(gaps, together, strict=True))
    ]
    taken: set[int] = set()
    joins: dict[int, _Seen] = {}
    for gain, i, joint in sorted(gains, key=lambda one: one[0], reverse=True):
        if gain > 0 and taken.isdisjoint((i, i + 1)):
            joins[i] = joint
            taken.update((i, i + 1))
    return [joins.get(i, one) for i, one in enumerate(seen) if i not in taken or i in joins]


def _may_be_one_digit(one: StrokeGroup, other: StrokeGroup) -> bool:
    height = _height(one, other)
    width = max(one.box[2], other.box[2]) - min(one.box[0], other.box[0])
    small = one.too_small or other.too_small
    return not small and _gap(one, other) <= _CLOSE and width <= _WIDEST * height


def _gap(one: StrokeGroup, other: StrokeGroup) -> float:
    return max(0.0, other.box[0] - one.box[2]) / _height(one, other)


def _height(one: StrokeGroup, other: StrokeGroup) -> float:
    return max(group.box[3] - group.box[1] for group in (one, other))


def _log_probabilities(seen: Sequence[_Seen], recognizer: Recognizer) -> list[float]:
    """Return of each group how likely it is the digit that it looks most like."""
    read = recognizer.recognize_normalised(_images(seen))
    return [math.log(max(one.sureness, _LEAST)) for one in read]


def _images(seen: Sequence[_Seen]) -> Float32Array:
    return np.array([one.image for one in seen], dtype=np.float32)


def _image(group: StrokeGroup) -> Float32Array:
    return normalise_ink(_ink(group))


def _ink(group: StrokeGroup) -> Uint8Array:
    """Rasterise one group: the same pixels that it has on the whole canvas, cropped to its box."""
    left, top = (math.floor(value) for value in group.box[:2])
    right, bottom = (math.ceil(value) for value in group.box[2:])
    moved = [Stroke(stroke.points - (left, top), stroke.width) for stroke in group.strokes]
    return rasterise(moved, right - left, bottom - top)
