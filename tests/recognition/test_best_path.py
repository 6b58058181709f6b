"""What digits pieces of ink are taken for, given what networks read in them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from sure_answers import answer

from digitrec.arrays import Float32Array
from digitrec.models.ctc import BLANK, CHARACTERS, CLASSES
from digitrec.recognition.best_path import Segment, best_path
from digitrec.recognition.ink_pieces import Piece
from digitrec.recognition.segmentation_graph import (
    AnsweredGraph,
    ClassProbabilities,
    build_graph,
)

HEIGHT = 40


def block(left: int, width: int, component: int, top: int = 0, height: int = HEIGHT) -> Piece:
    """A frame of ink."""
    ink = np.zeros((height, width), np.float32)
    ink[:3] = ink[-3:] = 1
    ink[:, :3] = ink[:, -3:] = 1
    return Piece(left, top, ink, component)


def spelled(text: str, columns: int = 40, sure: float = 0.99, instead: str = "") -> Float32Array:
    """Log-probabilities of columns that spell a text; with ``instead``, another one less surely."""
    found = np.full((columns, CLASSES), 1e-6)
    found[:, BLANK] = 1.0
    places = np.linspace(2, columns - 3, len(text)).round().astype(int)
    for place, character in zip(places, text, strict=True):
        found[place] = 1e-6
        found[place, CHARACTERS.index(character)] = sure
    for place, character in zip(places, instead, strict=bool(instead)):
        found[place, CHARACTERS.index(character)] += 1 - sure
    return np.log(found / found.sum(axis=1, keepdims=True)).astype(np.float32)


def solved(
    pieces: list[Piece],
    whole: Sequence[ClassProbabilities],
    joined: ClassProbabilities | None = None,
    strings: Sequence[Float32Array] = (),
) -> list[Segment]:
    """The segments, where runs of several pieces are read as ``joined``."""
    graph = build_graph(pieces, float(HEIGHT), dict(zip(pieces, whole, strict=True)))
    unread = graph.images()
    assert all(image.shape == (28, 28) for image in unread)
    answered = graph.with_answers([answer("?") if joined is None else joined] * len(unread))
    assert len(answered.strings()) == len(strings)
    assert all(image.shape[0] == 28 for image in answered.strings())
    return best_path(answered, strings)


def text(segments: list[Segment]) -> str:
    return "".join(CHARACTERS[int(segment.probabilities.argmax())] for segment in segments)


def test_digits_that_stand_apart_are_read_alone() -> None:
    pieces = [block(0, 24, 0), block(60, 24, 1), block(110, 12, 2)]
    segments = solved(pieces, [answer("4"), answer("0"), answer("1")])
    assert text(segments) == "401"
    assert [segment.box for segment in segments] == [piece.box for piece in pieces]


def test_ink_that_is_wide_is_read_as_a_string_whatever_it_is_taken_for() -> None:
    segments = solved([block(0, 60, 0)], [answer("0")], strings=[spelled("25")])
    assert text(segments) == "25"
    (left, *_, last), (first, *_, right) = (segment.box for segment in segments)
    assert (left, right) == (0, HEIGHT)  # left of the first, bottom of the second
    assert first < 40
    assert last == HEIGHT


def test_a_string_settles_what_the_network_for_digits_is_unsure_of() -> None:
    unsure = 0.5 * answer("7", 0.999) + 0.5 * answer("1", 0.999)
    for character in "17":
        found = solved([block(0, 12, 0)], [unsure], strings=[spelled(character)])
        assert text(found) == character


def test_a_string_does_not_overrule_what_stands_free_and_is_clear() -> None:
    """Two digits that reach over each other: each is ink of its own, and read surely."""
    pieces = [block(0, 24, 0), block(26, 24, 1)]
    clear = [answer("4", 0.9999), answer("7", 0.9999)]
    assert text(solved(pieces, clear, strings=[spelled("47")])) == "47"
    assert text(solved(pieces, clear, strings=[spelled("97", sure=0.9, instead="47")])) == "47"


def test_a_string_says_how_likely_free_ink_is_a_digit() -> None:
    """As odds beside the probabilities, because a line decides whether to ask both networks."""
    unsure = 0.5 * answer("7", 0.999) + 0.5 * answer("?", 0.999)

    def log_odds(string: Float32Array) -> float:
        (segment,) = solved([block(0, 12, 0)], [unsure], strings=[string])
        assert segment.string_log_odds is not None
        assert segment.probabilities[-1] == pytest.approx(unsure[-1])
        return segment.string_log_odds

    assert log_odds(spelled("7", sure=0.9, instead="?")) == pytest.approx(np.log(9), abs=0.1)
    assert log_odds(spelled("?", sure=0.9, instead="7")) == pytest.approx(-np.log(9), abs=0.1)


def test_a_string_says_nothing_more_of_what_was_not_asked_or_was_cut() -> None:
    (free,) = solved([block(0, 24, 0)], [answer("4")])
    cut = solved([block(0, 60, 0)], [answer("0")], strings=[spelled("25")])
    assert [one.string_log_odds for one in (free, *cut)] == [None] * 3


def test_two_strokes_of_a_digit_are_joined() -> None:
    body, bar = block(0, 24, 0), block(26, 10, 1, height=6)
    joined = answer("5", 0.999)
    segments = solved([body, bar], [answer("?"), answer("?")], joined, [spelled("5")])
    assert text(segments) == "5"
    assert segments[0].box == (0, 0, 36, HEIGHT)


def test_what_a_string_shows_as_not_a_digit_is_rejected() -> None:
    segments = solved([block(0, 60, 0)], [answer("?")], strings=[spelled("2?")])
    assert text(segments) == "2?"


def test_ink_is_not_cut_in_two_where_neither_network_sees_two_digits() -> None:
    """The network for single digits sees one, if unsurely, and parts of it nobody asks it about."""
    unsure = 0.25 * answer("4", 0.999) + 0.75 * answer("?", 0.999)
    string = np.exp(spelled("4", sure=0.9))
    string[-3, CHARACTERS.index("1")] = 0.05 * string[-3].sum()
    segments = solved([block(0, 46, 0)], [unsure], strings=[np.log(string)])
    assert [segment.box for segment in segments] == [(0, 0, 46, HEIGHT)]


def test_answers_are_probabilities() -> None:
    pieces = [block(0, 60, 0), block(61, 24, 1)]
    for strings in ([spelled("253")], [spelled("253", sure=0.6, instead="283")]):
        segments = solved(pieces, [answer("?"), answer("3")], strings=strings)
        assert text(segments) == "253"
        for segment in segments:
            assert segment.probabilities.sum() == pytest.approx(1)
            assert (segment.probabilities >= 0).all()
    assert segments[1].probabilities[5] == pytest.approx(0.6, abs=0.05)
    assert segments[1].probabilities[8] == pytest.approx(0.4, abs=0.05)


def test_a_string_of_more_digits_than_there_are_pieces_is_not_chosen() -> None:
    dot = Piece(0, 0, np.ones((HEIGHT, 8), np.float32), 0)
    segments = solved([dot], [answer("1", 0.6)], strings=[spelled("111")])
    assert text(segments) == "1"


def test_ink_that_neither_network_can_read_is_not_a_digit() -> None:
    segments = solved([block(0, 70, 0)], [answer("?")], strings=[spelled("")])
    assert text(segments) == "?"
    assert segments[0].box == (0, 0, 70, HEIGHT)
    assert segments[0].probabilities.sum() == pytest.approx(1)


def bar_of_two_rings() -> AnsweredGraph:
    """Rings that a long bar joins, and a mark above the bar: cutting leaves a piece of bar alone.

    Nobody can ask the network for single digits about that piece: its ink goes on at both ends.
    """
    joined = np.zeros((HEIGHT, 150), np.float32)
    joined[-3:] = 1
    for left in (0, 126):
        joined[:, left : left + 3] = joined[:, left + 21 : left + 24] = 1
        joined[:3, left : left + 24] = 1
    pieces = [Piece(0, 0, joined, 0), block(70, 10, 1, height=20)]
    graph = build_graph(pieces, float(HEIGHT), dict.fromkeys(pieces, answer("?")))
    answered = graph.with_answers([answer("?")] * len(graph.images()))
    assert any(one not in answered.answers and one[1] == one[0] + 1 for one in answered.unclear)
    return answered


def test_a_piece_alone_whose_ink_goes_on_beyond_another_piece_is_read_as_a_string() -> None:
    answered = bar_of_two_rings()
    segments = best_path(answered, [spelled("?")] * len(answered.unclear))
    boxes = np.array([segment.box for segment in segments])
    assert (boxes[:, 0].min(), boxes[:, 2].max()) == (0, 150)


@pytest.mark.parametrize("nobody_can_tell", ["", "22"])
def test_what_no_text_fits_is_not_a_digit(nobody_can_tell: str) -> None:
    """A piece in which the network for strings sees nothing, or two digits; the other is mute."""
    answered = bar_of_two_rings()
    alone = [one for one in answered.unclear if one not in answered.answers]
    strings = [spelled(nobody_can_tell if one in alone else "?") for one in answered.unclear]
    boxes = [piece.box for one in alone for piece in answered.graph.pieces_of(one)]
    segments = [one for one in best_path(answered, strings) if one.box in boxes]
    assert len(segments) == len(boxes) > 0
    assert text(segments) == "?" * len(boxes)
    for segment in segments:
        assert segment.probabilities.sum() == pytest.approx(1)


def test_all_ink_is_in_some_segment() -> None:
    pieces = [block(0, 60, 0), block(58, 40, 1), block(130, 20, 2)]
    segments = solved(pieces, [answer("?"), answer("?"), answer("8")], strings=[spelled("2519")])
    boxes = np.array([segment.box for segment in segments])
    assert boxes[:, 0].min() == 0
    assert boxes[:, 2].max() == 150
    assert text(segments).endswith("8")


def test_digits_of_which_a_string_has_no_room_are_read_alone() -> None:
    """Upright strokes so close that they touch: 1111 needs seven columns, and the string has 3."""
    pieces = [block(11 * i, 12, i) for i in range(4)]
    segments = solved(pieces, [answer("1")] * 4, strings=[spelled("", columns=3)])
    assert text(segments) == "1111"
    for segment in segments:
        np.testing.assert_allclose(segment.probabilities, answer("1"))


def test_cut_ink_is_not_read_by_a_string_without_room() -> None:
    """A wide digit between two strokes: only the string could read a part of it with a stroke."""
    pieces = [block(0, 12, 0), block(10, 60, 1), block(68, 12, 2)]
    segments = solved(pieces, [answer("1", 0.3)] * 3, strings=[spelled("", columns=3)])
    assert text(segments) == "111"
    assert [segment.box for segment in segments] == [piece.box for piece in pieces]
    for segment in segments:
        np.testing.assert_allclose(segment.probabilities, answer("1", 0.3))
