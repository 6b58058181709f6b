from __future__ import annotations

import numpy as np
import pytest
from made_writers import made_mark_writers

from digitrec.data.marks import lines
from digitrec.data.marks.lines import DrawnLine, draw_line
from digitrec.models.marks import MARKS, NO_MARK


def drawn(seed: int) -> DrawnLine:
    return draw_line(made_mark_writers(), np.random.default_rng(seed))


def test_each_piece_is_connected_ink_of_its_owners() -> None:
    for seed in range(30):
        line = drawn(seed)
        assert len(line.owners) == len(line.pieces)
        for piece, owners in zip(line.pieces, line.owners, strict=True):
            # The box is tight, and the strokes of the owners run through it.
            ink = piece.ink > 0
            assert ink.any(axis=1)[[0, -1]].all()
            assert ink.any(axis=0)[[0, -1]].all()
            for number in owners:
                points = np.concatenate(line.characters[number].strokes)
                low, high = points.min(axis=0) - line.pen, points.max(axis=0) + line.pen
                assert (low <= np.add((piece.left, piece.top), ink.shape[::-1])).all()
                assert (high >= (piece.left, piece.top)).all()


def test_every_digit_owns_ink() -> None:
    for seed in range(30):
        line = drawn(seed)
        owning = frozenset[int]().union(*line.owners)
        digits = {n for n, one in enumerate(line.characters) if one.label == NO_MARK}
        assert digits <= owning


def test_the_same_numbers_draw_the_same_line() -> None:
    one, other = drawn(5), drawn(5)
    assert one.owners == other.owners
    assert (one.height, one.pen) == (other.height, other.pen)
    for piece, again in zip(one.pieces, other.pieces, strict=True):
        np.testing.assert_array_equal(piece.ink, again.ink)


def test_some_lines_have_no_marks_and_some_only_one_kind() -> None:
    kinds = [
        {one.label for one in drawn(seed).characters if one.label != NO_MARK} for seed in range(80)
    ]
    assert set() in kinds
    assert any(len(some) == 1 for some in kinds)
    assert max(map(len, kinds)) > 2
    assert set().union(*kinds) == set(range(len(MARKS)))


def test_marks_touch_digits_only_where_lines_may(monkeypatch: pytest.MonkeyPatch) -> None:
    def touching() -> int:
        found = [drawn(seed) for seed in range(60)]
        return sum(
            len(owners) > 1 and any(line.characters[one].label != NO_MARK for one in owners)
            for line in found
            for owners in line.owners
        )

    monkeypatch.setattr(lines, "_TOUCHING", 1.0)
    everywhere = touching()
    monkeypatch.setattr(lines, "_TOUCHING", 0.0)
    assert touching() < everywhere / 3
