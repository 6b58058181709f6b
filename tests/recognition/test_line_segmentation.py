from __future__ import annotations

import numpy as np
import pytest

from digitrec.recognition.ink_pieces import Piece
from digitrec.recognition.line_segmentation import group_into_lines, hanging_pieces, without_specks


def piece(left: float, top: float, height: int = 40, width: int = 20) -> Piece:
    ink = np.ones((height, width), np.float32)
    return Piece(round(left), round(top), ink, 0)


def lefts(lines: list[list[Piece]]) -> list[list[int]]:
    return [[piece.left for piece in line] for line in lines]


@pytest.mark.parametrize("degrees", [-10, -6, 0, 3, 10])
def test_lines_are_found_from_top_to_bottom_at_an_angle(degrees: float) -> None:
    tangent = np.tan(np.radians(degrees))
    page = [
        piece(60 * column, 300 + 80 * row + tangent * 60 * column)
        for row in (2, 0, 1)
        for column in range(10)
    ]
    lines = group_into_lines(page)
    assert [len(line) for line in lines] == [10, 10, 10]
    assert lefts(lines) == [list(range(0, 600, 60))] * 3
    tops = [line[0].top for line in lines]
    assert tops == sorted(tops)


def test_one_piece_that_is_higher_than_the_others_does_not_end_a_line() -> None:
    page = [piece(60 * i, 0) for i in range(4)] + [piece(240, 0, 26), piece(300, 17, 26)]
    assert lefts(group_into_lines(page)) == [[0, 60, 120, 180, 240, 300]]


def test_a_line_goes_on_from_its_last_pieces_where_it_is_bent() -> None:
    page = [piece(60 * i, 7 * (i - 8) ** 2 / 8) for i in range(17)]
    assert lefts(group_into_lines(page)) == [list(range(0, 1020, 60))]


def test_each_piece_is_on_one_line() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        page = [
            piece(*rng.uniform(0, 400, 2), int(rng.integers(8, 80)))
            for _ in range(int(rng.integers(1, 40)))
        ]
        lines = group_into_lines(page)
        found = [id(piece) for line in lines for piece in line]
        assert sorted(found) == sorted(map(id, page))
        assert all(lines)


def test_a_small_piece_belongs_to_the_line_it_is_near() -> None:
    upper, lower = [piece(60 * i, 0) for i in range(4)], [piece(60 * i, 100) for i in range(4)]
    bar = piece(25, 100, height=6)
    lines = group_into_lines([*upper, *lower, bar])
    assert bar in lines[1]
    assert [len(line) for line in lines] == [4, 5]


def test_a_piece_right_above_another_is_on_its_line() -> None:
    row = [piece(60 * i, 0) for i in range(4)]
    upper = piece(62, -18, height=16)
    assert [len(line) for line in group_into_lines([*row, upper])] == [5]


def test_a_digit_right_above_another_is_on_a_line_of_its_own() -> None:
    row = [piece(60 * i, 0) for i in range(4)]
    upper = piece(62, -41)
    assert [len(line) for line in group_into_lines([*row, upper])] == [1, 4]


def test_lines_of_smaller_digits_keep_their_place_on_a_page_askew() -> None:
    """Lines that do not begin at the same side, of two sizes."""
    tangent = np.tan(np.radians(9))
    page = [
        piece(x, 400 + 70 * row + tangent * x, 40 if row % 2 == 0 else 18, 15)
        for row, columns in enumerate([range(10), range(6, 10), range(3, 9), range(2)])
        for x in (60 * column for column in columns)
    ]
    lines = group_into_lines(page)
    assert [len(line) for line in lines] == [10, 4, 6, 2]


def test_specks_of_a_line_and_stray_ones_are_left_out() -> None:
    row = [piece(120 * i, 0, height=100) for i in range(4)]
    dot, stray = piece(100, 85, height=15, width=15), piece(30, 300, height=15, width=15)
    lines = group_into_lines([*row, dot, stray])
    assert sorted(map(len, lines)) == [1, 5]
    assert without_specks(lines) == [row]
    assert without_specks([]) == []


def test_small_pieces_in_a_row_of_their_own_are_not_specks() -> None:
    title = [piece(120 * i, 0, height=100) for i in range(4)]
    small = [piece(30 * i, 300, height=16, width=8) for i in range(3)]
    assert without_specks(group_into_lines([*title, *small])) == [title, small]


def test_no_pieces_are_no_lines() -> None:
    assert group_into_lines([]) == []


@pytest.mark.parametrize(
    ("comma", "hangs"),
    [
        (piece(78, 25, height=28, width=8), True),  # it begins above the feet of the digits
        (piece(78, 45, height=28, width=8), False),  # it begins below them
        (piece(78, 5, height=28, width=8), False),  # it ends above them
        (piece(400, 25, height=28, width=8), False),  # it is far from all digits
        (piece(78, 25, height=80, width=8), False),  # it is higher than digits are
    ],
)
def test_a_large_comma_hangs_from_its_line(comma: Piece, hangs: bool) -> None:
    line = [piece(60 * column, 0) for column in range(4)]
    assert hanging_pieces([line, [comma]]) == ([comma] if hangs else [])
    assert hanging_pieces([line]) == []
    assert hanging_pieces([line, [comma, piece(100, 30, height=28)]]) == []


@pytest.mark.parametrize("left", [-80, 200])
@pytest.mark.parametrize("width", [4, 60])  # with less ink than the digits, and with more
def test_digits_beside_far_taller_ink_are_a_line_of_their_own(left: int, width: int) -> None:
    """As beside the ring of a cup: it is not as tall as digits are, and they are no specks."""
    row = [piece(60 * i, 200) for i in range(3)]
    tall = piece(left, 0, height=400, width=width)
    lines = without_specks(group_into_lines([*row, tall]))
    assert sorted(map(len, lines)) == [1, 3]


def test_a_low_bar_stays_on_the_line_of_a_single_digit() -> None:
    digit, bar = piece(0, 0, height=100, width=60), piece(10, 45, height=10, width=40)
    assert [len(line) for line in without_specks(group_into_lines([digit, bar]))] == [2]
