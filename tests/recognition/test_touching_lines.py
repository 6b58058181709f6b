"""Which ink is cut into digits of several lines, given what a network reads in its parts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from stroke_digits import CROSSED_SEVEN, FIVE, FOUR, ONE_WITH_FOOT, write
from sure_answers import answer

from digitrec import Recognizer
from digitrec.drawing.rasterise import rasterise
from digitrec.recognition.ink_pieces import Piece
from digitrec.recognition.segmentation_graph import ClassProbabilities
from digitrec.recognition.touching_lines import cut_tall_pieces, find_tall_pieces

BESIDE = Piece(60, 0, np.ones((40, 20), np.float32), 1)  # a sure digit shows how high digits are


def tower(blocks: int, width: int = 20) -> Piece:
    """Blocks above each other, 40 pixels high; stems of 4 pixels join them."""
    ink = np.zeros((blocks * 44 - 4, width), np.float32)
    for number in range(blocks):
        ink[number * 44 : number * 44 + 40] = 1
    ink[:, 8:11] = 1
    return Piece(0, 0, ink, 0)


def is_block(part: Piece) -> bool:
    return 38 <= part.ink.shape[0] <= 46 and (part.top + 4) % 44 <= 8


def cut(
    piece: Piece, read: Callable[[Piece], ClassProbabilities], whole: ClassProbabilities
) -> list[Piece]:
    """The pieces at the end, less the one beside; ``read`` answers for each part."""
    pieces = [piece, BESIDE]
    answers = {piece: whole, BESIDE: answer("0")}
    tall = find_tall_pieces(pieces, answers)
    parts = [part for one in tall for part in one.parts.values()]
    found, known = cut_tall_pieces(pieces, answers, tall, [read(part) for part in parts])
    assert set(found) <= set(known)
    return [one for one in found if one is not BESIDE]


def block_or_nothing(part: Piece) -> ClassProbabilities:
    return answer("8") if is_block(part) else answer("?")


@pytest.mark.parametrize("blocks", [2, 3])
def test_ink_of_several_lines_is_cut_between_them(blocks: int) -> None:
    found = cut(tower(blocks), block_or_nothing, answer("?"))
    assert len(found) == blocks
    assert all(is_block(part) for part in found)
    assert len({part.component for part in [*found, BESIDE]}) == blocks + 1


def test_all_ink_stays_in_one_of_the_parts() -> None:
    piece = tower(2)
    found = cut(piece, block_or_nothing, answer("?"))
    together = np.zeros_like(piece.ink)
    for part in found:
        left, top, right, bottom = part.box
        together[top:bottom, left:right] += part.ink
    np.testing.assert_array_equal(together, piece.ink)


def test_a_sure_digit_is_not_cut_however_tall_it_is() -> None:
    piece = tower(2)
    assert cut(piece, block_or_nothing, answer("7")) == [piece]


def test_parts_that_are_no_digits_stay_together() -> None:
    piece = tower(2)
    assert cut(piece, lambda _: answer("?"), answer("?")) == [piece]
    upper_alone = cut(
        piece, lambda part: answer("8") if part.top == 0 else answer("?"), answer("?")
    )
    assert upper_alone == [piece]


def test_a_long_stroke_is_not_cut_into_ones() -> None:
    """Any part of a slash, or of a line of a table, looks like a 1."""
    piece = Piece(0, 0, np.ones((88, 4), np.float32), 0)
    assert cut(piece, lambda _: answer("1"), answer("?")) == [piece]


def test_several_digits_beside_each_other_may_be_a_part() -> None:
    """The network for single digits cannot read them, and other stages cut them later."""
    ink = tower(2, width=60).ink
    ink[44:, 20:] = 0

    def narrow_block(part: Piece) -> ClassProbabilities:
        return answer("8" if is_block(part) and part.ink.shape[1] < 30 else "?")

    found = cut(Piece(0, 0, ink, 0), narrow_block, answer("?"))
    assert [part.ink.shape[1] for part in found] == [60, 20]


def test_without_a_sure_digit_nothing_shows_what_is_tall() -> None:
    pieces = [tower(2), BESIDE]
    assert find_tall_pieces(pieces, dict.fromkeys(pieces, answer("?"))) == []
    assert find_tall_pieces([], {}) == []


def test_small_digits_are_no_measure_of_far_larger_ink() -> None:
    """Parts as low as these would be specks beside it."""
    pieces = [tower(2), BESIDE]
    assert find_tall_pieces(pieces, {pieces[0]: answer("?"), BESIDE: answer("0")}) != []
    larger = Piece(300, 0, np.ones((400, 400), np.float32), 2)
    answers = {pieces[0]: answer("?"), BESIDE: answer("0"), larger: answer("?")}
    assert find_tall_pieces([*pieces, larger], answers) == []


def test_patterns_are_not_asked_about_without_end() -> None:
    pieces = [*(tower(3) for _ in range(400)), BESIDE]
    answers = {**dict.fromkeys(pieces, answer("?")), BESIDE: answer("0")}
    asked = sum(len(one.parts) for one in find_tall_pieces(pieces, answers))
    assert 0 < asked <= 500


@pytest.mark.parametrize("apart", [92, 97, 102, 112])
def test_rows_that_touch_are_read(apart: int) -> None:
    """The stems of the 4 and of the 7 reach the 5 and the 1 below them, or nearly so."""
    upper = [*write(FOUR, 40, 40), *write(CROSSED_SEVEN, 160, 40)]
    lower = [*write(FIVE, 50, 40 + apart), *write(ONE_WITH_FOOT, 155, 40 + apart)]
    beside = [*write(FIVE, 280, 40), *write(FOUR, 280, 60 + apart)]
    picture = rasterise([*upper, *lower, *beside], 400, 320)
    assert Recognizer.load().read(picture).text.split("\n") == ["475", "514"]
