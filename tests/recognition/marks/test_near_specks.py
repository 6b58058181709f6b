"""Which specks may be marks of a line."""

from __future__ import annotations

import numpy as np

from digitrec.recognition.ink_pieces import Piece
from digitrec.recognition.marks.near_specks import specks_near_lines

HEIGHT = 40.0


def block(left: int, top: int, height: int = 40, width: int = 20) -> Piece:
    return Piece(left, top, np.ones((height, width), np.float32), 1000 * top + left)


def near(lines: list[list[Piece]], specks: list[Piece], *hanging: Piece) -> list[list[Piece]]:
    return specks_near_lines(lines, [HEIGHT] * len(lines), specks, frozenset(hanging))


def test_a_speck_belongs_to_the_nearest_line() -> None:
    lines = [[block(0, 0), block(40, 0)], [block(0, 100), block(40, 100)]]
    upper, lower = block(30, 36, 4, 4), block(30, 105, 4, 4)
    assert near(lines, [lower, upper]) == [[upper], [lower]]


def test_what_is_far_from_all_digits_is_of_no_line() -> None:
    line = [block(0, 0), block(40, 0)]
    too_low = block(30, 64, 4, 4)  # more than a height below the middle of the digits
    beside = block(50 + 84, 20, 4, 4)  # more than two heights from the middle of the last
    assert near([line], [too_low, beside]) == [[]]
    assert near([line], [block(30, 54, 4, 4), block(50 + 70, 20, 4, 4)]) != [[]]


def test_dirt_is_no_mark() -> None:
    line = [block(0, 0), block(40, 0)]
    assert near([line], [block(30, 20, 1, 1)]) == [[]]
    dot = block(30, 20, 2, 2)
    assert near([line], [dot]) == [[dot]]
    # A twentieth of the height, where the digits are large.
    large = [block(0, 0, 200, 100), block(140, 0, 200, 100)]
    assert specks_near_lines([large], [200.0], [block(120, 100, 9, 9)], frozenset()) == [[]]
    assert specks_near_lines([large], [200.0], [block(120, 100, 10, 10)], frozenset()) != [[]]


def test_a_line_in_noise_has_no_marks() -> None:
    line = [block(0, 0), block(40, 0)]  # which may have 3 specks a digit and 6 more
    specks = [block(24 + column, 10 + row, 3, 3) for row in (0, 5, 10) for column in (0, 4, 8, 12)]
    assert near([line], specks) == [specks]
    assert near([line], [*specks, block(24, 30, 3, 3)]) == [[]]


def test_what_hangs_from_a_line_draws_no_specks() -> None:
    comma = block(66, 36, 30, 6)
    lines = [[block(0, 0), block(40, 0)], [comma]]
    speck = block(62, 45, 4, 4)
    assert near(lines, [comma, speck]) == [[], [comma, speck]]
    assert near(lines, [comma, speck], comma) == [[comma, speck], []]


def test_without_digits_or_specks_nothing_is_near() -> None:
    line = [block(0, 0, height=8)]  # lower than a digit of this line
    assert near([line], [block(20, 4, 4, 4)]) == [[]]
    assert near([[block(0, 0)]], []) == [[]]
