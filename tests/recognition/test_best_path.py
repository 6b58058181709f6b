"""What a lattice makes of pieces of ink, given what networks say of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from digitrec.arrays import Float32Array
from digitrec.models.ctc import CHARACTERS
from digitrec.models.networks import BLANK, STRING_CLASSES
from digitrec.recognition.segmentation_graph import Answer, Lattice, Piece, Segment

HEIGHT = 40


def block(left: int, width: int, component: int, top: int = 0, height: int = HEIGHT) -> Piece:
    """A frame of ink."""
    ink = np.zeros((height, width), np.float32)
    ink[:3] = ink[-3:] = 1
    ink[:, :3] = ink[:, -3:] = 1
    return Piece(left, top, ink, component)


def answer(character: str, sure: float = 0.99) -> Answer:
    found = np.full(len(CHARACTERS), (1 - sure) / (len(CHARACTERS) - 1))
    found[CHARACTERS.index(character)] = sure
    return found


def said(text: str, columns: int = 40, sure: float = 0.99, instead: str = "") -> Float32Array:
    """Log-probabilities of columns that spell a text; with ``instead``, another one less surely."""
    found = np.full((columns, STRING_CLASSES), 1e-6)
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
    whole: Sequence[Answer],
    joined: Answer | None = None,
    strings: Sequence[Float32Array] = (),
) -> list[Segment]:
    """The segments, where runs of several pieces are read as ``joined``."""
    lattice = Lattice(pieces, float(HEIGHT), dict(zip(pieces, whole, strict=True)))
    unread = lattice.images()
    assert all(image.shape == (28, 28) for image in unread)
    asked = lattice.strings(iter([answer("?") if joined is None else joined] * len(unread)))
    assert len(asked) == len(strings)
    assert all(image.shape[0] == 28 for image in asked)
    return lattice.best(iter(strings))


def text(segments: list[Segment]) -> str:
    return "".join(CHARACTERS[int(segment.answer.argmax())] for segment in segments)


def test_digits_that_stand_apart_are_read_alone() -> None:
    pieces = [block(0, 24, 0), block(60, 24, 1), block(110, 12, 2)]
    segments = solved(pieces, [answer("4"), answer("0"), answer("1")])
    assert text(segments) == "401"
    assert [segment.box for segment in segments] == [piece.box for piece in pieces]


def test_ink_that_is_wide_is_read_as_a_string_whatever_it_is_taken_for() -> None:
    segments = solved([block(0, 60, 0)], [answer("0")], strings=[said("25")])
    assert text(segments) == "25"
    (left, *_, last), (first, *_, right) = (segment.box for segment in segments)
    assert (left, right) == (0, HEIGHT)  # left of the first, bottom of the second
    assert first < 40
    assert last == HEIGHT


def test_a_string_settles_what_the_network_for_digits_is_unsure_of() -> None:
    unsure = 0.5 * answer("7", 0.999) + 0.5 * answer("1", 0.999)
    for character in "17":
        found = solved([block(0, 12, 0)], [unsure], strings=[said(character)])
        assert text(found) == character


def test_a_string_does_not_overrule_what_stands_free_and_is_clear() -> None:
    """Two digits that reach over each other: each is ink of its own, and read surely."""
    pieces = [block(0, 24, 0), block(26, 24, 1)]
    clear = [answer("4", 0.9999), answer("7", 0.9999)]
    assert text(solved(pieces, clear, strings=[said("47")])) == "47"
    assert text(solved(pieces, clear, strings=[said("97", sure=0.9, instead="47")])) == "47"


def test_two_strokes_of_a_digit_are_joined() -> None:
    body, bar = block(0, 24, 0), block(26, 10, 1, height=6)
    joined = answer("5", 0.999)
    segments = solved([body, bar], [answer("?"), answer("?")], joined, [said("5")])
    assert text(segments) == "5"
    assert segments[0].box == (0, 0, 36, HEIGHT)


def test_what_a_string_calls_no_digit_is_none() -> None:
    segments = solved([block(0, 60, 0)], [answer("?")], strings=[said("2?")])
    assert text(segments) == "2?"


def test_answers_are_probabilities() -> None:
    pieces = [block(0, 60, 0), block(61, 24, 1)]
    for strings in ([said("253")], [said("253", sure=0.6, instead="283")]):
        segments = solved(pieces, [answer("?"), answer("3")], strings=strings)
        assert text(segments) == "253"
        for segment in segments:
            assert segment.answer.sum() == pytest.approx(1)
            assert (segment.answer >= 0).all()
    assert segments[1].answer[5] == pytest.approx(0.6, abs=0.05)
    assert segments[1].answer[8] == pytest.approx(0.4, abs=0.05)


def test_a_string_of_more_digits_than_there_are_pieces_is_not_chosen() -> None:
    dot = Piece(0, 0, np.ones((HEIGHT, 8), np.float32), 0)
    segments = solved([dot], [answer("1", 0.6)], strings=[said("111")])
    assert text(segments) == "1"


def test_what_no_text_fits_is_no_digit() -> None:
    """Ink with as good as nothing in it to read, and that nothing alone reads either."""
    blank = np.full((24, STRING_CLASSES), -30.0, np.float32)
    blank[:, BLANK] = 0
    segments = solved([block(0, 70, 0)], [answer("?")], strings=[blank])
    assert "".join(set(text(segments))) in ("?", "0")
    assert all(segment.answer.sum() == pytest.approx(1) for segment in segments)


def test_a_piece_alone_whose_ink_goes_on_beyond_another_piece_is_read_as_a_string() -> None:
    """Rings that a long bar joins, and a mark above the bar: seams leave a piece of bar alone."""
    joined = np.zeros((HEIGHT, 150), np.float32)
    joined[-3:] = 1
    for left in (0, 126):
        joined[:, left : left + 3] = joined[:, left + 21 : left + 24] = 1
        joined[:3, left : left + 24] = 1
    pieces = [Piece(0, 0, joined, 0), block(70, 10, 1, height=20)]
    lattice = Lattice(pieces, float(HEIGHT), dict.fromkeys(pieces, answer("?")))
    asked = lattice.strings(iter([answer("?")] * len(lattice.images())))
    segments = lattice.best(iter([said("?")] * len(asked)))
    boxes = np.array([segment.box for segment in segments])
    assert (boxes[:, 0].min(), boxes[:, 2].max()) == (0, 150)


def test_all_ink_is_in_some_segment() -> None:
    pieces = [block(0, 60, 0), block(58, 40, 1), block(130, 20, 2)]
    segments = solved(pieces, [answer("?"), answer("?"), answer("8")], strings=[said("2519")])
    boxes = np.array([segment.box for segment in segments])
    assert boxes[:, 0].min() == 0
    assert boxes[:, 2].max() == 150
    assert text(segments).endswith("8")
