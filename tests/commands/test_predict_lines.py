"""The command predict on pictures of several digits."""

from __future__ import annotations

import csv
import io
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from predict_command import Run

from digitrec import Recognizer
from digitrec.benchmarks.handwriting.written_numbers import write_number
from digitrec.data.synthetic.digits import draw as draw_digit
from digitrec.drawing.rasterise import rasterise_drawing
from digitrec.recognition import drawn_boxes
from digitrec.recognition.answer_files.answer_file import AnswerFile
from digitrec.recognition.answer_files.parquet_parts import ParquetParts


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


def test_a_page_on_its_side_is_read_upright_and_said_to_be_turned(run: Run) -> None:
    draw_number("number.png", 4, 0, 7, 3, 2)
    with Image.open("number.png") as upright:
        size = upright.size
        upright.rotate(-90, expand=True).save("turned.png")
    expected = run("--lines", "number.png", "--json", weights=None)
    done = run("--boxes-out", "marked", "turned.png", "number.png", "--json", weights=None)
    said = "turned.png: turned by 90 degrees clockwise, and read upright"
    assert (done.code, done.errors, expected.errors) == (0, [said], [])
    turned, upright_row = done.json
    assert [upright_row] == expected.json
    assert turned.keys() == upright_row.keys()
    assert (turned["text"], turned["reason"]) == (upright_row["text"], None)
    for one, other in zip(turned["lines"][0], upright_row["lines"][0], strict=True):
        left, top, right, bottom = other["box"]
        assert one["box"] == [size[1] - bottom, left, size[1] - top, right]
    with Image.open("marked/turned-boxes.png") as one, Image.open("marked/number-boxes.png") as two:
        assert np.array_equal(np.asarray(one), np.asarray(two))


@pytest.mark.parametrize("folder", ["b/number.png", "b/number.png/new"])
def test_a_file_is_no_folder_for_pictures_with_boxes(folder: str, run: Run) -> None:
    Path("b").mkdir()
    draw_number("b/number.png", 4, 0, 7)
    done = run("b/number.png", "--boxes-out", folder, "-o", "answers.csv", weights=None)
    assert (done.code, done.out) == (2, "")
    assert done.errors == [f"error: --boxes-out {folder}: b/number.png is a file; name a folder"]
    assert not Path("answers.csv").exists()


@pytest.mark.parametrize("name", ["answers.json", "answers.parquet"])
def test_boxes_that_cannot_be_written_are_no_error_of_a_picture(
    name: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        draw_number(f"{number}.png", 4, 0, 7)
    saved = drawn_boxes.save_beside

    def fail_at_last(folder: Path, name: str, page: int, picture: Image.Image) -> Path:
        if name == "2.png":
            folder = folder / "0-boxes.png"  # a file
        return saved(folder, name, page, picture)

    words = ["0.png", "1.png", "2.png", "--boxes-out", "out", "-o", name]
    with monkeypatch.context() as patched:
        patched.setattr(drawn_boxes, "save_beside", fail_at_last)
        done = run(*words, weights=None)
    assert done.code == 2
    assert len(done.errors) == 1
    assert done.errors[0] == "error: out/0-boxes.png: File exists"
    done = run(*words, "--resume", weights=None)
    assert (done.code, done.summary.rpartition("; ")[2]) == (0, "2 files were read before")


@pytest.mark.parametrize("output", [AnswerFile, ParquetParts])
def test_a_stop_at_the_last_write_is_told_with_how_to_go_on(
    output: type[AnswerFile | ParquetParts], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw_number("number.png", 4, 0, 7)
    finish, stops = output.finish, iter([True])

    def stop_first(self: Any) -> None:
        if next(stops, False):
            raise KeyboardInterrupt(signal.SIGTERM)
        finish(self)

    monkeypatch.setattr(output, "finish", stop_first)
    name = "answers.parquet" if output is ParquetParts else "answers.csv"
    done = run("--lines", "number.png", "-o", name, weights=None)
    assert done.code == 128 + signal.SIGTERM
    assert done.errors == ["interrupted; --resume reads what is left"]
    assert not Path(f".{name}.lock").exists()


@pytest.mark.parametrize("words", [["in"], ["in/*"], ["--files", "list"]])
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_what_the_command_writes_is_not_read(words: list[str], ending: str, run: Run) -> None:
    Path("in/marked").mkdir(parents=True)
    Path("list").write_text("../" + Path.cwd().name + "/in\n")
    for name in ("a", "marked/b", "of-boxes"):
        draw_number(f"in/{name}.png", 4)
    words = [*words, "-o", f"in/answers.{ending}", "--boxes-out", "in/marked"]
    again = 1 if ending == "csv" else 0  # its last row may be half of a page
    for more, read in (([], 3), (["--resume"], again)):
        done = run(*words, *more, weights=None)
        assert (done.code, done.errors) == (0, [])
        assert done.summary.startswith(f"read {read} ")
