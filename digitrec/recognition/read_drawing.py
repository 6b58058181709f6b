"""Reading a drawing of strokes, or a picture, with one or several networks side by side.

`digitrec.drawing.grouping` groups strokes by where they are. Strokes that do not meet stay apart,
which is right for two 1s side by side, but not for the two strokes of an open 4. So the first
network decides whether neighbours that stand close together are one digit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby, pairwise
from typing import NamedTuple

import numpy as np
from PIL import Image

from digitrec.arrays import Float32Array
from digitrec.drawing.grouping import StrokeGroup, join_groups, stroke_groups
from digitrec.drawing.rasterise import rasterise_box
from digitrec.drawing.strokes import Drawing
from digitrec.imaging.normalise import normalise_ink
from digitrec.recognition.marks.drawn_marks import find_drawn_marks
from digitrec.recognition.marks.line_marks import FoundMark
from digitrec.recognition.recognizer import Recognizer
from digitrec.recognition.results import Answer, Digit, Mark, Prediction, Reading, Rejection

__all__ = ["read_drawing", "read_picture"]

# Lengths are fractions of the height of the higher of two neighbours.
# Neighbours may be one digit if the gap between them is at most `_CLOSE`, and both together are at
# most `_WIDEST` wide.
_CLOSE, _WIDEST = 0.25, 1.1
_GAP = 8.0  # cost for each height of the gap, as a logarithm of probability
# Two rows are halves of the same digits if each upper half and the one below it
# - share more columns than the fraction `_ABOVE` of the narrower half's width;
# - have a gap of at most the fraction `_HALF_GAP` of the lower half's height;
# - are together at least `_SLIMMEST` times as wide as high, as an 8 is, while two 0s, one above the
#   other, are slimmer.
_ABOVE, _HALF_GAP, _SLIMMEST = 0.6, 0.2, 0.4
_JOINED_DIGIT = math.log(0.9)  # least log probability of each digit that is joined from two halves
_MIN_PROBABILITY = 1e-6  # lower probabilities count as this one


def read_drawing(drawing: Drawing, recognizers: Sequence[Recognizer]) -> Reading:
    """Group the strokes into digits, and read the ink of each that is on the canvas.

    Args:
        drawing: The strokes, and the size of the canvas.
        recognizers: The networks to ask; each sees the same images.
    """
    seen = _digits_of(drawing, recognizers)
    marks = []
    if recognizers:
        groups = [one.group for one in seen]
        first = recognizers[0]
        marks = find_drawn_marks(drawing, groups, first.class_probabilities, first.read_marks)
    if marks:
        of_marks = {id(stroke) for _, strokes in marks for stroke in strokes}
        rest = [stroke for stroke in drawing.strokes if id(stroke) not in of_marks]
        seen = _digits_of(Drawing(drawing.width, drawing.height, rest), recognizers)
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
        answers.append(Answer(tuple(digits), _in_rows([mark for mark, _ in marks], groups)))
    return Reading(tuple(answers), drawing.pen_left_canvas())


def _digits_of(drawing: Drawing, recognizers: Sequence[Recognizer]) -> list[_Seen]:
    """Group strokes into digits, without those off the canvas."""
    seen = [_Seen(group, _image(group)) for group in stroke_groups(drawing)]
    seen = [one for one in seen if one.image.any()]
    if not recognizers:
        return seen
    return _with_neighbours_joined(_with_halves_joined(seen, recognizers[0]), recognizers[0])


def _in_rows(
    marks: Sequence[FoundMark], groups: Sequence[StrokeGroup]
) -> tuple[tuple[Mark, ...], ...]:
    """Return the marks of each row of digits, each in its place; no rows if there are no marks."""
    if not marks:
        return ()
    rows: dict[int, list[Mark]] = {group.row: [] for group in groups}
    for mark in sorted(marks, key=lambda mark: mark.box[0] + mark.box[2]):
        row = min(groups, key=lambda group: _distance(group.box, mark.box)).row
        middles = (group.box[0] + group.box[2] for group in groups if group.row == row)
        place = sum(middle < mark.box[0] + mark.box[2] for middle in middles)
        rows[row].append(Mark(mark.text, mark.confidence, mark.box, place))
    return tuple(map(tuple, rows.values()))


def _distance(one: Sequence[float], other: Sequence[float]) -> float:
    """Return how far two boxes are apart."""
    gaps = (max(one[i] - other[i + 2], other[i] - one[i + 2], 0.0) for i in (0, 1))
    return math.hypot(*gaps)


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


def _with_halves_joined(seen: list[_Seen], recognizer: Recognizer) -> list[_Seen]:
    """Join two rows that hold halves of the same digits, such as 8s drawn as two circles."""
    rows = [list(row) for _, row in groupby(seen, key=lambda one: one.group.row)]
    out: list[list[_Seen]] = []
    for row in rows:
        joined = _joined_halves(out[-1], row) if out else []
        if joined and min(_log_probabilities(joined, recognizer)) >= _JOINED_DIGIT:
            out[-1] = joined
        else:
            out.append(row)
    return [
        one._replace(group=replace(one.group, row=number))
        for number, row in enumerate(out)
        for one in row
    ]


def _joined_halves(upper: Sequence[_Seen], lower: Sequence[_Seen]) -> list[_Seen]:
    """Join each digit of a row to the one right below it; return none where not all may be one."""
    if len(upper) != len(lower):
        return []
    pairs = [(one.group, other.group) for one, other in zip(upper, lower, strict=True)]
    if not all(_may_be_halves(*pair) for pair in pairs):
        return []
    groups = [join_groups(*pair) for pair in pairs]
    return [_Seen(group, _image(group)) for group in groups]


def _may_be_halves(one: StrokeGroup, other: StrokeGroup) -> bool:
    (left, top, right, bottom), (left_below, top_below, right_below, bottom_below) = (
        one.box,
        other.box,
    )
    shared = min(right, right_below) - max(left, left_below)
    narrower = min(right - left, right_below - left_below)
    width = max(right, right_below) - min(left, left_below)
    lower_half = min(bottom - top, bottom_below - top_below)
    return (
        not (one.too_small or other.too_small)
        and shared > _ABOVE * narrower
        and top_below - bottom <= _HALF_GAP * lower_half
        and width >= _SLIMMEST * (bottom_below - top)
    )


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
    """Return for each group the log probability of the digit that it looks most like."""
    read = recognizer.recognize_normalised(_images(seen))
    return [math.log(max(one.sureness, _MIN_PROBABILITY)) for one in read]


def _images(seen: Sequence[_Seen]) -> Float32Array:
    return np.array([one.image for one in seen], dtype=np.float32)


def _image(group: StrokeGroup) -> Float32Array:
    return normalise_ink(rasterise_box(group.strokes, group.box)[0])
