"""How sure ink has to be to be a mark, and which one it is."""

from __future__ import annotations

import numpy as np
import pytest

from digitrec.models.marks import EQUALS, MARKS, NO_MARK
from digitrec.recognition.ink_pieces import Piece
from digitrec.recognition.marks.mark_candidates import (
    ANY_MARK,
    MARK_AGAINST_DIGIT,
    MarkCandidate,
)

DOT = Piece(0, 30, np.ones((6, 6), np.float32), 0)
UPPER_DOT = Piece(0, 10, np.ones((6, 6), np.float32), 1)
BAR, LOWER_BAR = (Piece(0, top, np.ones((4, 30), np.float32), 2 + top) for top in (0, 20))
UPRIGHT = Piece(0, 0, np.ones((40, 4), np.float32), 9)


def candidate(
    mark: str,
    *pieces: Piece,
    share: float = 1.0,
    any_mark: float = 0.9,
    has_part: bool = False,
    digit: float = 0.0,
    small_digits: tuple[int, ...] = (),
    is_high: bool = False,
) -> MarkCandidate:
    """Ink that is a mark with this probability; this one with a share of it."""
    answer = np.full(NO_MARK + 1, any_mark * (1 - share) / (len(MARKS) - 1))
    answer[MARKS.index(mark)] = any_mark * share
    answer[NO_MARK] = 1 - any_mark
    return MarkCandidate(pieces or (DOT,), has_part, digit, small_digits, is_high, answer)


def test_probabilities_are_those_of_the_answer() -> None:
    one = candidate(",", share=0.8)
    assert one.probability == pytest.approx(0.9)
    assert MARKS[one.likeliest] == ","
    assert one.name() == (",", pytest.approx(0.72))


def test_a_mark_of_unclear_kind_is_a_question_mark() -> None:
    assert candidate(",", share=0.61).name()[0] == ","
    name, confidence = candidate(",", share=0.59).name()
    assert name == "?"
    assert confidence == pytest.approx(0.9 * 0.59)


def test_a_slash_that_leans_and_is_higher_than_digits_need_not_be_as_sure() -> None:
    ink = np.zeros((40, 24), np.float32)
    for row in range(40):
        ink[row, 20 - row // 2 : 24 - row // 2] = 1
    leaning = Piece(0, 0, ink, 9)
    least = [
        candidate("/", piece, digit=0.99, is_high=is_high).least_probability()
        for piece in (leaning, UPRIGHT)
        for is_high in (True, False)
    ]
    assert least[0] < MARK_AGAINST_DIGIT
    assert least[1:] == [MARK_AGAINST_DIGIT] * 3


def test_two_bars_are_an_equals_sign_as_sure_as_any_mark() -> None:
    both = candidate("-", BAR, LOWER_BAR, share=0.3)
    assert both.is_two_bars
    assert both.name() == (EQUALS, pytest.approx(0.9))
    assert not candidate("-", BAR).is_two_bars
    assert candidate("-", BAR).name()[0] == "-"


def test_a_dash_whose_ink_is_two_bars_is_an_equals_sign() -> None:
    ink = np.zeros((14, 30), np.float32)
    ink[:4] = ink[-4:] = ink[:, :3] = 1
    double = Piece(0, 0, ink, 0)
    assert candidate("-", double).is_equals_sign
    assert not candidate("/", double).is_equals_sign


def test_ink_has_to_be_surer_the_more_it_looks_like_a_digit() -> None:
    plain = candidate(".").least_probability()
    like_a_digit = candidate(".", digit=0.9).least_probability()
    of_a_piece = candidate(".", has_part=True, digit=0.9).least_probability()
    small = candidate(".", digit=0.9, small_digits=(1,)).least_probability()
    assert (plain, like_a_digit) == (ANY_MARK, MARK_AGAINST_DIGIT)
    assert plain < like_a_digit < of_a_piece < small


def test_a_percent_sign_of_several_pieces_may_look_like_digits() -> None:
    sign = candidate("%", DOT, UPPER_DOT, digit=0.9, has_part=True, small_digits=(0, 0))
    assert sign.least_probability() < ANY_MARK
    one_piece = candidate("%", DOT, digit=0.9, has_part=True)
    assert one_piece.least_probability() > MARK_AGAINST_DIGIT


def test_an_open_4_is_no_plus_sign_unless_the_network_is_very_sure() -> None:
    like_a_digit = candidate("+", UPRIGHT, digit=0.9)
    assert MARK_AGAINST_DIGIT < like_a_digit.least_probability() < 1
    assert candidate("+", UPRIGHT).least_probability() == ANY_MARK


@pytest.mark.parametrize(
    ("mark", "pieces", "digits", "others"),
    [
        (".", (DOT,), (1,), False),
        (".", (DOT,), (8,), True),
        ("+", (DOT,), (4, 7), False),
        ("+", (DOT,), (4, 1), True),
        ("-", (DOT,), (), False),
        ("-", (DOT,), (1,), True),
        (":", (DOT, UPPER_DOT), (0, 0), False),
        (":", (DOT, UPPER_DOT), (8,), False),  # a scribbled dot
        (":", (DOT, UPPER_DOT), (3,), True),
        (":", (DOT,), (0,), True),  # a ring alone is a digit
    ],
)
def test_small_digits_that_a_mark_does_not_look_like_are_digits(
    mark: str, pieces: tuple[Piece, ...], digits: tuple[int, ...], others: bool
) -> None:
    assert candidate(mark, *pieces, small_digits=digits).is_of_small_digits == others


def test_what_is_surely_a_mark_may_look_like_another_small_digit() -> None:
    assert candidate(",", any_mark=0.99, small_digits=(2,)).is_of_small_digits
    assert not candidate(",", any_mark=0.999, small_digits=(2,)).is_of_small_digits


def test_open_rings_of_a_percent_sign_may_look_like_any_digit() -> None:
    slash = Piece(10, 10, np.eye(40, dtype=np.float32)[::-1], 9)
    rings = [Piece(left, top, DOT.ink, 0) for left, top in ((12, 12), (40, 42), (60, 42))]
    whole = candidate("%", rings[0], slash, rings[1], digit=0.9, small_digits=(3, 1))
    assert not whole.is_of_small_digits
    assert whole.least_probability() < MARK_AGAINST_DIGIT
    beside = candidate("%", slash, rings[1], rings[2], digit=0.9, small_digits=(3, 1))
    assert beside.is_of_small_digits


def leaning(pixels: int) -> Piece:
    ink = np.zeros((40, pixels + 4), np.float32)
    for row in range(40):
        column = round((39 - row) / 39 * pixels)
        ink[row, column : column + 4] = 1
    return Piece(0, 0, ink, 0)


def test_a_slash_that_does_not_lean_is_a_1() -> None:
    assert candidate("/", UPRIGHT, digit=0.9).is_like_1(usual_lean=0.0)
    assert not candidate("/", UPRIGHT, digit=0.1).is_like_1(usual_lean=0.0)
    assert not candidate("-", UPRIGHT, digit=0.9).is_like_1(usual_lean=0.0)
    assert not candidate("/", leaning(12), digit=0.9).is_like_1(usual_lean=0.0)


def test_a_slash_that_leans_as_the_digits_do_has_to_be_surer() -> None:
    sure, unsure = (candidate("/", leaning(12), digit=0.9, any_mark=p) for p in (0.75, 0.65))
    assert not sure.is_like_1(usual_lean=0.3)
    assert unsure.is_like_1(usual_lean=0.3)
    assert not unsure.is_like_1(usual_lean=0.0)
