from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from digitrec.arrays import BoolArray, IntArray
from digitrec.imaging.components import label
from digitrec.imaging.printed.straight_digits import straight_ones, straight_sevens

Box = tuple[int, int, int, int]
DIGITS: list[Box] = [(30, 20, 60, 70), (80, 22, 110, 72)]  # left, top, right, bottom


def pieces_of(digits: list[Box], bar: Box) -> tuple[IntArray, BoolArray]:
    """Draw rings 5 pixels thick as digits, and a bar that is taken for print."""
    page = Image.new("L", (160, 160))
    draw = ImageDraw.Draw(page)
    for box in digits:
        draw.ellipse(box, outline=255, width=5)
    draw.rectangle(bar, fill=255)
    pieces, count = label(np.asarray(page))
    written = np.ones(count, bool)
    written[pieces[bar[1], bar[0]] - 1] = False
    return pieces, written


@pytest.mark.parametrize("bar", [(10, 20, 14, 70), (68, 25, 72, 75), (120, 15, 124, 68)])
def test_a_bar_like_its_neighbours_may_be_a_1(bar: Box) -> None:
    pieces, written = pieces_of(DIGITS, bar)
    assert (straight_ones(pieces, written) == ~written).all()


@pytest.mark.parametrize(
    "bar",
    [
        (10, 5, 14, 90),  # higher than the digits
        (10, 40, 14, 70),  # lower
        (10, 50, 14, 100),  # not level with them
        (10, 100, 14, 150),  # on another line
        (140, 20, 158, 72),  # too wide
        (10, 20, 11, 70),  # thin
        (10, 20, 20, 70),  # thick
    ],
)
def test_other_bars_stay_print(bar: Box) -> None:
    assert not straight_ones(*pieces_of(DIGITS, bar)).any()


def test_beside_a_single_digit_it_may_be_the_side_of_its_frame() -> None:
    assert not straight_ones(*pieces_of(DIGITS[:1], (10, 20, 14, 70))).any()


Line = tuple[int, int, int, int]
TOP, RIGHT, FOOT, LEFT = (
    (120, 22, 150, 22),
    (150, 22, 150, 70),
    (120, 70, 150, 70),
    (120, 22, 120, 70),
)


def lines_beside(digits: list[Box], lines: list[Line]) -> tuple[IntArray, BoolArray]:
    """Draw rings as digits, and joined lines 5 pixels thick that are taken for print."""
    page = Image.new("L", (200, 160))
    draw = ImageDraw.Draw(page)
    for box in digits:
        draw.ellipse(box, outline=255, width=5)
    for line in lines:
        draw.line(line, fill=255, width=5)
    pieces, count = label(np.asarray(page))
    written = np.ones(count, bool)
    written[pieces[lines[0][1], lines[0][0] + 2] - 1] = False
    return pieces, written


@pytest.mark.parametrize("digits", [DIGITS, DIGITS[1:]])
def test_a_corner_like_its_neighbours_is_a_7(digits: list[Box]) -> None:
    pieces, written = lines_beside(digits, [TOP, RIGHT])
    assert (straight_sevens(pieces, written) == ~written).all()


@pytest.mark.parametrize("lines", [[FOOT, LEFT], [FOOT, RIGHT], [TOP, RIGHT, FOOT, LEFT]])
def test_corners_with_a_foot_stay_print(lines: list[Line]) -> None:
    assert not straight_sevens(*lines_beside(DIGITS, lines)).any()


def test_a_corner_higher_than_the_digits_stays_print() -> None:
    lines = [TOP, (150, 22, 150, 110)]
    assert not straight_sevens(*lines_beside(DIGITS, lines)).any()


def test_no_ink_has_none() -> None:
    assert len(straight_ones(np.zeros((9, 9), np.int32), np.zeros(0, bool))) == 0
    assert len(straight_sevens(np.zeros((9, 9), np.int32), np.zeros(0, bool))) == 0
