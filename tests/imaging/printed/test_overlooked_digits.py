from __future__ import annotations

import numpy as np
import pytest
from drawn_shapes import draw

from digitrec.arrays import Uint8Array
from digitrec.imaging.find_ink import page_ink
from digitrec.imaging.ink_network import page_coverage
from digitrec.imaging.printed.overlooked_digits import overlooked_digits

ROW = ("two", "four", "seven", "two")


def row(side: int, pen: float = 0.08) -> Uint8Array:
    """Digits as ink, with room around."""
    size = round(1.3 * side)
    digits = [draw(shape, size, size, side=side, place=(0.5, 0.5), pen=pen) for shape in ROW]
    return np.hstack(digits)


def rows(high: int, low: int) -> tuple[Uint8Array, int]:
    """A row of digits over a lower one and a printed line; and where the lower row begins."""
    above, below = row(high), row(low)
    page = np.zeros((len(above) + len(below) + 40, above.shape[1] + 20), np.uint8)
    page[: len(above), : above.shape[1]] = above
    page[len(above) : len(above) + len(below), 10 : 10 + below.shape[1]] = below
    page[-20:-17, 10:-10] = 255
    return page, len(above)


@pytest.mark.parametrize("low", [24, 32, 48])
def test_a_low_row_beside_high_digits_is_kept_and_a_line_is_not(low: int) -> None:
    ink, top = rows(110, low)
    found = page_ink(255 - ink).ink
    strong = ink[top:-30] > 128
    assert found[top:-30][strong].astype(bool).mean() > 0.9
    assert not found[-20:].any()


def test_where_all_was_found_or_nothing_nothing_is_overlooked() -> None:
    ink = row(40)
    for found in (np.zeros, np.ones):
        assert not overlooked_digits(ink, found(ink.shape, np.float32)).any()
    nothing = np.zeros((50, 50), np.uint8)
    assert not overlooked_digits(nothing, np.zeros((50, 50), np.float32)).any()


def test_a_frame_is_not_overlooked() -> None:
    ink = row(60)
    found = (ink > 0).astype(np.float32)
    frame = ink.copy()
    frame[2:-2, [2, 3, -4, -3]] = frame[[2, 3, -4, -3], 2:-2] = 255
    assert not overlooked_digits(frame, found).any()


def test_thick_digits_that_touch_are_found_at_the_scale_of_their_height() -> None:
    steps, side = 66, 80
    ink = np.zeros((150, 40 + steps * 8), np.uint8)
    for number, shape in enumerate(2 * ROW):
        digit = draw(shape, 110, 110, side=side, place=(0.5, 0.5), pen=0.22)
        left, top = steps * number, 2 * number
        part = ink[top : top + 110, left : left + 110]
        np.maximum(part, digit[:, : part.shape[1]], out=part)
    found = page_coverage(255 - ink)
    assert found[ink > 128].mean() > 0.9
