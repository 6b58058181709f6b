"""Which pieces of ink are joined to one digit, given what a network reads in them."""

from __future__ import annotations

import numpy as np
import pytest
from sure_answers import answer

from digitrec.recognition.broken_digits import join_parts, possible_parts
from digitrec.recognition.ink_pieces import Piece, bounding_box
from digitrec.recognition.segmentation_graph import ClassProbabilities


def block(left: int, top: int, width: int, height: int, component: int = 0) -> Piece:
    return Piece(left, top, np.ones((height, width), np.float32), component)


def joined(
    pieces: list[Piece], read: list[ClassProbabilities], whole: ClassProbabilities
) -> list[Piece]:
    """The pieces at the end, where all that may be one digit is read as ``whole``."""
    answers = dict(zip(pieces, read, strict=True))
    parts = possible_parts(pieces, answers)
    found, known = join_parts(pieces, answers, parts, [whole] * len(parts))
    assert set(found) <= set(known)
    return found


UPPER, LOWER = block(0, 0, 24, 18), block(0, 22, 24, 18, 1)


def test_halves_above_each_other_are_joined_where_they_are_one_digit() -> None:
    [whole] = joined([UPPER, LOWER], [answer("?"), answer("?")], answer("3"))
    assert whole.box == (0, 0, 24, 40)
    assert whole.ink.sum() == UPPER.ink.sum() + LOWER.ink.sum()
    kept = [UPPER, LOWER]
    assert joined(kept, [answer("?"), answer("?")], answer("?")) == kept


def test_halves_that_look_like_digits_are_joined_where_the_whole_is_surer() -> None:
    read = [answer("7", 0.9), answer("0", 0.9)]
    assert len(joined([UPPER, LOWER], read, answer("3", 0.98))) == 1
    assert len(joined([UPPER, LOWER], read, answer("3", 0.3))) == 2


def test_sure_digits_side_by_side_are_not_even_asked_about() -> None:
    pieces = [block(0, 0, 10, 40), block(16, 0, 20, 40, 1)]
    assert possible_parts(pieces, dict.fromkeys(pieces, answer("1"))) == []


def test_a_raised_digit_is_not_joined_to_the_parts_of_the_one_before() -> None:
    """Whole digits; then a 5 and its bar, and a small 1 to the right of both."""
    row = [block(60 * i - 120, 0, 24, 40, i) for i in range(2)]
    body, bar, raised = block(0, 10, 24, 30, 2), block(8, 0, 16, 5, 3), block(30, 0, 5, 18, 4)
    read = [answer("4")] * 2 + [answer("5", 0.9), answer("?"), answer("1")]
    found = joined([*row, body, bar, raised], read, answer("5", 0.9))
    assert [piece.box for piece in found[2:]] == [raised.box, (0, 0, 24, 40)]


def test_lines_of_sure_digits_are_not_joined() -> None:
    """Two lines so near that a 1 below a 1 would be a longer 1."""
    pieces = [block(30 * x, 46 * y, 8, 40, 2 * x + y) for x in range(4) for y in range(2)]
    read = [answer("1", 0.96)] * 7 + [answer("1", 0.4)]
    assert joined(pieces, read, answer("1")) == pieces


def test_a_digit_in_four_parts_is_joined_beside_whole_ones() -> None:
    row = [block(60 * i + 40, 0, 24, 44, i) for i in range(3)]
    parts = [block(4 + 14 * x, 22 * y, 11, 19, 3 + 2 * x + y) for x in range(2) for y in range(2)]
    found = joined([*row, *parts], [answer("4")] * 3 + [answer("?")] * 4, answer("0"))
    assert found[:3] == row
    assert [piece.box for piece in found[3:]] == [bounding_box(parts)]


@pytest.mark.parametrize("gap", [4, 60])
def test_only_near_parts_are_joined(gap: int) -> None:
    pieces = [UPPER, block(0, 18 + gap, 24, 18, 1)]
    found = joined(pieces, [answer("?")] * 2, answer("3"))
    assert len(found) == (1 if gap == 4 else 2)


def test_few_readings_a_piece_are_asked_for_however_many_there_are() -> None:
    """Rows of narrow pieces, in which each is near the two beside it."""
    pieces = [block(6 * (i % 100), 30 * (i // 100), 4, 16, i) for i in range(3_000)]
    parts = possible_parts(pieces, dict.fromkeys(pieces, answer("?")))
    assert len(pieces) < len(parts) < 4 * len(pieces)
    dense = [block(6 * (i % 50), 18 * (i // 50), 4, 16, i) for i in range(500)]
    assert len(possible_parts(dense, dict.fromkeys(dense, answer("?")))) < len(dense)
