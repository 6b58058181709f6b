from __future__ import annotations

import numpy as np
import pytest

from digitrec import Recognizer
from digitrec.benchmarks.numbers import (
    MARKED,
    TextCounts,
    measure_drawn_rows,
    measure_lettered,
    measure_marked,
    measure_numbers,
    measure_pages,
    measure_touching,
    measure_touching_rows,
)
from digitrec.data.marks.shapes import make_mark
from digitrec.data.synthetic.digits import draw
from digitrec.data.uci.digits import PenDigit
from digitrec.models.marks import MARKS


@pytest.fixture(scope="module")
def digits() -> list[PenDigit]:
    """Two writers with a digit of each kind."""
    rng = np.random.default_rng(0)
    return [
        PenDigit(label, writer, tuple(stroke.points for stroke in draw(label, rng).strokes))
        for writer in (1, 2)
        for label in range(10)
    ]


@pytest.mark.parametrize(
    ("read", "written", "wrong"),
    [("123", "123", 0), ("", "12", 2), ("1223", "123", 1), ("13", "123", 1), ("2?31", "123", 3)],
)
def test_a_digit_is_wrong_that_is_missed_misread_or_made_up(
    read: str, written: str, wrong: int
) -> None:
    counts = TextCounts()
    counts.add(read, written)
    assert (counts.digits, counts.digits_wrong) == (len(written), wrong)
    assert (counts.texts, counts.texts_right) == (1, int(read == written))


def test_spaces_count_where_they_are_asked_for() -> None:
    counts = TextCounts()
    counts.add("12 3 4", "1 23 4")
    assert (counts.texts_right, counts.spaces) == (1, (2, 2, 1))
    counts.add("12 34", "1234", spaces_count=True)
    assert (counts.texts_right, counts.digits_wrong, counts.spaces) == (1, 1, (2, 3, 1))
    assert "1 of 2 spaces, 2 spaces too many" in str(counts)


@pytest.mark.parametrize("kind", MARKED)
def test_texts_with_marks_are_measured(kind: str, digits: list[PenDigit]) -> None:
    rng = np.random.default_rng(0)
    marks = {mark: [make_mark(mark, rng)] for mark in MARKS}
    counts = measure_marked(Recognizer.load(), digits, marks, kind, count=2)
    assert counts.texts == 2
    assert (counts.spaces[0] > 0) == (kind == "telephone numbers")
    assert counts.digits >= 4


def test_a_letter_among_digits_is_to_be_rejected(digits: list[PenDigit]) -> None:
    recognizer = Recognizer.load()
    letter = [np.array([[0.0, 1.0], [0.1, 0.0], [0.5, 0.7], [0.9, 0.0], [1.0, 1.0]])]  # M
    numbers = measure_lettered(recognizer, digits, [letter], count=8)
    assert numbers.texts == 8
    assert 16 <= numbers.digits <= 48
    assert numbers.texts_right >= 6
    digit = next(one.strokes for one in digits if one.label == 3)
    assert measure_lettered(recognizer, digits, [digit], count=8).texts_right == 0


def test_numbers_and_pages_are_measured(digits: list[PenDigit]) -> None:
    recognizer = Recognizer.load()
    numbers = measure_numbers(recognizer, digits, count=8)
    assert numbers.texts == 8
    assert 16 <= numbers.digits <= 48
    assert numbers.digits_wrong < numbers.digits / 2
    assert numbers.seconds > 0
    again = measure_numbers(recognizer, digits, count=8)
    assert (again.digits, again.digits_wrong) == (numbers.digits, numbers.digits_wrong)
    rows = measure_drawn_rows(recognizer, digits, count=4)
    assert 4 <= rows.texts <= 12
    assert rows.digits_wrong < rows.digits / 2
    touching = measure_touching_rows(recognizer, digits, count=4)
    assert 8 <= touching.texts <= 12
    assert touching.digits_wrong < touching.digits / 2
    pairs = measure_touching(recognizer, digits, count=8)
    assert (pairs.texts, pairs.digits) == (8, 16)
    assert pairs.digits_wrong < 10
    pages = measure_pages(recognizer, digits, count=1)
    assert 3 <= pages.texts <= 12
    assert pages.digits_wrong < pages.digits / 2
    assert f"of {pages.digits:,} digits" in str(pages)
