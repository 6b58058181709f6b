"""The command predict on pictures of several digits."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from predict_command import Run

from digitrec import Recognizer
from digitrec.data.synthetic.digits import draw as draw_digit
from digitrec.data.synthetic.written_numbers import write_number
from digitrec.drawing.rasterise import rasterise_drawing


def draw_number(path: str, *digits: int) -> None:
    """Save a handwritten number, in black on white."""
    rng = np.random.default_rng(1)
    paths = [[stroke.points for stroke in draw_digit(digit, rng).strokes] for digit in digits]
    Image.fromarray(255 - write_number(paths, rng)).save(path)


def test_lines_as_text(run: Run) -> None:
    draw_number("number.png", 4, 0, 7)
    Image.new("L", (60, 40), 255).save("blank.png")
    done = run("--lines", "number.png", "blank.png", "none.png", weights=None)
    text = Recognizer.load().read("number.png").text
    assert "407" in text
    assert done.out.splitlines() == [
        f"{text}  number.png",
        "-  blank.png  (nothing is drawn)",
        "-  none.png  (there is no such file)",
    ]
    assert (done.code, done.errors) == (1, ["error: none.png: there is no such file"])


def test_lines_as_json_and_as_a_table(run: Run) -> None:
    draw_number("number.png", 4, 0, 7)
    Image.new("L", (60, 40), 255).save("blank.png")
    page = Recognizer.load().read("number.png")
    done = run("--lines", "number.png", "blank.png", "--json", weights=None)
    first, blank = done.json
    assert done.code == 0
    assert (first["file"], first["text"]) == ("number.png", page.text)
    assert (blank["text"], blank["lines"]) == ("", [])
    for line, expected in zip(first["lines"], page.lines, strict=True):
        for row, p in zip(line, expected, strict=True):
            assert (row["digit"], row["text"], tuple(row["box"])) == (p.digit, p.text, p.box)
            assert row["probabilities"] == pytest.approx(p.probabilities.tolist(), abs=1e-5)
    done = run("--lines", "number.png", "blank.png", "--csv", weights=None)
    rows = list(csv.DictReader(io.StringIO(done.out)))
    *digits, blank = rows
    assert [row["digit"] for row in digits] == [p.text for p in page.digits]
    assert [int(row["right"]) for row in digits] == [p.box[2] for p in page.digits if p.box]
    assert {row["line"] for row in digits} == {"1"}
    assert (blank["file"], blank["line"], blank["reason"]) == ("blank.png", "", "nothing is drawn")


def test_digits_only_leaves_out_what_stands_between_them(run: Run) -> None:
    number = rasterise_drawing(draw_digit(7, np.random.default_rng(0)))
    rows, columns = np.flatnonzero(number.any(axis=1)), np.flatnonzero(number.any(axis=0))
    seven = number[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    side = max(seven.shape)
    dash = np.zeros((len(seven), side), np.uint8)
    dash[len(seven) // 2 : len(seven) // 2 + side // 10, side // 5 : -side // 5] = 255
    picture = np.pad(np.concatenate([seven, dash, seven], axis=1), side // 2)
    Image.fromarray(255 - picture).save("dash.png")
    [row] = run("--lines", "dash.png", "--json", weights=None).json
    assert (row["text"], row["marks"][0][0]["text"]) == ("7-7", "-")
    [row] = run("--lines", "--digits-only", "dash.png", "--json", weights=None).json
    assert (row["text"], row["marks"]) == ("77", [])


def test_a_picture_of_several_digits_is_told_and_lines_named(run: Run) -> None:
    draw_number("number.png", 4, 0, 7)
    content = Path("number.png").read_bytes()
    [row] = run("number.png", "--json", weights=None).json
    assert (row["digit"], row["text"]) == (None, "")
    assert row["reason"] == "several digits, which --lines reads as 407"
    for words in (["number.png"], ["-"]):
        done = run(*words, weights=None, stdin=content)
        assert done.out.endswith("(several digits, which --lines reads as 407)\n")


def test_pictures_with_boxes_are_new_files(run: Run) -> None:
    for folder in ("a", "b"):
        Path(folder).mkdir()
        draw_number(f"{folder}/number.png", 4, 0, 7)
    before = Path("a/number.png").read_bytes()
    done = run("a", "b", "none.png", "--boxes-out", "a", weights=None)
    assert (done.code, done.errors) == (1, ["error: none.png: there is no such file"])
    assert done.out.splitlines() == [
        "407  a/number.png",
        "407  b/number.png",
        "-  none.png  (there is no such file)",
    ]
    names = {path.name for path in Path("a").iterdir()}
    assert names == {"number.png", "number-boxes.png", "number-boxes-2.png"}
    assert Path("a/number.png").read_bytes() == before
    with Image.open("a/number-boxes.png") as drawn, Image.open("a/number.png") as read:
        assert drawn.mode == "RGB"
        assert drawn.width > read.width
    done = run("b/number.png", "--boxes-out", "a/number.png", weights=None)
    assert done.code == 2
    assert done.errors[0].startswith("error: b/number.png: a/number.png: cannot be written")
