"""The slashes of a date."""

from __future__ import annotations

import numpy as np
import pytest

from digitrec.models.marks import NO_MARK
from digitrec.recognition.ink_pieces import Piece
from digitrec.recognition.marks.dates import find_date_slashes
from digitrec.recognition.marks.mark_candidates import SLASH, MarkCandidate
from digitrec.recognition.segmentation_graph import ClassProbabilities


def stroke(left: int, leaning: int = 12) -> Piece:
    """A stroke that goes this many pixels to the right on its way up."""
    ink = np.zeros((40, leaning + 4), np.float32)
    for row in range(40):
        column = round((39 - row) / 39 * leaning)
        ink[row, column : column + 4] = 1
    return Piece(left, 0, ink, left)


def answer(digit: int, probability: float = 0.99) -> ClassProbabilities:
    out = np.full(11, (1 - probability) / 10)
    out[digit] = probability
    return out


def find(text: str, probability: float = 0.5, leanings: tuple[int, int] = (12, 12)) -> str:
    """Write a text, where "/" is a slash with this probability, or a 1; return what is read."""
    line, digits, candidates = [], {}, []
    slashes = iter(leanings)
    for place, character in enumerate(text):
        is_slash = character == "/"
        piece = stroke(40 * place, next(slashes, 12) if is_slash else 0)
        line.append(piece)
        digits[piece] = answer(
            1 if is_slash or not character.isdecimal() else int(character),
            0.3 if character == "?" else 0.99,
        )
        if is_slash:
            marks = np.zeros(NO_MARK + 1)
            marks[[SLASH, NO_MARK]] = probability, 1 - probability
            candidates.append(MarkCandidate((piece,), False, 0.99, (), False, marks))
    found = {one.pieces[0] for one in find_date_slashes(candidates, line, digits)}
    return "".join("/" if piece in found else str(digits[piece].argmax()) for piece in line)


@pytest.mark.parametrize(
    "date", ["9/12/2004", "31/1/99", "12/31/1999", "2004/2/29", "01/01/00", "1/1/2026"]
)
def test_two_strokes_that_leave_a_date_are_slashes(date: str) -> None:
    assert find(date) == date


@pytest.mark.parametrize(
    "number", ["42/12/2004", "9/13/32/04", "9/12/204", "9/12/3504", "9//2004", "/12/2004",
               "123/4/56", "13/13/2004", "9/1?/2004", "9/122004"]
)  # fmt: skip
def test_what_leaves_no_date_are_ones(number: str) -> None:
    assert "/" not in find(number)


def test_strokes_that_are_hardly_slashes_or_differ_are_ones() -> None:
    assert find("9/12/2004", probability=0.1) == "911212004"
    assert find("9/12/2004", leanings=(12, 1)) == "911212004"


def test_beside_a_sure_slash_another_needs_as_many_digits_as_a_date_has() -> None:
    assert find("42/12/3504", probability=0.9) == "42/12/3504"
    assert "/" not in find("42/12/350", probability=0.9)
    assert "/" not in find("123/4/56", probability=0.9)


def test_a_line_of_many_strokes_is_no_date_and_takes_no_time() -> None:
    assert "/" not in find("/" * 400)
    assert "/" not in find("1/1/1999" + "1/")
