from __future__ import annotations

import numpy as np
import pytest
from drawn_shapes import draw
from PIL import Image

from digitrec.arrays import Uint8Array
from digitrec.imaging.printed.print_removal import (
    is_doubtful_piece,
    is_one_sign,
    is_surely_written,
    overlooked_sevens,
    without_joined_print,
)

Box = tuple[int, int, int, int]
ROW = ("two", "four", "seven", "two")


def row(side: int, pen: float = 0.08) -> Uint8Array:
    """Digits as ink, with room around."""
    size = round(1.3 * side)
    digits = [draw(shape, size, size, side=side, place=(0.5, 0.5), pen=pen) for shape in ROW]
    return np.hstack(digits)


def test_where_all_was_found_or_nothing_nothing_is_overlooked() -> None:
    ink = row(40)
    for found in (np.zeros, np.ones):
        assert not overlooked_sevens(ink, found(ink.shape, np.float32)).any()
    nothing = np.zeros((50, 50), np.uint8)
    assert not overlooked_sevens(nothing, np.zeros((50, 50), np.float32)).any()


def test_a_frame_is_not_overlooked() -> None:
    ink = row(60)
    found = (ink > 0).astype(np.float32)
    frame = ink.copy()
    frame[2:-2, [2, 3, -4, -3]] = frame[[2, 3, -4, -3], 2:-2] = 255
    assert not overlooked_sevens(frame, found).any()


def test_a_piece_is_doubtful_where_the_network_finds_neither_ink_nor_print() -> None:
    ink = np.zeros((60, 60), np.uint8)
    ink[10:50, 10:16] = ink[10:16, 10:50] = 255
    divided = (ink > 0).astype(np.float32)
    divided[:, 18:] = 0
    assert not is_doubtful_piece(ink, divided)
    undecided = divided.copy()
    undecided[10:16, 18:50] = 0.4
    assert is_doubtful_piece(ink, undecided)
    ink[54:58, 54:58] = 255
    assert not is_doubtful_piece(ink, undecided), "of several pieces, some may be print"


def test_a_piece_is_surely_written_if_no_part_of_it_was_overlooked() -> None:
    ink = draw("two", 240, 240)
    small = np.asarray(Image.fromarray(ink).resize((64, 64), Image.Resampling.BOX))
    whole = (small > 0).astype(np.float32)
    assert is_surely_written(ink, whole)
    rows = np.flatnonzero(small.any(axis=1))
    without_foot = whole.copy()
    without_foot[rows[-1] - 8 :] = 0
    assert not is_surely_written(ink, without_foot)
    ink[10:40, 10:40] = 255
    assert not is_surely_written(ink, whole), "of two pieces, one was not found"


def test_a_dot_stays_and_a_line_goes_where_the_network_finds_neither() -> None:
    ink = draw("two", 240, 240)
    found = (ink > 0).astype(np.float32)
    with_dot = ink.copy()
    with_dot[200:216, 200:216] = 255
    assert np.array_equal(without_joined_print(with_dot, found), with_dot)
    with_line = ink.copy()
    with_line[20:220, 10:14] = 255
    assert np.array_equal(without_joined_print(with_line, found), ink)
    joined = ink.copy()
    row = int(np.flatnonzero(ink.any(axis=1))[-1])
    joined[row - 3 : row + 1] = 255
    joined[200:216, 200:216] = np.where(row < 196, 255, joined[200:216, 200:216])
    rest = without_joined_print(joined, found)
    assert not rest[row - 3 : row + 1, :20].any(), "a line that touches the digit"


def test_in_pale_ink_a_dot_is_as_strong_as_the_digit_that_print_was_cut_from() -> None:
    digit = draw("two", 240, 240)
    found = (digit > 0).astype(np.float32)
    joined = digit.copy()
    row = int(np.flatnonzero(digit.any(axis=1))[-1])
    joined[row - 3 : row + 1] = 255
    joined[20:36, 20:36] = 255
    rest = without_joined_print((joined // 3).astype(np.uint8), found)
    assert not rest[row, :20].any(), "the line is cut off"
    assert rest[20:36, 20:36].min() == rest[40:].max() == 255


def pieces(*boxes: tuple[int, int, int, int]) -> Uint8Array:
    """Draw blocks of ink, each from left, top to right, bottom."""
    ink = np.zeros((120, 120), np.uint8)
    for left, top, right, bottom in boxes:
        ink[top:bottom, left:right] = 255
    return ink


STROKE = 40, 30, 46, 80
BESIDE = 60, 30, 66, 70


@pytest.mark.parametrize(
    "left_out",
    [BESIDE, (60, 30, 66, 50), (40, 10, 46, 16), (40, 90, 46, 110)],
)
def test_a_stroke_no_longer_than_the_other_is_of_one_sign(left_out: Box) -> None:
    ink = pieces(STROKE, left_out)
    assert is_one_sign(ink, pieces(STROKE))
    assert is_one_sign(ink, (pieces(STROKE) > 0).astype(np.float32)), "coverage"


@pytest.mark.parametrize(
    ("left_out", "what"),
    [
        ((60, 20, 66, 90), "a side of a frame, which is longer"),
        ((60, 0, 66, 40), "a line that reaches the border"),
        ((30, 90, 70, 94), "a line under the digit"),
        ((60, 40, 90, 55), "a block"),
    ],
)
def test_print_beside_a_digit_is_not_of_its_sign(left_out: Box, what: str) -> None:
    assert not is_one_sign(pieces(STROKE, left_out), pieces(STROKE)), what


def test_many_pieces_and_a_frame_that_touches_are_print() -> None:
    letters = (60, 30, 64, 40), (70, 30, 74, 40)
    assert not is_one_sign(pieces(STROKE, *letters), pieces(STROKE))
    assert not is_one_sign(pieces(STROKE), pieces(STROKE)), "nothing is left out"
    assert not is_one_sign(pieces(STROKE, BESIDE), pieces()), "all of it is"
    touched = pieces(STROKE, (20, 26, 100, 30), (60, 50, 66, 70))
    assert not is_one_sign(touched, pieces(STROKE)), "a part of a frame goes with it"


def test_the_lines_of_an_equals_sign_are_of_one_sign() -> None:
    upper, lower = (20, 40, 70, 46), (22, 60, 70, 66)
    assert is_one_sign(pieces(upper, lower), pieces(upper))
