from __future__ import annotations

import numpy as np

from digitrec.recognition.ink_pieces import Piece
from digitrec.recognition.marks.stroke_shapes import are_two_bars


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
