from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from places import obedient
from predict_command import Run, draw

from digitrec import Recognizer
from digitrec.data.synthetic import digits as synthetic
from digitrec.drawing.rasterise import rasterise_drawing
from digitrec.recognition import read_files
from digitrec.recognition.single_digits import digit_reader

# --- what it prints -----------------------------------------------------------------------------


def test_json_is_a_list_with_an_object_a_picture(run: Run, model: Path) -> None:
    draw("a.png", 1)
    draw("b.png", 2)
    done = run("b.png", "a.png", "--json")
    assert (done.code, done.errors) == (0, [])
    assert done.files == ["b.png", "a.png"]
    expected = Recognizer.load(model).recognize_batch(["b.png", "a.png"])
    for row, p in zip(done.json, expected, strict=True):
        assert set(row) >= {"file", "digit", "confidence", "probabilities", "text"}
        assert row["digit"] == p.digit
        assert row["text"] == str(p.digit)
        assert row["confidence"] == pytest.approx(p.confidence, abs=1e-5)
        assert row["probabilities"] == pytest.approx(p.probabilities.tolist(), abs=1e-5)
        assert sum(row["probabilities"]) == pytest.approx(1, abs=1e-5)


def test_text_is_a_line_a_picture(run: Run) -> None:
    draw("a.png")
    Image.new("L", (20, 20), 255).save("blank.png")
    done = run("a.png", "blank.png")
    assert (done.code, done.errors) == (0, [])
    first, second = done.out.splitlines()
    [row, _] = run("a.png", "blank.png", "--json").json
    assert first.split() == [row["text"], f"{row['confidence']:.2%}", "a.png"]
    assert second.split(maxsplit=2) == ["-", "10.00%", "blank.png  (nothing is drawn)"]


def test_csv_is_a_table(run: Run) -> None:
    names = ['with, comma and "quotes".png', "b.png"]
    for number, name in enumerate(names):
        draw(name, number)
    Image.new("L", (20, 20), 255).save("blank.png")
    done = run(*names, "blank.png", "--csv")
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert [row["file"] for row in rows] == [*names, "blank.png"]
    for row, expected in zip(rows, run(*names, "blank.png", "--json").json, strict=True):
        assert row["text"] == row["digit"] == expected["text"]
        assert float(row["confidence"]) == expected["confidence"]
        assert [float(row[f"p{digit}"]) for digit in range(10)] == expected["probabilities"]


def test_a_blank_picture_is_null_in_json(run: Run) -> None:
    Image.new("L", (20, 20), 255).save("blank.png")
    [row] = run("blank.png", "--json").json
    assert (row["digit"], row["text"], row["reason"]) == (None, "", "nothing is drawn")


def test_one_style_at_a_time(run: Run) -> None:
    done = run("a.png", "--json", "--csv")
    assert done.code == 2
    assert "not allowed with" in done.errors[-1]


# --- which pictures -----------------------------------------------------------------------------


def test_a_folder_stands_for_the_pictures_below_it_in_order(run: Run) -> None:
    names = ["d/1.png", "d/2.jpg", "d/10.PNG", "d/sub/3.gif", "d/sub/deep/4.webp"]
    for number, name in enumerate(names):
        draw(name, number)
    Path("d/notes.txt").write_text("no picture")
    Path("d/folder.png").mkdir()
    done = run("d", "--json")
    skipped = ["skipped 1 file that is not a picture: d/notes.txt"]
    assert (done.code, done.errors) == (0, skipped)
    assert done.files == names


def test_a_pattern_stands_for_what_it_matches(run: Run) -> None:
    for number, name in enumerate(["x/b.png", "x/a.png", "x/c.bmp", "y/a.png", "y/z/d.png"]):
        draw(name, number)
    assert run("x/*.png", "--json").files == ["x/a.png", "x/b.png"]
    assert run("?/a.png", "--json").files == ["x/a.png", "y/a.png"]
    assert run("**/d.png", "--json").files == ["y/z/d.png"]
    assert run("[xy]", "--json").files == ["x/a.png", "x/b.png", "x/c.bmp", "y/a.png", "y/z/d.png"]


@pytest.mark.parametrize(
    "name",
    ["a b.png", "a[1].png", "[ab].png", "größe 数.png", "*.png", "what?.png", "-.png", "'\".png"],
)
def test_a_name_is_taken_as_it_is(name: str, run: Run) -> None:
    draw("b.png", 2)
    draw(name, 1)
    assert run(f"./{name}", "--json").files == [f"./{name}"]


