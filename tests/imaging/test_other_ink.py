from __future__ import annotations

import numpy as np
import pytest
from drawn_shapes import draw, square_six

from digitrec.imaging import other_ink as module
from digitrec.imaging.other_ink import other_ink


def test_a_single_piece_is_all_ink_where_it_may_be_print() -> None:
    square = square_six()
    np.testing.assert_array_equal(other_ink(255 - square).piece, square)
    assert other_ink(255 - draw("two")).piece is None, "nobody prints it"
    assert other_ink(np.full((120, 120), 255, np.uint8)).piece is None
    square[105:110, 105:110] = 255
    assert other_ink(255 - square).piece is None, "there is other ink"


def test_a_glance_is_enough_where_no_print_is_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = []
    search = module.coverage_at_scales
    monkeypatch.setattr(
        module, "coverage_at_scales", lambda pixels: looked.append(1) or search(pixels)
    )
    two = draw("two")
    assert not list(other_ink(255 - two).found)
    assert not looked
    rows, columns = np.flatnonzero(two.any(axis=1)), np.flatnonzero(two.any(axis=0))
    joined = two.copy()
    side = columns[0] + 2
    joined[max(0, rows[0] - 20) : rows[-1] + 20, side : side + 3] = 255
    assert not list(other_ink(255 - joined, joined_print=False).found)
    assert not looked
    (rest, *_) = other_ink(255 - joined).found
    assert looked
    assert not rest[: rows[0], side : side + 3].any(), "the side of a frame is left out"
    assert np.count_nonzero(rest) > 0.8 * np.count_nonzero(two)


def test_at_a_second_look_what_is_tiny_in_a_reduced_copy_is_no_digit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def coverage(side: int, lengths: list[int]) -> np.ndarray:
        found = np.zeros((side, side), np.float32)
        for row, length in enumerate(lengths):
            found[20 * row + 5 : 20 * row + 9, 5 : 5 + length] = 1
        return found

    scales = [coverage(64, [8]), coverage(96, [12, 30]), coverage(200, [10] * 6)]
    monkeypatch.setattr(module, "coverage_at_scales", lambda pixels: iter(scales))
    seen = np.random.default_rng(5).integers(0, 256, (200, 200), np.uint8)
    assert [other.shape for other in other_ink(seen).found] == [(96, 96), (200, 200)]
