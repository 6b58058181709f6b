from __future__ import annotations

import json
from dataclasses import replace

import numpy as np

from digitrec.errors import PictureError
from digitrec.recognition.answer_rows import (
    page_row,
    prediction_row,
    unread_page_row,
    unread_prediction_row,
)
from digitrec.recognition.results import Page, Prediction, Rejection

IMAGE = np.zeros((28, 28), np.float32)
SEVEN = Prediction(7, 0.75, np.where(np.arange(10) == 7, 0.75, 0.25 / 9), IMAGE)
REJECTED = Prediction(None, 0.1, np.full(10, 0.1), IMAGE, 0.0, Rejection("not a digit", 8))
BOX = (1, 2, 30, 40)
FIELDS = ["file", "digit", "confidence", "probabilities", "text", "reason"]


def test_a_row_has_the_fields_that_programs_rely_on() -> None:
    seven, rejected = prediction_row("a.png", SEVEN), prediction_row("b.png", REJECTED)
    assert list(seven) == list(rejected) == FIELDS
    assert (seven["digit"], seven["text"], seven["reason"]) == (7, "7", None)
    assert seven["probabilities"][7] == seven["confidence"] == 0.75
    assert (rejected["file"], rejected["digit"], rejected["text"]) == ("b.png", None, "")
    assert rejected["reason"] == "not a digit; nearest to an 8"


def test_the_row_of_a_page_has_its_lines() -> None:
    boxed = replace(SEVEN, box=BOX)
    row = page_row("a.png", Page(((boxed, replace(REJECTED, box=BOX)), (boxed,))))
    assert (row["file"], row["text"], row["reason"]) == ("a.png", "7?\n7", None)
    assert [[one["box"] for one in line] for line in row["lines"]] == [[BOX] * 2, [BOX]]
    assert row["lines"][0][1]["reason"] == "not a digit; nearest to an 8"
    blank = page_row("b.png", Page(()))
    assert (blank["text"], blank["lines"], blank["reason"]) == ("", [], "nothing is drawn")
    printed = Rejection("printed")
    assert page_row("c.png", Page((), rejection=printed))["reason"] == str(printed)


def test_what_cannot_be_read_has_a_row_with_the_same_fields() -> None:
    error = PictureError("there is no such file", "a.png")
    row = unread_prediction_row("a.png", error)
    assert list(row) == FIELDS
    assert (row["digit"], row["confidence"]) == (None, 0)
    assert row["probabilities"] == [0.1] * 10
    assert row["reason"] == "there is no such file"
    page = unread_page_row("a.png", error)
    assert list(page) == list(page_row("b.png", Page(())))
    assert json.loads(json.dumps(page))["lines"] == []