def test_a_folder_with_signs_of_patterns_in_its_name_is_one(run: Run) -> None:
    draw("run [1]/a*.png")
    assert run("run [1]", "--json").files == ["run [1]/a*.png"]


def test_the_order_is_that_of_the_words(run: Run) -> None:
    names = [f"{number}.png" for number in (3, 1, 2)]
    for number, name in enumerate(names):
        draw(name, number)
    assert run(*names, "1.png", "--json").files == [*names, "1.png"]


def test_standard_input_is_one_picture(run: Run) -> None:
    draw("a.png", 1)
    draw("b.png", 2)
    done = run("b.png", "-", "--json", stdin=Path("a.png").read_bytes())
    assert (done.code, done.errors) == (0, [])
    assert done.files == ["b.png", "-"]
    [named] = run("a.png", "--json").json
    assert done.json[1]["probabilities"] == pytest.approx(named["probabilities"], abs=1e-5)


def test_standard_input_that_is_not_a_picture_is_reported(run: Run) -> None:
    for content, problem in (
        (b"", "an empty file"),
        (b"no picture", "not an image file that Pillow can read"),
    ):
        done = run("-", stdin=content)
        assert done.code == 2
        assert done.errors == [f"error: standard input: {problem}"]


def test_more_pictures_than_go_through_at_once(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(7):
        draw(f"d/{number}.png", number)
    Path("d/3.png").write_text("no picture")
    at_once = run("d", "--json")
    monkeypatch.setattr(read_files, "IMAGES_AT_ONCE", 3)
    monkeypatch.setattr(digit_reader, "BATCH", 2)
    in_parts = run("d", "--json")
    assert in_parts.files == at_once.files == [f"d/{number}.png" for number in range(7)]
    assert in_parts.errors == at_once.errors
    for part, whole in zip(in_parts.json, at_once.json, strict=True):
        assert part["probabilities"] == pytest.approx(whole["probabilities"], abs=1e-5)


def test_pages_are_rows_and_one_can_be_chosen(run: Run) -> None:
    draw("a.png", 1)
    draw("b.png", 2)
    Image.open("a.png").save("scan.tif", save_all=True, append_images=[Image.open("b.png")])
    assert run("scan.tif", "b.png", "--json").files == ["scan.tif[1]", "scan.tif[2]", "b.png"]
    done = run("scan.tif", "--page", "2", "--json")
    assert (done.code, done.files) == (0, ["scan.tif[2]"])
    done = run("scan.tif", "b.png", "--page", "2", "--json")
    assert (done.code, done.files) == (1, ["scan.tif[2]", "b.png"])
    assert done.errors == ["error: b.png: the image has 1 page; there is no page 2"]
    done = run("scan.tif", "--page", "0")
    assert done.code == 2
    assert "a page is a number from 1 on, not 0" in done.errors[-1] + done.errors[0]


def test_a_name_is_one_line_of_text_and_itself_in_json(run: Run) -> None:
    name = "new\nline\x1b[31m.png"
    draw(name)
    assert run(name).out.splitlines()[0].endswith("  new\\nline\\x1b[31m.png")
    assert run(name, "--json").files == [name]


# --- what cannot be read ------------------------------------------------------------------------


def test_of_some_that_cannot_be_read_the_others_are(run: Run) -> None:
    draw("a.png", 1)
    draw("c.png", 2)
    draw("cut.png")
    Path("cut.png").write_bytes(Path("cut.png").read_bytes()[:60])
    Path("text.png").write_text("no picture")
    done = run("a.png", "none.png", "cut.png", "text.png", "c.png", "--json")
    assert done.code == 1
    assert done.files == ["a.png", "none.png", "cut.png", "text.png", "c.png"]
    assert done.json[1] == {
        "file": "none.png",
        "digit": None,
        "confidence": 0.0,
        "probabilities": [0.1] * 10,
        "text": "",
        "reason": "there is no such file",
    }
    assert re.fullmatch(r"read 2 \([012] rejected\), 3 unreadable, in [0-9.]+ s", done.summary)
    assert [line.split(":")[:2] for line in done.errors] == [
        ["error", " none.png"],
        ["error", " cut.png"],
        ["error", " text.png"],
    ]


def test_what_may_not_be_opened_is_told_and_the_others_are_read(
    model: Path, tmp_path: Path
) -> None:
    """Of files that are named, and of those in a folder with a folder that is closed."""
    for name in ("a.png", "closed/b.png", "c.png"):
        draw(tmp_path / name)
    (tmp_path / "closed").chmod(0)
    start = [*obedient(), sys.executable, "-W", "error", "-m", "digitrec.predict", "--csv"]
    try:
        for words, closed in (
            (["a.png", "closed/b.png", "c.png"], "closed/b.png"),
            (["."], "closed"),
        ):
            done = subprocess.run(
                [*start, *words, "--checkpoint", str(model), "--device", "cpu"],
                cwd=tmp_path, capture_output=True, text=True,
            )  # fmt: skip
            assert done.returncode == 1, done.stderr
            read = {row["file"]: row["reason"] for row in csv.DictReader(io.StringIO(done.stdout))}
            assert {*read} == {"a.png", closed, "c.png"}
            assert read[closed].endswith("Permission denied")
    finally:
        (tmp_path / "closed").chmod(0o700)


@pytest.mark.parametrize("style", [[], ["--json"], ["--csv"]])
def test_where_none_can_be_read_the_code_is_2(style: list[str], run: Run) -> None:
    Path("empty").mkdir()
    done = run("none.png", "empty", "*.gif", *style)
    assert done.code == 2
    assert len(done.errors) == 3
    for line, name in zip(done.errors, ("none.png", "empty", "*.gif"), strict=True):
        assert line.startswith(f"error: {name}: ")
    assert "folder without image files" in done.errors[1]
    for name in ("none.png", "empty", "*.gif"):
        assert done.out.count(name) == 1


def test_what_is_not_a_checkpoint_is_one_line(run: Run, tmp_path: Path) -> None:
    draw("a.png")
    Path("text.h5").write_text("weights")
    for name in ("none.h5", "text.h5"):
        done = run("a.png", weights=tmp_path / name)
        assert (done.code, done.out) == (2, "")
        [line] = done.errors
        assert line.startswith(f"error: {tmp_path / name}")


def test_without_pictures_it_says_how_to_call_it(run: Run) -> None:
    done = run()
    assert done.code == 2
    assert "the following arguments are required: IMAGE" in done.errors[0]
    assert "python -m digitrec.predict --help" in done.errors[0]


def test_the_command_as_users_run_it(model: Path, tmp_path: Path) -> None:
    """A real process, with a picture in a pipe and a name that is not valid text."""
    draw(tmp_path / "a.png")
    odd = os.fsencode(tmp_path) + b"/\xff.png"
    Path(os.fsdecode(odd)).write_bytes((tmp_path / "a.png").read_bytes())
    (tmp_path / "bad\x1b[31m.png").write_text("no picture")
    words = ["-", "bad\x1b[31m.png", odd, "--checkpoint", str(model), "--device", "cpu"]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "digitrec.predict", *words],
        input=(tmp_path / "a.png").read_bytes(),
        cwd=tmp_path,
        env={**os.environ, "PYTHONIOENCODING": "utf-8:strict"},
        capture_output=True,
    )
    assert done.returncode == 1
    first, bad, second = done.stdout.splitlines()
    assert bad.startswith(b"-    0.00%  bad\\x1b[31m.png  (not an image file")
    assert first.split()[2:] == [b"-"]
    assert second.split()[2:] == [odd]
    assert first.split()[:2] == second.split()[:2]
    error, summary = done.stderr.splitlines()
    assert error == b"error: bad\\x1b[31m.png: not an image file that Pillow can read"
    assert summary.startswith(b"read 2 (")


def test_help_does_not_import_pytorch() -> None:
    program = (
        "import sys; sys.argv = ['predict', '--help']; import digitrec.predict as p\n"
        "try:\n    p.main()\nexcept SystemExit:\n"
        "    sys.exit('torch' in sys.modules or 'numpy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True)
    assert done.returncode == 0, done.stderr
    assert b"--checkpoint" in done.stdout


# --- how it starts ------------------------------------------------------------------------------


def test_a_few_pictures_are_read_without_pytorch(run: Run) -> None:
    ink = rasterise_drawing(synthetic.draw(7, np.random.default_rng(0)))
    Image.fromarray(255 - ink).save("a.png")
    code = (
        "import sys; from digitrec.predict import main; sys.argv[1:] = ['a.png', '--json']; "
        "main(); assert 'torch' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    [alone], [by_pytorch] = json.loads(done.stdout), run(".", "--json", weights=None).json
    assert alone["digit"] == by_pytorch["digit"] == 7
    assert alone["probabilities"] == pytest.approx(by_pytorch["probabilities"], abs=1e-3)
