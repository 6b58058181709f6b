from __future__ import annotations

from typing import NamedTuple

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from digitrec.arrays import Float32Array, Float64Array
from digitrec.imaging.lines.mark_windows import (
    MIDDLE,
    local_middles,
    mark_windows,
    possible_marks,
    possible_marks_of_parts,
)


class Ink(NamedTuple):
    left: int
    top: int
    ink: Float32Array


def block(left: int, top: int, right: int, bottom: int) -> Ink:
    return Ink(left, top, np.ones((bottom - top, right - left), np.float32))


def boxes(pieces: list[Ink]) -> Float64Array:
    return np.array(
        [(p.left, p.top, p.left + p.ink.shape[1], p.top + p.ink.shape[0]) for p in pieces], float
    )


# Two digits of 40 pixels, and a point between them on the baseline.
FIRST, POINT, SECOND = block(0, 10, 20, 50), block(26, 46, 30, 50), block(36, 10, 56, 50)
LINE = [FIRST, POINT, SECOND]


def window(pieces: list[Ink], group: tuple[int, ...], height: float = 40.0) -> Float64Array:
    middles = local_middles(boxes(pieces), height, [group])
    (seen,) = mark_windows(pieces, [group], middles, height)
    return (seen.astype(np.float64) - MIDDLE) / 127


def test_the_ink_in_question_is_light_other_ink_dark_and_paper_between() -> None:
    seen = window(LINE, (1,))
    assert seen.shape == (32, 96)
    light, dark = seen > 0.5, seen < -0.5
    rows, columns = np.nonzero(light)
    # The middle of the digits is in the middle of the window, and they are 16 pixels high.
    assert abs(rows.mean() - (16 + 16 * (48 - 30) / 40)) < 1
    assert abs(columns.mean() - 48) < 1
    assert dark[:, :47].any()
    assert dark[:, 50:].any()
    assert np.nonzero(dark.any(axis=1))[0].min() == 8
    assert seen[0].tolist() == [0] * 96


@given(
    scale=st.integers(1, 4),
    move=st.tuples(st.integers(0, 500), st.integers(0, 500)),
    group=st.sampled_from([(0,), (1,), (2,), (1, 2)]),
)
def test_size_and_place_do_not_change_what_is_seen(
    scale: int, move: tuple[int, int], group: tuple[int, ...]
) -> None:
    larger = [
        Ink(p.left * scale, p.top * scale, np.kron(p.ink, np.ones((scale, scale), np.float32)))
        for p in LINE
    ]
    expected = window(LINE, group)
    np.testing.assert_allclose(window(larger, group, 40.0 * scale), expected, atol=0.01)
    moved = [Ink(p.left + move[0], p.top + move[1], p.ink) for p in LINE]
    # By parts of a pixel of the window at most.
    assert abs(window(moved, group).sum() - expected.sum()) < 3


def test_where_digits_rise_the_window_rises_with_them() -> None:
    pieces = [block(40 * i, 200 - 8 * i, 40 * i + 20, 240 - 8 * i) for i in range(8)]
    pieces.append(block(145, 206, 149, 210))
    ((x, y),) = local_middles(boxes(pieces), 40.0, [(8,)])
    assert x == 147
    assert abs(y - (220 - 8 * (147 - 10) / 40)) < 3


def test_small_pieces_are_tried_together_and_digits_are_not() -> None:
    colon = [FIRST, block(26, 20, 30, 24), block(26, 40, 30, 44), SECOND]
    groups = possible_marks(boxes(colon), 40.0)
    assert (1, 2) in groups
    assert not {(0, 3), (0, 1, 3)} & set(groups)
    percent = [block(0, 10, 12, 22), block(8, 10, 24, 50), block(20, 38, 32, 50)]
    assert (0, 1, 2) in possible_marks(boxes(percent), 40.0)
    digits = [block(30 * i, 10, 30 * i + 20, 50) for i in range(9)]
    assert possible_marks(boxes(digits), 40.0) == [(i,) for i in range(9)]


def test_what_is_far_larger_than_digits_is_no_mark() -> None:
    pieces = [FIRST, block(0, 60, 300, 64), block(60, 0, 64, 120)]
    assert possible_marks(boxes(pieces), 40.0) == [(0,)]


def test_what_was_cut_is_half_as_light_as_what_stands_free() -> None:
    boxes = np.array([[0, 0, 24, 40], [40, 0, 64, 40]], np.float64)
    pieces = [Ink(int(left), 0, np.ones((40, 24), np.float32)) for left in boxes[:, 0]]
    middles = local_middles(boxes, 40.0, [(1,)])
    (free,) = mark_windows(pieces, [(1,)], middles, 40.0)
    (cut,) = mark_windows(pieces, [(1,)], middles, 40.0, are_cut=True)
    assert free.max() == 255
    assert cut.max() == MIDDLE + 64
    np.testing.assert_array_equal(free < MIDDLE, cut < MIDDLE)


def test_neighbouring_parts_may_be_a_mark_but_never_all_of_them() -> None:
    boxes = np.array([[10 * k, 0, 10 * k + 10, 40] for k in range(4)], np.float64)
    groups = possible_marks_of_parts(boxes, 40.0)
    assert set(groups) == {
        (0,), (1,), (2,), (3,), (0, 1), (1, 2), (2, 3), (0, 1, 2), (1, 2, 3),
    }  # fmt: skip
    assert possible_marks_of_parts(boxes[:1], 40.0) == []
    assert all(len(group) == 1 for group in possible_marks_of_parts(boxes, 12.0))
    assert possible_marks_of_parts(boxes, 4.0) == []
