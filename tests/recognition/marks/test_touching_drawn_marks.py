"""Marks whose strokes touch a digit of a drawing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from digitrec.arrays import Float32Array, Float64Array, Uint8Array
from digitrec.drawing.grouping import StrokeGroup
from digitrec.drawing.strokes import Drawing, Stroke
from digitrec.models.marks import MARKS, NO_MARK
from digitrec.recognition.ink_pieces import Piece
from digitrec.recognition.marks.touching_drawn_marks import find_touching_drawn_marks, piece_of
from digitrec.recognition.read_drawing import read_drawing
from digitrec.recognition.recognizer import Recognizer

PEN = 8.0


def stroke(*points: tuple[float, float]) -> Stroke:
    return Stroke(np.array(points), PEN)


def ring(left: float) -> Stroke:
    angles = np.linspace(0, 2 * np.pi, 30)
    return Stroke(np.stack([left + 25 + 25 * np.sin(angles), 80 - 40 * np.cos(angles)], 1), PEN)


ONE = stroke((20, 40), (20, 120))
ZERO = ring(100)
DASH = stroke((146, 80), (190, 80))  # it touches the zero


def group(*strokes: Stroke) -> StrokeGroup:
    corners = np.concatenate([each.points for each in strokes])
    low, high = corners.min(axis=0) - PEN / 2, corners.max(axis=0) + PEN / 2
    return StrokeGroup(tuple(strokes), (*low.tolist(), *high.tolist()))


def answer(digit: int, probability: float) -> Float64Array:
    out = np.full(11, (1 - probability) / 10)
    out[digit] = probability
    return out


def find(whole: float, mark: float, rest: float) -> list[str]:
    """Look for a dash at a zero, beside a one."""
    groups = [group(ONE), group(ZERO, DASH)]
    row: dict[Piece, StrokeGroup] = {piece_of(each): each for each in groups}
    first, second = row
    digits = {first: answer(1, 0.99), second: answer(6, whole)}

    def read_digits(images: Float32Array) -> Sequence[Float64Array]:
        return [answer(0, rest) for _ in images]

    def read_marks(windows: Uint8Array) -> Float64Array:
        out = np.zeros((len(windows), NO_MARK + 1))
        for each, window in zip(out, windows, strict=True):
            rows = np.flatnonzero((window > MIDDLE_LIGHT).any(axis=1))
            low = len(rows) > 0 and rows[-1] - rows[0] < 5
            each[MARKS.index("-")] = mark if low else 0.01
            each[NO_MARK] = 1 - each[MARKS.index("-")]
        return out

    found = find_touching_drawn_marks(
        Drawing(300, 160, [ONE, ZERO, DASH]), [row], digits, read_digits, read_marks
    )
    assert all(strokes == [DASH] for _, strokes in found)
    return [one.text for one, _ in found]


MIDDLE_LIGHT = 160


def test_a_dash_leaves_the_digit_that_it_touches_where_all_are_sure() -> None:
    assert find(whole=0.3, mark=0.99, rest=0.99) == ["-"]
    assert find(whole=0.99, mark=0.99, rest=0.999) == []
    assert find(whole=0.3, mark=0.5, rest=0.99) == []
    assert find(whole=0.3, mark=0.99, rest=0.4) == []


def test_a_dash_that_touches_a_digit_is_read() -> None:
    two = stroke((212, 55), (230, 42), (246, 60), (216, 118), (256, 118))
    drawing = Drawing(300, 160, [ONE, ZERO, DASH, two])
    assert read_drawing(drawing, [Recognizer.load()]).answers[0].text == "10-2"


def test_a_bar_that_is_left_over_is_no_digit() -> None:
    """The stem of a 7, taken for a slash, leaves its bar."""
    bar, stem = stroke((100, 42), (150, 42)), stroke((150, 42), (120, 120))
    groups = [group(ONE), group(bar, stem)]
    row = {piece_of(each): each for each in groups}
    first, second = row
    answers = {first: answer(1, 0.99), second: answer(7, 0.5)}

    def slashes(windows: Uint8Array) -> Float64Array:
        out = np.zeros((len(windows), NO_MARK + 1))
        out[:, MARKS.index("/")], out[:, NO_MARK] = 0.98, 0.02
        return out

    found = find_touching_drawn_marks(
        Drawing(300, 160, [ONE, bar, stem]), [row], answers,
        lambda images: [answer(1, 0.1) for _ in images], slashes,
    )  # fmt: skip
    assert found == []
