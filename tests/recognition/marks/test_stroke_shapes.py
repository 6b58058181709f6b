from __future__ import annotations

import numpy as np

from digitrec.arrays import Float64Array
from digitrec.recognition.ink_pieces import Piece
from digitrec.recognition.marks.stroke_shapes import (
    are_slash_and_rings,
    are_two_bars,
    continues_digit,
)


def bar(top: int, gap: slice | None = None) -> Piece:
    """A level bar of 40 × 4 pixels, of two parts where it has a gap."""
    ink = np.ones((4, 40), np.float32)
    if gap is not None:
        ink[:, gap] = 0
    return Piece(0, top, ink, top)


def test_bars_one_over_the_other_are_two_bars_where_either_is_broken() -> None:
    gaps = None, slice(15, 20), slice(18, 30)
    for upper in gaps:
        for lower in gaps:
            assert are_two_bars(bar(0, upper), bar(20, lower))
            assert are_two_bars(bar(20, lower), bar(0, upper))


def test_a_bar_in_the_gap_of_another_is_beside_it() -> None:
    parts = bar(0, slice(5, 35)), bar(0, slice(0, 5))
    assert not are_two_bars(*parts)
    parts[1].ink[:, 35:] = 0
    assert not are_two_bars(*parts)
    assert not are_two_bars(bar(0), bar(0, slice(5, 35)))


FIVE = (10, 20, 40, 80)


def reads_as(digit: int) -> Float64Array:
    return np.eye(11)[digit]


def test_a_5_ends_in_a_bar_at_its_top_and_a_2_in_one_at_its_foot() -> None:
    top, middle, foot = ((42, y - 3, 70, y + 3) for y in (28, 52, 78))
    assert continues_digit(top, FIVE, reads_as(5))
    assert continues_digit(foot, FIVE, reads_as(2))
    for bar, digit in (
        (middle, 5), (foot, 5), (top, 2), (middle, 2), (top, 3), (foot, 3), (top, 10),
    ):  # fmt: skip
        assert not continues_digit(bar, FIVE, reads_as(digit))


def test_a_bar_that_is_far_from_a_digit_or_on_its_left_does_not_continue_it() -> None:
    assert not continues_digit((52, 25, 80, 31), FIVE, reads_as(5))
    assert not continues_digit((-20, 25, 8, 31), FIVE, reads_as(5))


def test_rings_on_either_side_of_a_slash_are_those_of_a_percent_sign() -> None:
    slash = Piece(10, 10, np.ones((40, 30), np.float32), 0)
    ring = np.ones((8, 8), np.float32)
    upper, lower, far = (
        Piece(x, y, ring, n) for n, (x, y) in enumerate([(14, 10), (30, 40), (50, 20)])
    )
    assert are_slash_and_rings([upper, slash, lower])
    assert are_slash_and_rings([lower, upper, slash])
    assert not are_slash_and_rings([slash, lower, far])  # as a colon after a digit
    assert not are_slash_and_rings([slash, lower])
