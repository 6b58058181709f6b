from __future__ import annotations

import numpy as np

from digitrec.recognition.ink_pieces import Piece
from digitrec.recognition.marks.faint_bridges import with_faint_parts


def point_at_a_digit(between: float) -> Piece:
    """An upright bar, and a point beside its foot with some ink between them."""
    ink = np.zeros((30, 14), np.float32)
    ink[:, :4] = 1
    ink[26:, 8:12] = 1
    ink[26:, 4:8] = between
    return Piece(100, 50, ink, 3)


def test_a_point_that_faint_ink_holds_to_a_digit_is_a_part() -> None:
    piece = point_at_a_digit(0.2)
    (whole,) = with_faint_parts([piece])
    assert whole.ink is piece.ink
    bar, point = whole.parts
    assert point.box[1] >= 76
    assert point.box[0] >= 104
    assert point.box[2:] == (112, 80)
    assert bar.box[:2] == (100, 50)
    # No ink is lost, none is in two parts.
    assert float(bar.ink.sum() + point.ink.sum()) == float(piece.ink.sum())


def test_what_strong_ink_joins_has_no_parts() -> None:
    whole, pale = with_faint_parts(
        [point_at_a_digit(0.8), Piece(0, 0, np.full((30, 4), 0.3, np.float32), 0)]
    )
    assert whole.parts == pale.parts == ()


def test_a_pale_stroke_with_many_strong_places_stays_whole() -> None:
    ink = np.full((60, 4), 0.3, np.float32)
    ink[::10] = 1
    (piece,) = with_faint_parts([Piece(0, 0, ink, 0)])
    assert piece.parts == ()
