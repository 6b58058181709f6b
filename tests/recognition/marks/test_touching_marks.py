"""Marks that touch digits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from digitrec.arrays import Float32Array, Float64Array, Uint8Array
from digitrec.models.marks import MARKS, NO_MARK
from digitrec.recognition.ink_pieces import Piece
from digitrec.recognition.marks.line_marks import FoundMark, ReadMarks
from digitrec.recognition.marks.touching_marks import Divided, find_touching_marks
from digitrec.recognition.results import Box
from digitrec.recognition.segmentation_graph import ClassProbabilities, ReadDigits

HEIGHT = 40


def ring(ink: np.ndarray, left: int) -> None:
    ink[0:40, left : left + 24] = 1
    ink[6:34, left + 6 : left + 18] = 0


def joined(*, dash: bool) -> Piece:
    """Two rings; a dash joins them, or they touch."""
    ink = np.zeros((HEIGHT, 66 if dash else 46), np.float32)
    ring(ink, 0)
    ring(ink, 42 if dash else 22)
    if dash:
        ink[18:22, 22:44] = 1
    return Piece(10, 5, ink, 0)


def answer(digit: int, probability: float) -> ClassProbabilities:
    out = np.full(11, (1 - probability) / 10)
    out[digit] = probability
    return out


def dashes(sure: float) -> ReadMarks:
    """Take low ink in the middle of a window for a dash."""

    def read(windows: Uint8Array) -> Float64Array:
        out = np.zeros((len(windows), NO_MARK + 1))
        for one, window in zip(out, windows, strict=True):
            rows = np.flatnonzero((window > 200).any(axis=1))
            low = len(rows) > 0 and rows[-1] - rows[0] < 5
            one[MARKS.index("-")] = sure if low else 0.01
            one[NO_MARK] = 1 - one[MARKS.index("-")]
        return out

    return read


def zeros(probability: float) -> ReadDigits:
    def read(images: Float32Array) -> Sequence[ClassProbabilities]:
        return [answer(0, probability) for _ in images]

    return read


def find(
    piece: Piece, whole: float = 0.1, mark: float = 0.99, rest: float = 0.99
) -> tuple[str, list[Box]]:
    """Return the marks that are found in a piece beside another, and the boxes that are left."""
    other = Piece(100, 5, np.ones((HEIGHT, 20), np.float32), 1)
    digits = {piece: answer(3, whole), other: answer(1, 0.99)}
    ((pieces, marks),), known = find_touching_marks(
        [([piece, other], [])], [float(HEIGHT)], digits, zeros(rest), dashes(mark)
    )
    assert other in pieces
    left = [one for one in pieces if one is not other]
    assert all(one in known for one in left) or left == [piece]
    numbers = [one.component for one in pieces]
    assert len(set(numbers)) == len(numbers)
    return "".join(one.text for one in marks), [one.box for one in left]


def test_a_dash_that_joins_two_digits_leaves_them() -> None:
    text, left = find(joined(dash=True))
    assert text == "-"
    assert len(left) == 2
    assert left[0][0] == 10
    assert left[1][2] == 76
    assert left[0][2] <= left[1][0]


@pytest.mark.parametrize(
    "why",
    [
        {"whole": 0.99},  # it is surely a digit, and no wider than one
        {"mark": 0.6},  # it may be a part of a digit
        {"rest": 0.3},  # what is beside it reads as nothing
    ],
)
def test_ink_stays_whole_where_it_is_not_sure(why: dict[str, float]) -> None:
    piece = joined(dash=True)
    narrow = Piece(piece.left, piece.top, piece.ink[:, :40], 0) if "whole" in why else piece
    text, left = find(narrow, **why)
    assert text == ""
    assert left == [narrow.box]


def test_a_piece_does_not_read_better_without_the_end_of_a_digit() -> None:
    rest = Piece(10, 5, np.ones((HEIGHT, 24), np.float32), 0)
    for top, digit, expected in ((8, 5, False), (8, 6, True), (24, 5, True), (40, 2, False)):
        bar = FoundMark((34, top, 54, top + 4), "-", 0.99, ())
        divided = Divided(joined(dash=True), HEIGHT, [rest], [bar])
        assert divided.reads_better({rest: answer(digit, 0.99)}, whole=0.1) == expected


def test_digits_that_touch_have_no_mark() -> None:
    piece = joined(dash=False)
    assert find(piece) == ("", [piece.box])


def test_no_lines_ask_nothing() -> None:
    def never(_: Any) -> Any:
        raise AssertionError("there is nothing to read")

    assert find_touching_marks([], [], {}, never, never) == ([], {})
