"""Brackets and printed slashes: strokes that look like a 1 each."""

from __future__ import annotations

import numpy as np
import pytest

from digitrec.recognition.ink_pieces import Piece
from digitrec.recognition.marks.stroke_pairs import find_brackets, find_printed_slashes
from digitrec.recognition.segmentation_graph import ClassProbabilities

HEIGHT = 40
Line = list[tuple[Piece, int]]


def stroke(left: int, bends: float = 0.0, leans: float = 0.0, height: int = HEIGHT) -> Piece:
    """A stroke 4 pixels wide that bends and leans to the right by these shares of its height."""
    along = np.linspace(0, 1, height)
    columns = np.rint(height * (4 * bends * along * (1 - along) - leans * along)).astype(int)
    columns -= columns.min()
    ink = np.zeros((height, int(columns.max()) + 4), np.float32)
    for row, column in enumerate(columns.tolist()):
        ink[row, column : column + 4] = 1
    return Piece(left, HEIGHT - height, ink, left)


def digit(left: int) -> Piece:
    return Piece(left, 0, np.ones((HEIGHT, 20), np.float32), left)


def answer(label: int, probability: float = 0.99) -> ClassProbabilities:
    out = np.full(11, (1 - probability) / 10)
    out[label] = probability
    return out


def brackets(line: Line, probability: float = 0.99) -> list[Piece]:
    answers = {piece: answer(label, probability) for piece, label in line}
    return find_brackets([piece for piece, _ in line], answers, HEIGHT)


def slashes(line: Line) -> list[Piece]:
    answers = {piece: answer(label) for piece, label in line}
    return find_printed_slashes([piece for piece, _ in line], answers, HEIGHT)


def test_strokes_that_bow_apart_around_a_digit_are_brackets() -> None:
    opening, closing = stroke(0, bends=-0.2), stroke(70, bends=0.2)
    assert brackets([(opening, 1), (digit(30), 4), (closing, 1)]) == [opening, closing]


@pytest.mark.parametrize(
    ("left", "right"),
    [(0.2, -0.2), (0.2, 0.2), (-0.2, -0.2), (0.0, 0.2), (-0.06, 0.06), (-0.1, 0.1)],
)
def test_strokes_that_bow_alike_or_little_are_ones(left: float, right: float) -> None:
    line = [(stroke(0, bends=left), 1), (digit(30), 4), (stroke(70, bends=right), 1)]
    assert brackets(line) == []


def test_brackets_have_something_between_them() -> None:
    assert brackets([(stroke(0, bends=-0.2), 1), (stroke(30, bends=0.2), 1), (digit(60), 4)]) == []


def test_brackets_are_about_as_high_as_each_other_and_look_like_ones() -> None:
    opening, middle, closing = stroke(0, bends=-0.2), digit(30), stroke(70, bends=0.2)
    assert brackets([(opening, 1), (middle, 4), (closing, 5)]) == []
    assert brackets([(opening, 1), (middle, 4), (closing, 1)], probability=0.2) == []
    higher = stroke(70, bends=0.2, height=60)
    assert brackets([(opening, 1), (middle, 4), (higher, 1)]) == []


def test_the_nearest_strokes_are_a_pair() -> None:
    outer, inner = stroke(0, bends=-0.2), stroke(40, bends=-0.2)
    middle, closing = digit(70), stroke(110, bends=0.2)
    found = brackets([(outer, 1), (inner, 1), (middle, 4), (closing, 1)])
    assert found == [inner, closing]


def date(first: Piece, second: Piece) -> Line:
    return [(digit(0), 4), (first, 1), (digit(80), 6), (second, 1), (digit(160), 8)]


def test_a_stroke_that_is_there_twice_and_leans_is_printed() -> None:
    first, second = stroke(40, leans=0.4), stroke(120, leans=0.4)
    assert slashes(date(first, second)) == [first, second]


@pytest.mark.parametrize(
    "second",
    [stroke(120, leans=0.2), stroke(120, leans=0.4, height=36), stroke(120, leans=0.4, bends=0.2)],
)
def test_a_stroke_of_another_form_is_written(second: Piece) -> None:
    assert slashes(date(stroke(40, leans=0.4), second)) == []


def test_upright_strokes_are_ones() -> None:
    assert slashes(date(stroke(40), stroke(120))) == []


def test_printed_slashes_have_digits_before_between_and_after() -> None:
    first, second = stroke(40, leans=0.4), stroke(120, leans=0.4)
    whole = date(first, second)
    for missing in (0, 2, 4):
        assert slashes([one for place, one in enumerate(whole) if place != missing]) == []
