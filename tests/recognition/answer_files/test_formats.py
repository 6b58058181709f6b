"""The formats of answers: what is in them, and that a cut file is read up to its last whole row."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitrec.errors import DigitrecError, PictureError
from digitrec.models.marks import MARKS
from digitrec.recognition.answer_files.formats import TEXT_FORMATS, TextFormat
from digitrec.recognition.results import Mark, Page, PictureResult, Prediction, Rejection

IMAGE = np.zeros((28, 28), np.float32)
SEVEN = Prediction(7, 0.75, np.where(np.arange(10) == 7, 0.75, 0.25 / 9), IMAGE)
REJECTED = Prediction(None, 0.1, np.full(10, 0.1), IMAGE, 0.0, Rejection("not a digit", 8))
BOX = (1, 2, 30, 40)
BOXED = replace(SEVEN, box=BOX)
UNREAD = PictureError("there is no such file", "c.png")
RESULTS: tuple[PictureResult, ...] = (SEVEN, REJECTED, UNREAD)
PAGES: tuple[PictureResult, ...] = (Page(((BOXED, BOXED), (BOXED,))), Page(()), UNREAD)


def marked(*marks: tuple[str, int]) -> Page:
    """Return a page of one line with two digits, and marks each before the digit of a number."""
    found = tuple(Mark(text, 0.9, BOX, place) for text, place in marks)
    return Page(((BOXED, BOXED),), (found,))


MARKED = (marked((" ", 1)), marked(("+", 0), (" ", 1), ("%", 2)), marked(("?", 0), (",", 1)))

FORMATS = [(name, lines) for name in TEXT_FORMATS for lines in (False, True)]
NAMES = st.text(
    st.characters(exclude_characters="\0", exclude_categories=("Cs",)) | st.just("\udcff"),
    min_size=1,
)


def written(form: TextFormat, rows: Sequence[tuple[str, PictureResult]]) -> str:
    text = form.head
    for number, (name, result) in enumerate(rows):
        text += form.before(number == 0) + form.rows(name, result)
    return text + form.tail(not rows)


def sample(name: str, lines: bool) -> str:
    names = ("a.png", "b, c.png", "c.png")
    results = PAGES if lines else RESULTS
    return written(TEXT_FORMATS[name](lines), list(zip(names, results, strict=True)))


def test_text_has_a_line_a_picture() -> None:
    assert sample("text", False).splitlines() == [
        "7   75.00%  a.png",
        "-   10.00%  b, c.png  (not a digit; nearest to an 8)",
        "-    0.00%  c.png  (there is no such file)",
    ]
    assert sample("text", True).splitlines() == [
        "77  a.png",
        "7  a.png",
        "-  b, c.png  (nothing is drawn)",
        "-  c.png  (there is no such file)",
    ]


def test_text_has_the_marks_and_wide_spaces_of_a_line() -> None:
    form = TEXT_FORMATS["text"](True)
    assert [form.rows("a.png", page) for page in MARKED] == [
        "7 7  a.png\n",
        "+7 7%  a.png\n",
        "?7,7  a.png\n",
    ]


@pytest.mark.parametrize(("name", "lines"), FORMATS)
def test_a_file_may_begin_with_any_answer(name: str, lines: bool) -> None:
    form = TEXT_FORMATS[name](lines)
    signs = [marked((sign, 0)) for sign in f"{MARKS}?"]
    results = (*PAGES, *MARKED, *signs) if lines else RESULTS
    for result in results:
        whole = written(form, [("a  b.png", result)]).encode()
        assert all(form.may_begin(whole[:size]) for size in range(len(whole)))
        assert {key for key, _ in form.names(io.BytesIO(whole))} == {form.key("a  b.png")}


def test_csv_has_a_row_a_digit() -> None:
    seven, rejected, unread = csv.DictReader(io.StringIO(sample("csv", False)))
    assert (seven["digit"], seven["text"], float(seven["p7"])) == ("7", "7", 0.75)
    assert (rejected["file"], rejected["digit"], float(rejected["p0"])) == ("b, c.png", "", 0.1)
    assert (seven["reason"], rejected["reason"]) == ("", "not a digit; nearest to an 8")
    assert (float(unread["confidence"]), unread["reason"]) == (0, "there is no such file")
    *digits, blank, unread = csv.DictReader(io.StringIO(sample("csv", True)))
    assert [(row["file"], row["line"]) for row in digits] == [
        ("a.png", "1"),
        ("a.png", "1"),
        ("a.png", "2"),
    ]
    assert tuple(int(digits[0][side]) for side in ("left", "top", "right", "bottom")) == BOX
    assert (blank["line"], blank["left"], blank["reason"]) == ("", "", "nothing is drawn")
    assert (unread["digit"], unread["reason"]) == ("", "there is no such file")


@pytest.mark.parametrize("lines", [False, True])
def test_json_is_an_array_of_the_objects_of_json_lines(lines: bool) -> None:
    array = sample("json", lines)
    rows = [json.loads(line) for line in sample("jsonl", lines).splitlines()]
    assert array == json.dumps(rows, indent=1) + "\n"
    assert written(TEXT_FORMATS["json"](lines), []) == "[]\n"


@given(st.lists(NAMES, max_size=5))
def test_names_are_found_again_whatever_they_hold(names: list[str]) -> None:
    for name, lines in FORMATS:
        form = TEXT_FORMATS[name](lines)
        results = (*PAGES, *MARKED) if lines else RESULTS
        rows = [(one, results[i % len(results)]) for i, one in enumerate(names)]
        text = written(form, rows).encode("utf-8", "surrogateescape")
        found = [key for key, _ in form.names(io.BytesIO(text))]
        if lines:  # a page has several rows
            found = [key for i, key in enumerate(found) if i == 0 or key != found[i - 1]]
            names_once = [n for i, n in enumerate(names) if i == 0 or n != names[i - 1]]
            assert found == [form.key(one) for one in names_once] or name in ("text", "csv")
        else:
            assert found == [form.key(one) for one in names]


@pytest.mark.parametrize(("name", "lines"), FORMATS)
def test_a_file_that_is_cut_anywhere_gives_its_whole_rows(name: str, lines: bool) -> None:
    form = TEXT_FORMATS[name](lines)
    results = (*PAGES, *MARKED) if lines else RESULTS
    names = ["new\nline.png", 'quote".png', "a.png", "[1].png", "d  e,.png", " c.png"]
    rows = [(one, results[i % len(results)]) for i, one in enumerate(names)]
    whole = written(form, rows).encode()
    ends = list(form.names(io.BytesIO(whole)))
    for size in [*range(0, len(whole), 7), *(end - 1 for _, end in ends), *(e for _, e in ends)]:
        found = list(form.names(io.BytesIO(whole[:size])))
        assert found == [(key, end) for key, end in ends if end <= size]


@pytest.mark.parametrize(("name", "lines"), FORMATS)
@pytest.mark.parametrize("other", [b"dear diary\nno picture\n", b"{}\n[]\n", b"a,b\n1,2\n"])
def test_what_is_no_answer_is_an_error(name: str, lines: bool, other: bytes) -> None:
    with pytest.raises(DigitrecError, match="was not written by this command"):
        list(TEXT_FORMATS[name](lines).names(io.BytesIO(other)))


def test_names_with_what_looks_like_a_reason_are_told_apart() -> None:
    form = TEXT_FORMATS["text"](False)
    names = ["s  (1).png", "s  (2).png", "s"]
    text = written(form, [(name, UNREAD) for name in names])
    found = [key for key, _ in form.names(io.BytesIO(text.encode()))]
    assert found == [form.key(name) for name in names]
    assert len(set(found)) == len(names)


def test_a_field_of_a_table_that_has_no_end_is_an_error() -> None:
    form = TEXT_FORMATS["csv"](False)
    table = (form.head + '"' + "x" * 200_000).encode()
    with pytest.raises(DigitrecError, match="was not written by this command"):
        list(form.names(io.BytesIO(table)))


@pytest.mark.parametrize("name", ["csv", "json", "jsonl"])
def test_answers_with_other_options_are_an_error(name: str) -> None:
    for lines in (False, True):
        with pytest.raises(DigitrecError, match="was not written by this command"):
            list(TEXT_FORMATS[name](lines).names(io.BytesIO(sample(name, not lines).encode())))
