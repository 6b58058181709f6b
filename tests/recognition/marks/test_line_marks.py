from __future__ import annotations

from collections.abc import Callable

import numpy as np

from digitrec.arrays import Float64Array, Uint8Array
from digitrec.models.marks import MARKS, NO_MARK
from digitrec.recognition.ink_pieces import Piece
from digitrec.recognition.marks.line_marks import FoundMark, find_marks


def block(left: int, top: int, right: int, bottom: int, number: int = 0) -> Piece:
    return Piece(left, top, np.ones((bottom - top, right - left), np.float32), number)


DIGITS = [block(40 * k, 10, 40 * k + 24, 50, k) for k in range(4)]
SLASH = block(28, 8, 36, 52, 9)
POINT, HIGH, BESIDE = block(30, 46, 34, 50), block(30, 2, 34, 6), block(400, 46, 404, 50)


def narrow(mark: str, sure: float = 0.95) -> Callable[[Uint8Array], Float64Array]:
    """Take everything narrow for a mark; what is not, for none."""

    def read(windows: Uint8Array) -> Float64Array:
        answers = np.zeros((len(windows), NO_MARK + 1))
        for answer, window in zip(answers, windows, strict=True):
            is_narrow = np.count_nonzero((window > 150).any(axis=0)) < 6
            answer[MARKS.index(mark)] = sure if is_narrow else 1 - sure
            answer[NO_MARK] = 1 - answer[MARKS.index(mark)]
        return answers

    return read


def find(
    line: list[Piece], specks: list[Piece], read: Callable[[Uint8Array], Float64Array]
) -> tuple[list[Piece], list[FoundMark]]:
    ((rest, marks),) = find_marks([line], specks, lambda _: 0.5, read)
    return rest, marks


def test_specks_and_pieces_of_a_line_may_be_marks_and_leave_it() -> None:
    rest, marks = find(DIGITS, [POINT], narrow("."))
    assert rest == DIGITS
    assert [(mark.text, mark.box, mark.confidence) for mark in marks] == [(".", POINT.box, 0.95)]
    rest, marks = find([*DIGITS, SLASH], [], narrow("/"))
    assert rest == DIGITS
    assert [mark.text for mark in marks] == ["/"]


def test_what_is_no_mark_stays_a_piece_or_a_speck() -> None:
    def none(windows: Uint8Array) -> Float64Array:
        return np.eye(NO_MARK + 1)[[NO_MARK] * len(windows)]

    rest, marks = find([*DIGITS, SLASH], [POINT], none)
    assert rest == [*DIGITS, SLASH]
    assert marks == []


def test_where_it_is_not_sure_which_mark_there_is_a_question_mark() -> None:
    def torn(windows: Uint8Array) -> Float64Array:
        answers = narrow(".")(windows)
        between = answers[:, 0] > 0.5
        answers[between, :2] = 0.48
        return answers

    _, (mark,) = find(DIGITS, [POINT], torn)
    assert (mark.text, mark.confidence) == ("?", 0.48)


def test_a_sure_digit_needs_a_surer_mark() -> None:
    line = [*DIGITS, SLASH]
    for sure, expected in ((0.99, []), (0.2, ["/"])):
        ((_, marks),) = find_marks([line], [], lambda _, p=sure: p, narrow("/", 0.7))
        assert [mark.text for mark in marks] == expected


def test_one_piece_that_looks_like_a_digit_is_no_percent_sign() -> None:
    line = [*DIGITS, SLASH]
    for mark, sure, expected in (("%", 0.99, []), ("%", 0.5, ["%"]), ("/", 0.99, ["/"])):
        ((_, marks),) = find_marks([line], [], lambda _, p=sure: p, narrow(mark, 0.98))
        assert [one.text for one in marks] == expected


def test_far_from_digits_and_beside_one_alone_there_is_no_point() -> None:
    assert find(DIGITS, [BESIDE], narrow("."))[1] == []
    assert find(DIGITS[:1], [POINT], narrow("."))[1] == []
    # A lone digit is read as it is recognized, whatever a speck looks like.
    alone = [DIGITS[0]]
    assert find(alone, [], narrow("/")) == (alone, [])


def test_a_line_that_would_lose_all_its_ink_keeps_it() -> None:
    bars = [block(20 * k, 10, 20 * k + 4, 50, k) for k in range(5)]
    assert find(bars, [], narrow("/")) == (bars, [])


def test_noise_is_no_row_of_points() -> None:
    rng = np.random.default_rng(0)
    dirt = [
        block(x, y, x + 3, y + 3)
        for x, y in zip(rng.integers(0, 150, 60), rng.integers(0, 60, 60), strict=True)
    ]
    assert find(DIGITS, dirt, narrow(".")) == (DIGITS, [])


def test_each_line_has_the_marks_that_are_near_it() -> None:
    below = [Piece(p.left, p.top + 100, p.ink, p.component + 10) for p in DIGITS]
    point = Piece(POINT.left + 40, POINT.top + 100, POINT.ink, 30)
    found = find_marks([DIGITS, below], [POINT, point], lambda _: 0.5, narrow("."))
    assert [[mark.box for mark in marks] for _, marks in found] == [[POINT.box], [point.box]]
