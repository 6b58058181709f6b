"""Marks of a page: each is found once, and no ink is lost."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pytest
from PIL import Image, ImageDraw
from plain_numbers import write

from digitrec import Recognizer
from digitrec.arrays import Float32Array, Float64Array, Uint8Array
from digitrec.models.marks import MARKS, NO_MARK
from digitrec.recognition.pages.page_segmentation import segment_page

COMMA = MARKS.index(",")


def digits(images: Float32Array) -> Sequence[Float64Array]:
    """Take all ink for a sure 0, but what is as narrow as a comma for an unsure 1."""
    answers = []
    for image in images:
        columns = np.flatnonzero((image > 0.3).any(axis=0))
        is_narrow = len(columns) > 0 and np.ptp(columns) < 12
        answer = np.full(11, 0.001)
        answer[1 if is_narrow else 0] = 0.6 if is_narrow else 0.99
        answers.append(answer / answer.sum())
    return answers


def strings(images: Sequence[Float32Array]) -> Sequence[Float32Array]:
    return [np.full((image.shape[1] // 2, 12), np.log(1 / 12), np.float32) for image in images]


def commas(sure: float) -> object:
    """Take what is narrow and below the middle of a window for a comma."""

    def read(windows: Uint8Array) -> Float64Array:
        answers = np.zeros((len(windows), NO_MARK + 1))
        for answer, window in zip(answers, windows, strict=True):
            rows, columns = (np.flatnonzero((window > 200).any(axis=i)) for i in (1, 0))
            is_comma = len(rows) > 0 and rows[0] > 14 and np.ptp(columns) < 6
            answer[COMMA] = sure if is_comma else 0.0
            answer[NO_MARK] = 1 - answer[COMMA]
        return answers

    return read


def page(comma_top: int) -> Float32Array:
    """Three rings, and a large comma that begins in this row, beside their feet at 60."""
    ink = np.zeros((140, 220), np.float32)
    for left in (10, 90, 150):
        ink[20:60, left : left + 32] = 1
        ink[26:54, left + 6 : left + 26] = 0
    ink[comma_top : comma_top + 30, 60:68] = 1
    return ink


@pytest.mark.parametrize(
    ("top", "sure", "expected"), [(48, 0.99, [","]), (48, 0.2, []), (90, 0.99, [])]
)
def test_a_comma_that_hangs_from_a_line_is_a_mark_of_it(
    top: int, sure: float, expected: list[str]
) -> None:
    lines = segment_page(page(top), digits, strings, commas(sure))  # type: ignore[arg-type]
    assert [mark.text for mark in lines[0].marks] == expected
    assert len(lines) == (1 if expected else 2)
    assert len(lines[0].segments) == 3
    boxes = [segment.box for line in lines for segment in line.segments]
    boxes += [mark.box for line in lines for mark in line.marks]
    assert len(boxes) == 4  # the comma is there once, whatever it is


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer.load()


@pytest.mark.parametrize(
    "text", ["3.14", "7,3", "14-3", "4/7/10", "13:40", "3+4", "-7", "3+4=7", "314"]
)
def test_marks_are_read_in_their_places(recognizer: Recognizer, text: str) -> None:
    ink = write(text)
    page = recognizer.read(ink)
    assert page.text == text
    (line,), (marks,) = page.lines, page.marks
    assert "".join(p.text for p in line) == re.sub(r"\D", "", text)
    for mark in marks:
        left, top, right, bottom = mark.box
        middle = 60 + 62 * (mark.place + marks.index(mark))
        assert left - 4 <= middle <= right + 4
        assert 50 < top < bottom < 170
        assert 0.5 < mark.confidence <= 1
    assert recognizer.read(255 - ink).text == text
    alone = recognizer.read(ink, digits_only=True)
    assert alone.text == re.sub(r"\D", "", text)
    assert alone.marks == ()


def test_a_point_whose_edge_meets_that_of_a_digit_is_read(recognizer: Recognizer) -> None:
    ink = write("3.14", pitch=50.0)
    # Grey from the foot of the 3 to the point.
    foot = int(np.flatnonzero(ink[130:146, :102].any(axis=0)).max())
    ink[137:140, foot:110] = np.maximum(ink[137:140, foot:110], 50)
    assert recognizer.read(ink).text == "3.14"


def test_a_wide_space_is_in_the_text_and_even_distances_are_not(recognizer: Recognizer) -> None:
    page = recognizer.read(write("14  07", pitch=50.0))
    assert page.text == "14 07"
    ((space,),) = page.marks
    assert (space.text, space.place) == (" ", 2)
    boxes = [p.box for p in page.digits if p.box]
    assert space.box[0] == boxes[1][2]
    assert space.box[2] == boxes[2][0]
    for pitch in (60.0, 100.0, 180.0):
        assert recognizer.read(write("1407", pitch=pitch)).text == "1407"
    assert recognizer.read(write("1   7")).text == "17"


@pytest.mark.parametrize("ruled", [False, True])
def test_the_cells_of_a_table_hold_numbers_of_their_own(
    recognizer: Recognizer, ruled: bool
) -> None:
    image = Image.fromarray(255 - write("134  413  743", pitch=48.0))
    pen = ImageDraw.Draw(image)
    for x in (20, 228, 468, 680) if ruled else ():
        pen.line((x, 30, x, 170), fill=90, width=3)
    for y in (30, 170) if ruled else ():
        pen.line((20, y, 680, y), fill=90, width=3)
    assert recognizer.read(image).text == "134 413 743"


def test_digits_in_a_box_each_are_one_number(recognizer: Recognizer) -> None:
    image = Image.fromarray(255 - write("14 374", pitch=84.0))
    pen = ImageDraw.Draw(image)
    for x in range(18, 18 + 84 * 7, 84):
        pen.line((x, 30, x, 170), fill=90, width=3)
    for y in (30, 170):
        pen.line((18, y, 18 + 84 * 6, y), fill=90, width=3)
    assert recognizer.read(image).text == "14374"


@pytest.mark.parametrize(("x", "y"), [(92, 40), (30, 30), (150, 190), (92, 160)])
def test_dirt_is_no_mark(recognizer: Recognizer, x: int, y: int) -> None:
    ink = write("314")
    ink[y : y + 3, x : x + 3] = 255
    assert recognizer.read(ink).text == "314"
