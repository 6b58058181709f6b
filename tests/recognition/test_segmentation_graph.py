"""Which runs of pieces are hypotheses, and what the networks are asked."""

from __future__ import annotations

import numpy as np
import pytest
from sure_answers import answer

from digitrec.recognition.ink_pieces import Piece
from digitrec.recognition.segmentation_graph import (
    SegmentationGraph,
    build_graph,
)

HEIGHT = 40


def bar(left: int, component: int, width: int = 8) -> Piece:
    return Piece(left, 0, np.ones((HEIGHT, width), np.float32), component)


def graph_of(*pieces: Piece, character: str = "1") -> SegmentationGraph:
    return build_graph(pieces, float(HEIGHT), dict.fromkeys(pieces, answer(character)))


def test_neighbours_that_are_near_may_be_one_digit_and_distant_ones_not() -> None:
    near = graph_of(bar(0, 0), bar(12, 1))
    assert near.runs == ((0, 1), (0, 2), (1, 2))
    assert near.blocks == ((0, 2),)
    assert near.unread == ((0, 2),)
    apart = graph_of(bar(0, 0), bar(30, 1))
    assert apart.runs == ((0, 1), (1, 2))
    assert apart.blocks == ((0, 1), (1, 2))
    assert apart.unread == ()


def test_a_small_digit_beside_another_is_no_part_of_it() -> None:
    """Raised cents, and an exponent so near that the two together read as the larger one."""
    small = Piece(12, -4, np.ones((HEIGHT // 2, 12), np.float32), 1)
    assert graph_of(bar(0, 0), small).runs == ((0, 1), (1, 2))
    unsure = {bar(0, 0): answer("1"), small: answer("4", 0.6)}
    assert build_graph(list(unsure), float(HEIGHT), unsure).runs == ((0, 1), (0, 2), (1, 2))


def test_no_digit_has_more_than_ten_pieces_however_narrow_they_are() -> None:
    graph = graph_of(*(bar(4 * i, i, width=2) for i in range(13)))
    assert max(stop - start for start, stop in graph.runs) == 10
    assert graph.blocks == ((0, 13),)


def test_what_was_read_is_not_read_again() -> None:
    graph = graph_of(bar(0, 0), bar(12, 1))
    assert set(graph.known) == {(0, 1), (1, 2)}
    answered = graph.with_answers([answer("4")])
    assert set(answered.answers) == {(0, 1), (1, 2), (0, 2)}
    assert answered.answers[0, 2] is not answered.answers[0, 1]


def test_what_was_read_together_is_not_read_again() -> None:
    pieces = bar(0, 0), bar(12, 1), bar(24, 2)
    pair = answer("4")
    graph = build_graph(
        pieces, float(HEIGHT), dict.fromkeys(pieces, answer("1")), {frozenset(pieces[1:]): pair}
    )
    assert graph.known[1, 3] is pair
    assert set(graph.unread) == {(0, 2), (0, 3)}


def test_clear_ink_that_stands_alone_is_not_read_as_a_string() -> None:
    clear, unclear = graph_of(bar(0, 0)), graph_of(bar(0, 0), character="?")
    assert clear.with_answers([]).strings() == []
    [image] = unclear.with_answers([]).strings()
    assert image.shape[0] == 28


def test_wide_ink_is_cut_and_its_parts_are_not_read_alone() -> None:
    """Two frames that touch: each part continues in the other."""
    ink = np.zeros((HEIGHT, 60), np.float32)
    ink[:3] = ink[-3:] = ink[:, :3] = ink[:, -3:] = ink[:, 28:32] = 1
    graph = graph_of(Piece(0, 0, ink, 0))
    assert len(graph.pieces) > 1
    assert set(graph.known) == {(0, len(graph.pieces))}
    assert graph.images() == []
    assert graph.blocks == ((0, len(graph.pieces)),)
    assert all(piece.cut_cost > 0 for piece in graph.pieces[1:])


def test_a_wide_digit_that_was_cut_into_many_parts_may_still_be_one() -> None:
    """Two ladders that touch, which are cut between all of their rungs."""
    ink = np.zeros((HEIGHT, 96), np.float32)
    ink[:3] = ink[-3:] = 1
    ink[:, ::8] = ink[:, 1::8] = 1
    graph = graph_of(Piece(0, 0, ink, 0))
    count = len(graph.pieces)
    assert any(
        (0, place) in graph.runs and (place, count) in graph.runs for place in range(6, count - 5)
    )


@pytest.mark.parametrize("count", [0, 2])
def test_another_number_of_answers_is_an_error(count: int) -> None:
    with pytest.raises(ValueError, match="argument 2"):
        graph_of(bar(0, 0), bar(12, 1)).with_answers([answer("1")] * count)


def test_no_stage_changes_the_one_before() -> None:
    """The same graph, answered in two ways, in any order."""
    graph = graph_of(bar(0, 0), bar(12, 1))
    first = graph.with_answers([answer("4")])
    second = graph.with_answers([answer("7")])
    assert set(graph.known) == {(0, 1), (1, 2)}
    assert first.answers[0, 2].argmax() == 4
    assert second.answers[0, 2].argmax() == 7
    np.testing.assert_array_equal(first.strings()[0], second.strings()[0])


def test_a_long_row_is_divided_at_its_widest_gap() -> None:
    """So that the time to read it grows with its length alone."""
    near = [bar(12 * i + (3 if i >= 30 else 0), i) for i in range(60)]
    graph = graph_of(*near)
    assert graph.blocks == ((0, 30), (30, 60))
    assert not any(start < 30 < stop for start, stop in graph.runs)
    assert set(graph.unread) | set(graph.known) == set(graph.runs)
    strings = graph.with_answers([answer("4")] * len(graph.unread)).strings()
    assert len(strings) == 2
    assert all(image.shape[1] < 300 for image in strings)


def test_a_long_row_of_digits_that_touch_is_cut_and_a_ruled_line_is_not() -> None:
    ink = np.zeros((HEIGHT, 14 * HEIGHT), np.float32)
    ink[-3:] = 1
    assert graph_of(Piece(0, 0, ink, 0), character="?").with_answers([]).strings() == []
    ink[:, np.arange(14 * HEIGHT) % 20 < 4] = 1
    graph = graph_of(Piece(0, 0, ink, 0), character="?")
    assert len(graph.pieces) > 14
    assert len(graph.blocks) == 2
    assert graph.known == {}
