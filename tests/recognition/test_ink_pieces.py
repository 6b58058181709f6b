from __future__ import annotations

import numpy as np
import pytest

from digitrec.recognition.ink_pieces import (
    Piece,
    bounding_box,
    find_pieces,
    joined_ink,
    typical_height,
    widest_gap,
)


def full(left: int, top: int, height: int, width: int, component: int = 0) -> Piece:
    return Piece(left, top, np.ones((height, width), np.float32), component)


def test_connected_ink_is_one_piece_also_diagonally() -> None:
    ink = np.zeros((40, 60), np.float32)
    ink[5:20, 5:9] = 1
    ink[20:35, 9:13] = 0.5  # touches only at a corner
    ink[5:30, 40:44] = 1
    pieces = find_pieces(ink)[0]
    assert [piece.box for piece in pieces] == [(5, 5, 13, 35), (40, 5, 44, 30)]
    assert len({piece.component for piece in pieces}) == 2
    for piece in pieces:
        left, top, right, bottom = piece.box
        np.testing.assert_array_equal(piece.ink, ink[top:bottom, left:right])


def test_ink_of_another_piece_in_the_same_box_is_left_out() -> None:
    ink = np.zeros((40, 40), np.float32)
    ink[[0, -1]] = ink[:, [0, -1]] = 1
    ink[10:30, 18:22] = 1
    frame, inner = sorted(find_pieces(ink)[0], key=lambda piece: piece.left)
    assert frame.box == (0, 0, 40, 40)
    assert frame.ink[10:30, 18:22].max() == 0
    assert inner.box == (18, 10, 22, 30)


def test_specks_are_dropped() -> None:
    ink = np.zeros((100, 100), np.float32)
    ink[10:90, 10:14] = 1
    ink[50:63, 60:63] = 1  # shorter than 18% of the bar
    assert [piece.box for piece in find_pieces(ink)[0]] == [(10, 10, 14, 90)]
    assert find_pieces(np.zeros((9, 9), np.float32))[0] == []


def test_what_may_be_a_digit_beside_much_larger_ink_is_kept() -> None:
    ink = np.zeros((400, 100), np.float32)
    ink[10:390, 10:14] = 1
    ink[50:70, 60:64] = 1
    assert [piece.box for piece in find_pieces(ink)[0]] == [(10, 10, 14, 390), (60, 50, 64, 70)]


@pytest.mark.parametrize(("small", "height"), [(1, 40), (30, 10)])
def test_much_ink_weighs_more_than_many_pieces(small: int, height: int) -> None:
    pieces = [full(0, 0, 40, 5), *[full(0, 0, 10, 2)] * small]
    assert typical_height(pieces) == height


def test_pieces_together() -> None:
    pieces = [full(3, 10, 4, 5), full(10, 8, 4, 5, component=1)]
    assert bounding_box(pieces) == (3, 8, 15, 14)
    assert widest_gap(pieces) == 2
    ink = joined_ink(pieces)
    assert ink.shape == (6, 12)
    assert ink.sum() == 40
    assert ink[2:, :5].all()
    assert ink[:4, 7:].all()


def test_a_cut_is_not_a_gap() -> None:
    assert widest_gap([full(0, 0, 4, 5), full(9, 0, 4, 5)]) == 0
