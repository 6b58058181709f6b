"""Reading many files: lists, files of answers, and going on after a kill, as users do it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest
import torch
from networks import build
from PIL import Image, ImageDraw

from digitrec.models import checkpoint
from digitrec.models.checkpoint import Checkpoint

ENVIRONMENT = {**os.environ, "PYTHONWARNINGS": "error", "OMP_NUM_THREADS": "1"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the network model.h5, and in pictures/ 300 pictures and a text."""
    folder = tmp_path_factory.mktemp("place")
    torch.manual_seed(0)
    network = build("tiny").eval()
    checkpoint.save(folder / "model.h5", Checkpoint("tiny", {}, network), torch.rand(8, 1, 28, 28))
    for number in range(300):
        image = Image.new("L", (70, 70), 255)
        points = np.random.default_rng(number).uniform(15, 55, (4, 2)).tolist()
        ImageDraw.Draw(image).line([tuple(point) for point in points], fill=0, width=5)
        path = folder / "pictures" / str(number % 3) / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        image.save(path)
    (folder / "pictures" / "1" / "301.png").write_text("no picture")
    return folder


def command(*words: str) -> list[str]:
    chosen = ["--checkpoint", "model.h5", "--device", "cpu"]
    return [sys.executable, "-m", "digitrec.predict", *words, *chosen]


def predict(
    place: Path, *words: str, stdin: bytes = b"", code: int = 1
) -> subprocess.CompletedProcess[bytes]:
    done = subprocess.run(
        command(*words), input=stdin, capture_output=True, cwd=place, env=ENVIRONMENT
    )
    assert done.returncode == code, done.stderr
    return done


def kill_in_the_middle(place: Path, *words: str, stop: signal.Signals = signal.SIGKILL) -> None:
    """Begin with a list of the first pictures that does not end, and stop the process then."""
    names = sorted(str(path) for path in (place / "pictures").rglob("*.png"))
    process = subprocess.Popen(
        command("--files", "-", *words),
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=place,
        env=ENVIRONMENT,
    )
    assert process.stdin is not None
    process.stdin.write(os.fsencode("\n".join(names[:150]) + "\n"))
    process.stdin.flush()
    output = place / words[words.index("--output") + 1]
    for _ in range(600):
        if output.exists() and output.stat().st_size > 5000:
            break
        time.sleep(0.05)
    process.send_signal(stop)
    process.stdin.close()
    process.wait(20)


@pytest.mark.parametrize("name", ["answers.jsonl", "answers.csv", "answers.json", "answers.txt"])
def test_after_a_kill_resume_reads_what_is_left(name: str, place: Path) -> None:
    names = sorted(str(path) for path in (place / "pictures").rglob("*.png"))
    listed = os.fsencode("\n".join(names))
    whole, cut = f"whole-{name}", f"cut-{name}"
    predict(place, "--files", "-", "--output", whole, stdin=listed)
    kill_in_the_middle(place, "--output", cut)
    written = (place / cut).read_bytes()
    assert 0 < len(written) < (place / whole).stat().st_size
    (place / cut).write_bytes(written[:-9])  # as if it was killed while it wrote a row
    done = predict(place, "--files", "-", "--output", cut, "--resume", stdin=listed)
    assert (place / cut).read_bytes() == (place / whole).read_bytes()
    assert b"files were read before" in done.stderr
    assert not list(place.glob(".*.lock"))


def test_ctrl_c_leaves_a_whole_array_and_says_how_to_go_on(place: Path) -> None:
    kill_in_the_middle(place, "--output", "stopped.json", stop=signal.SIGINT)
    rows = json.loads((place / "stopped.json").read_text())
    assert 0 < len(rows) < 301


def test_parquet_is_a_folder_of_parts(place: Path) -> None:
    done = predict(place, "pictures", "--output", "answers.parquet")
    assert b"error: pictures/1/301.png: not an image file" in done.stderr
    assert b"300 unreadable" not in done.stderr
    table = pyarrow.parquet.read_table(place / "answers.parquet")
    rows = json.loads(predict(place, "pictures", "--json").stdout)
    assert table.to_pylist() == rows
    again = predict(place, "pictures", "--output", "answers.parquet", "--resume", code=0)
    assert b"read 0 (0 rejected), 0 unreadable" in again.stderr
    assert b"; 301 files were read before" in again.stderr
    assert pyarrow.parquet.read_table(place / "answers.parquet") == table


def test_the_list_can_be_a_file_and_end_in_nul(place: Path) -> None:
    (place / "new\nline.png").write_bytes((place / "pictures" / "0" / "0.png").read_bytes())
    (place / "list").write_bytes(b"new\nline.png\0pictures/2\0none.png\0")
    rows = json.loads(predict(place, "--files", "list", "--null", "--json").stdout)
    assert (rows[0]["file"], rows[-1]["file"]) == ("new\nline.png", "none.png")
    assert len(rows) == 102


def test_lines_have_boxes_in_every_format(place: Path) -> None:
    words = ["--lines", "pictures/0/0.png", "none.png"]
    predict(place, *words, "--output", "lines.parquet")
    rows = pyarrow.parquet.read_table(place / "lines.parquet").to_pylist()
    expected = json.loads(predict(place, *words, "--json").stdout)
    assert rows == expected
    assert [row["reason"] for row in rows] == [None, "there is no such file"]
    jsonl = predict(place, *words, "--jsonl").stdout.splitlines()
    assert [json.loads(line) for line in jsonl] == expected


def test_answers_come_before_the_list_ends(place: Path) -> None:
    process = subprocess.Popen(
        command("--files", "-", "--jsonl"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=place,
        env=ENVIRONMENT,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    for name in ("pictures/0/0.png", "pictures/1/1.png"):
        process.stdin.write(os.fsencode(f"{name}\n"))
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["file"] == name
    process.stdin.close()
    assert process.wait(20) == 0
    process.stdout.close()


def test_a_reader_that_ends_ends_the_command(place: Path) -> None:
    process = subprocess.Popen(
        command("pictures", "--jsonl"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=place,
        env=ENVIRONMENT,
    )
    assert process.stdout is not None
    assert process.stdout.readline()
    process.stdout.close()
    assert process.wait(30) in (141, 1)  # 1: all was in the pipe already
    assert process.stderr is not None
    assert b"Traceback" not in process.stderr.read()
    process.stderr.close()


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--resume", "x.png"], "--resume needs --output FILE"),
        (["--parquet", "x.png"], "--parquet needs --output FOLDER"),
        (["--null", "x.png"], "--null is for --files"),
        (["--files", "-", "-"], "standard input is one picture, -, or a list"),
        (["--files", "no list"], "--files no list: No such file or directory"),
        (["x.png", "--output", "no/folder.csv"], "there is no folder"),
        (["x.png", "--output", "model.h5"], "is there already; --resume"),
    ],
)
def test_what_does_not_go_together_is_one_line(words: list[str], line: str, place: Path) -> None:
    before = (place / "model.h5").read_bytes()
    done = predict(place, *words, code=2)
    assert len(done.stderr.splitlines()) == 1
    assert line.encode() in done.stderr
    assert (place / "model.h5").read_bytes() == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_one_line(place: Path) -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        done = subprocess.run(
            command("pictures/0", "--jsonl"),
            stdout=full,
            stderr=subprocess.PIPE,
            cwd=place,
            env=ENVIRONMENT,
        )
    assert done.returncode == 2
    assert b"No space left on device" in done.stderr
    assert b"Traceback" not in done.stderr
