"""The second reading of unsure lines of a page: which lines stay, and in which order."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_shapes import ring_of_cup
from PIL import Image

from digitrec import Recognizer
from digitrec.arrays import Uint8Array
from digitrec.drawing.rasterise import rasterise
from digitrec.drawing.strokes import Stroke
from digitrec.imaging import find_ink
from digitrec.recognition.best_path import Segment
from digitrec.recognition.marks.line_marks import FoundMark
from digitrec.recognition.pages import page_reader
from digitrec.recognition.pages.page_segmentation import InkLine
from digitrec.recognition.pages.second_reading import (
    ReadLine,
    better_lines,
    clear_lines,
    is_unclear,
    unsure_part,
)
from digitrec.recognition.results import Box, Prediction

IMAGE = np.ones((28, 28), np.float32)
PATHS = {
    "1": [(-12, 14), (4, 0), (4, 80)],
    "3": [(-18, 4), (14, 0), (14, 26), (-4, 36), (18, 50), (14, 78), (-18, 76)],
    "7": [(-20, 0), (20, 0), (-4, 80)],
    "0": [(20 * np.sin(t), 40 - 40 * np.cos(t)) for t in np.linspace(0, 6.3, 30)],
}


def line(text: str, top: int, *, sure: float = 0.99, left: int = 100, height: int = 30) -> ReadLine:
    """A line of digits 20 pixels wide; "?" is not a digit."""
    segments, digits = [], []
    for place, one in enumerate(text):
        box: Box = (left + 30 * place, top, left + 30 * place + 20, top + height)
        segments.append(Segment(box, frozenset({place}), IMAGE, np.full(11, 1 / 11)))
        probabilities = np.full(10, 0.0)
        probabilities[0 if one == "?" else int(one)] = 1.0
        sureness = 0.05 if one == "?" else sure
        digits.append(Prediction.decided(probabilities, sureness, IMAGE, 0.2))
    return ReadLine(InkLine(segments, []), tuple(digits))


def texts(lines: list[ReadLine]) -> list[str]:
    return ["".join(one.text or "?" for one in line.digits) for line in lines]


def test_a_sure_page_is_not_read_again() -> None:
    assert unsure_part([line("12", 10), line("345", 60)]) is None
    assert unsure_part([]) is None


def test_the_part_holds_all_unsure_lines_and_their_surroundings() -> None:
    part = unsure_part([line("12", 100), line("3?", 200), line("45", 300, sure=0.5)])
    assert part == (40, 170, 210, 360)


def test_more_and_surer_digits_replace_unsure_ones() -> None:
    first = [line("12", 10), line("3?", 60), line("45", 110, sure=0.5)]
    again = [line("35", 62), line("95", 111, sure=0.95)]
    assert texts(better_lines(first, again)) == ["12", "35", "95"]


def test_what_is_no_surer_changes_nothing() -> None:
    first = [line("12", 10), line("3?", 60), line("45", 110, sure=0.5)]
    assert better_lines(first, [line("??", 60), line("46", 110, sure=0.4)]) == first
    assert better_lines(first, []) == first


def test_a_sure_line_stays_whatever_is_read_again() -> None:
    first = [line("12", 10), line("3?", 60)]
    assert texts(better_lines(first, [line("127", 10)])) == ["12", "3?"]


def test_a_reading_of_some_of_the_ink_does_not_lose_digits() -> None:
    first = [line("345", 10, sure=0.6)]
    again = [line("45", 10, left=130)]
    assert texts(better_lines(first, again)) == ["45"]
    assert better_lines(first, again, of_all_ink=False) == first
    assert texts(better_lines(first, [line("345", 10)], of_all_ink=False)) == ["345"]


def stamped(text: str) -> Uint8Array:
    """A number in blue, and a red ring over it."""
    strokes = [
        Stroke(np.add(PATHS[one], (70 + 70 * place, 60)), 7.0) for place, one in enumerate(text)
    ]
    number = rasterise(strokes, 420, 200) / 255
    stamp = ring_of_cup(200, 420, centre=(260, 130), radius=70, thick=3) / 255
    seen = np.full((200, 420, 3), 240.0)
    for ink, colour in ((stamp, (200, 30, 50)), (number, (25, 40, 150))):
        share = 0.8 * ink[..., None]
        seen = seen * (1 - share) + np.minimum(seen, colour) * share
    seen += np.random.default_rng(0).normal(0, 2, seen.shape)
    return np.clip(seen, 0, 255).astype(np.uint8)


def test_a_stamp_of_another_colour_over_a_number_is_left_out() -> None:
    read = Recognizer.load().read(stamped("31703"), digits_only=True)
    assert "31703" in read.text.splitlines()


def test_a_turned_page_is_not_judged_by_the_ink_of_one_colour(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sideways = np.ascontiguousarray(np.rot90(stamped("31703")))
    shapes, turned = [], []
    monkeypatch.setattr(
        page_reader, "page_inks_by_colour", lambda picture, *_: shapes.append(picture.shape) or []
    )
    monkeypatch.setattr(page_reader, "likely_turns", lambda *_: [90, 270])
    monkeypatch.setattr(page_reader, "is_better_turned", lambda page, _: turned.append(page))
    Recognizer.load().read(sideways)
    assert len(turned) == 2
    assert shapes == [sideways.shape]


def test_lines_that_the_first_reading_lacks_come_in_at_their_place() -> None:
    first = [line("12", 10), line("3?", 110)]
    again = [line("77", 60), line("5", 160), line("8", 210, sure=0.6), line("3?", 110)]
    assert texts(better_lines(first, again)) == ["12", "77", "3?", "5"]


def test_a_line_that_was_read_as_two_is_compared_with_both() -> None:
    first = [line("1?", 10), line("?7", 14, left=170)]
    assert texts(better_lines(first, [line("1237", 12)])) == ["1237"]
    again = [line("1", 10), line("7", 14, left=200)]
    assert texts(better_lines([line("????", 12)], again)) == ["1", "7"]


def test_lines_beside_each_other_stay_apart() -> None:
    first = [line("1?", 10), line("?7", 10, left=400)]
    assert texts(better_lines(first, [line("17", 10)])) == ["17", "?7"]


def test_a_line_of_marks_alone_is_sure() -> None:
    dash = FoundMark((5, 5, 30, 9), "-", 0.9, ())
    marks = ReadLine(InkLine([], [dash]), ())
    assert marks.box == (5, 5, 30, 9)
    assert unsure_part([marks]) is None
    assert better_lines([marks], [line("1", 2, left=4)]) == [marks]


def pale(text: str, strength: float, noise: float) -> Uint8Array:
    """Digits 24 pixels high, in pale ink on grainy paper that is darker on the right."""
    scale, rng = 0.3, np.random.default_rng(0)
    strokes = [
        Stroke(np.multiply(np.add(PATHS[one], (70 + 70 * place, 40)), scale), 1.5)
        for place, one in enumerate(text)
    ]
    ink = rasterise(strokes, round(scale * (80 + 70 * len(text))), round(scale * 160))
    paper = np.linspace(235, 150, ink.shape[1])
    seen = paper * (1 - strength * ink / 255) + rng.normal(0, noise, ink.shape)
    return np.clip(seen, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(("strength", "is_sure"), [(0.1, False), (0.9, True)])
def test_only_a_page_that_is_not_sure_is_looked_at_twice(
    strength: float, is_sure: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []
    monkeypatch.setattr(
        page_reader, "finer_page_ink", lambda *given: calls.append(find_ink.finer_page_ink(*given))
    )
    Recognizer.load().read(pale("31703", strength, 5 if strength < 0.5 else 1))
    assert (len(calls) == 0) == is_sure


def test_a_clean_page_needs_no_network_twice() -> None:
    page = np.full((80, 200), 255, np.uint8)
    page[20:60, 50] = 0
    picture = Image.fromarray(page)
    assert find_ink.finer_page_ink(picture, find_ink.page_ink(picture), (0, 0, 200, 80)) is None


def test_what_is_not_read_or_hardly_read_is_unclear() -> None:
    assert is_unclear([])
    assert is_unclear([line("12", 10), line("3?", 60)])
    assert is_unclear([line("12", 10), line("34", 60, sure=0.4)])
    assert not is_unclear([line("12", 10), line("34", 60, sure=0.6)])


def test_clear_lines_are_digits_and_not_1s_alone() -> None:
    lines = [line("17", 10), line("11", 60), line("3?", 110), line("45", 160, sure=0.7)]
    assert texts(clear_lines(lines)) == ["17"]


def patterned(text: str) -> Uint8Array:
    """A number in dark ink over stripes that are as wide as its strokes, and half as strong."""
    strokes = [
        Stroke(np.add(PATHS[one], (70 + 70 * place, 60)), 8.0) for place, one in enumerate(text)
    ]
    ink = rasterise(strokes, 420, 200) / 255
    y, x = np.mgrid[:200, :420]
    paper = np.where((x + y) % 38 < 19, 190.0, 120.0)
    seen = paper * (1 - 0.9 * ink) + np.random.default_rng(0).normal(0, 4, ink.shape)
    return np.clip(seen, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("text", ["31703", "7310", "07137"])
def test_a_number_on_patterned_paper_is_read(text: str) -> None:
    assert Recognizer.load().read(patterned(text)).text == text


def marked(marks: tuple[str, ...], colour: tuple[int, int, int]) -> Uint8Array:
    """Lines of scribbles in blue, as of words, and numbers in another colour beside them."""
    seen = np.full((300, 420, 3), 240.0)
    rng = np.random.default_rng(0)
    for row in range(8):
        words = [
            Stroke(
                [(x, 20 + 34 * row + (14 if place % 2 else 0) + rng.uniform(-5, 5))
                 for place, x in enumerate(range(left, left + 36, 6))],
                3.0,
            )
            for left in (15, 65, 115, 165, 215)
        ]  # fmt: skip
        share = 0.8 * rasterise(words, 420, 300)[..., None] / 255
        seen = seen * (1 - share) + np.minimum(seen, (30, 45, 150)) * share
    for row, text in enumerate(marks):
        digits = [
            Stroke(np.add(np.multiply(PATHS[one], 0.6), (310 + 45 * place, 30 + 90 * row)), 5.0)
            for place, one in enumerate(text)
        ]
        share = 0.85 * rasterise(digits, 420, 300)[..., None] / 255
        seen = seen * (1 - share) + np.minimum(seen, colour) * share
    return np.clip(seen + rng.normal(0, 2, seen.shape), 0, 255).astype(np.uint8)


def test_marks_beside_words_of_another_colour_are_read() -> None:
    shipped = Recognizer.load()
    assert shipped.read(marked(("3", "17"), (205, 25, 30))).text == "3\n17"
    assert not any(one.digit for one in shipped.read(marked((), (205, 25, 30))).digits)
