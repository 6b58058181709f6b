from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import numpy as np

from digitrec.recognition.output_formats import OutputFormat, write_pages, write_predictions
from digitrec.recognition.results import Mark, Page, Prediction, Rejection

IMAGE = np.zeros((28, 28), np.float32)
SEVEN = Prediction(7, 0.75, np.where(np.arange(10) == 7, 0.75, 0.25 / 9), IMAGE)
REJECTED = Prediction(None, 0.1, np.full(10, 0.1), IMAGE, 0.0, Rejection("not a digit", 8))
BOX = (1, 2, 30, 40)


def predictions(form: OutputFormat) -> str:
    file = io.StringIO()
    write_predictions([("a.png", SEVEN), ("b, c.png", REJECTED)], form, file)
    return file.getvalue()


def pages(form: OutputFormat) -> str:
    boxed = Prediction(7, 0.75, SEVEN.probabilities, IMAGE, box=BOX)
    file = io.StringIO()
    write_pages([("a.png", Page(((boxed, boxed), (boxed,)))), ("b.png", Page(()))], form, file)
    return file.getvalue()


def test_marks_are_in_all_formats() -> None:
    boxed = Prediction(7, 0.75, SEVEN.probabilities, IMAGE, box=BOX)
    page = Page(((boxed, boxed),), ((Mark(",", 0.9, BOX, 1), Mark("?", 0.4, (5, 6, 7, 8), 2)),))
    written = {}
    for form in ("text", "json", "csv"):
        file = io.StringIO()
        write_pages([("a.png", page)], form, file)  # type: ignore[arg-type]
        written[form] = file.getvalue()
    assert written["text"] == "7,7?  a.png\n"
    (row,) = json.loads(written["json"])
    assert (row["text"], len(row["lines"][0])) == ("7,7?", 2)
    assert row["marks"][0][0] == {
        "text": ",",
        "confidence": 0.9,
        "box": list(BOX),
        "place": 1,
        "reason": None,
    }
    assert row["marks"][0][1]["reason"] == "a mark, but not sure which"
    rows = list(csv.DictReader(io.StringIO(written["csv"])))
    assert [one["digit"] for one in rows] == ["7", ",", "7", "?"]
    assert rows[3]["left"] == "5"


def test_text_has_a_line_a_picture() -> None:
    assert predictions("text").splitlines() == [
        "7   75.00%  a.png",
        "-   10.00%  b, c.png  (not a digit; nearest to an 8)",
    ]


def test_json_has_an_object_a_picture() -> None:
    seven, rejected = json.loads(predictions("json"))
    assert list(seven) == ["file", "digit", "confidence", "probabilities", "text", "reason"]
    assert (seven["digit"], seven["text"], seven["reason"]) == (7, "7", None)
    assert seven["probabilities"][7] == seven["confidence"] == 0.75
    assert (rejected["file"], rejected["digit"], rejected["text"]) == ("b, c.png", None, "")
    assert rejected["reason"] == "not a digit; nearest to an 8"


def test_csv_has_a_row_a_picture() -> None:
    seven, rejected = csv.DictReader(io.StringIO(predictions("csv")))
    assert (seven["digit"], seven["text"], float(seven["p7"])) == ("7", "7", 0.75)
    assert (rejected["file"], rejected["digit"], float(rejected["p0"])) == ("b, c.png", "", 0.1)
    assert (seven["reason"], rejected["reason"]) == ("", "not a digit; nearest to an 8")


def test_pages_have_lines() -> None:
    assert pages("text").splitlines() == ["77  a.png", "7  a.png", "-  b.png  (nothing is drawn)"]
    first, blank = json.loads(pages("json"))
    assert (first["text"], blank["text"], blank["lines"]) == ("77\n7", "", [])
    assert [[one["box"] for one in line] for line in first["lines"]] == [
        [list(BOX)] * 2,
        [list(BOX)],
    ]
    rows = list(csv.DictReader(io.StringIO(pages("csv"))))
    assert [(row["file"], row["line"]) for row in rows] == [
        ("a.png", "1"),
        ("a.png", "1"),
        ("a.png", "2"),
    ]
    assert tuple(int(rows[0][side]) for side in ("left", "top", "right", "bottom")) == BOX


def test_a_rejected_digit_of_a_page_keeps_its_box_confidence_and_reason() -> None:
    page = Page(((replace(REJECTED, box=BOX),),))
    for form in ("json", "csv"):
        file = io.StringIO()
        write_pages([("a.png", page)], form, file)
        if form == "json":
            [[row]] = json.loads(file.getvalue())[0]["lines"]
            assert (row["digit"], row["box"]) == (None, list(BOX))
        else:
            [row] = csv.DictReader(io.StringIO(file.getvalue()))
            assert (row["digit"], row["left"]) == ("", str(BOX[0]))
        assert float(row["confidence"]) == 0.1
        assert row["reason"] == "not a digit; nearest to an 8"
