"""Reading many files: lists, files of answers, and continuing after a kill, as users do it."""

from __future__ import annotations

import argparse
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet
import pytest
import torch
from networks import build
from predict_command import draw
from started_commands import Started, run_command_alone, start_command

from digitrec.models import checkpoint
from digitrec.models.checkpoint import Checkpoint
from digitrec.predict import count_given, main
from digitrec.run_command import run_command

ENVIRONMENT = {**os.environ, "PYTHONWARNINGS": "error", "OMP_NUM_THREADS": "1"}
Predict = Callable[..., "Done"]


class Done(NamedTuple):
    """How a command ended, and what it printed."""

    code: int
    out: str
    errors: str


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the network model.h5, and in pictures/ 60 pictures and a text."""
    folder = tmp_path_factory.mktemp("place")
    torch.manual_seed(0)
    network = build("tiny").eval()
    checkpoint.save(folder / "model.h5", Checkpoint("tiny", {}, network), torch.rand(8, 1, 28, 28))
    for number in range(60):
        path = folder / "pictures" / str(number % 3) / f"{number}.png"
        draw(path, number)
    (folder / "pictures" / "1" / "61.png").write_text("no picture")
    return folder


@pytest.fixture
def predict(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Predict:
    """Run the command in this process, in the folder."""
    monkeypatch.chdir(place)

    def call(*words: str, stdin: bytes = b"", code: int = 1) -> Done:
        monkeypatch.setattr(sys, "argv", command(*words))
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as exit_:
            run_command(main)
        assert isinstance(exit_.value.code, int)
        done = Done(exit_.value.code, *capsys.readouterr())
        assert done.code == code, done.errors
        return done

    return call


def command(*words: str) -> list[str]:
    return ["digitrec.predict", *words, "--checkpoint", "model.h5", "--device", "cpu"]


def begin(place: Path, *words: str) -> Started:
    pipe = subprocess.PIPE
    return start_command(
        command(*words),
        stdin=pipe, stdout=pipe, stderr=pipe, text=False, cwd=place, env=ENVIRONMENT,
    )  # fmt: skip


def listed(place: Path) -> bytes:
    names = sorted(str(path) for path in (place / "pictures").rglob("*.png"))
    return os.fsencode("\n".join(names))


def stop_in_the_middle(place: Path, output: str, stop: signal.Signals) -> bytes:
    """Read half of the pictures from a list that does not end; stop the process after these."""
    process = begin(place, "--files", "-", "--output", output)
    assert process.stdin is not None
    names = listed(place).splitlines(keepends=True)
    process.stdin.write(b"".join(names[:30]))
    process.stdin.flush()
    for _ in range(1200):
        path = place / output
        if path.exists() and path.read_bytes().count(b'"file"') == 30:
            break
        time.sleep(0.1)
    process.send_signal(stop)
    _, errors = process.communicate()
    return errors


def test_after_a_kill_resume_reads_what_is_left(place: Path, predict: Predict) -> None:
    predict("--files", "-", "--output", "whole.jsonl", stdin=listed(place))
    stop_in_the_middle(place, "cut.jsonl", signal.SIGKILL)
    written = (place / "cut.jsonl").read_bytes()
    assert len(written.splitlines()) == 30
    (place / "cut.jsonl").write_bytes(written[:-9])  # as if it was killed while it wrote a row
    words = ["--files", "-", "--output", "cut.jsonl", "--resume"]
    done = predict(*words, stdin=listed(place))
    assert (place / "cut.jsonl").read_bytes() == (place / "whole.jsonl").read_bytes()
    # The half row goes, and the rows before it stay.
    assert done.errors.splitlines()[-1].endswith("; 29 files were read before")
    assert not list(place.glob(".*.lock"))


@pytest.mark.parametrize("ending", ["csv", "json", "jsonl", "txt"])
def test_resume_takes_nothing_from_what_is_done(ending: str, place: Path, predict: Predict) -> None:
    output = f"done.{ending}"
    first, second = "pictures/0/0.png", "pictures/1/1.png"
    predict(first, second, "-o", output, code=0)
    before = (place / output).read_bytes()
    again = predict(first, second, "-o", output, "--resume", code=0)
    assert again.errors.startswith("read 0 ")
    assert (place / output).read_bytes() == before
    predict("pictures/2/2.png", "-o", output, "--resume", code=0)
    whole = f"at once.{ending}"
    predict(first, second, "pictures/2/2.png", "-o", whole, code=0)
    assert (place / output).read_bytes() == (place / whole).read_bytes()


@pytest.mark.parametrize("lines", [(), ("--lines",)], ids=["digits", "lines"])
@pytest.mark.parametrize("ending", ["txt", "csv", "json", "jsonl", "parquet"])
def test_resume_tells_of_what_could_not_be_read_before(
    ending: str, lines: tuple[str, ...], tmp_path: Path, predict: Predict
) -> None:
    # Read pages between: the last rows of a file may be half of a page, and are read again.
    names = ["pictures/0/0.png", "gone  (1).png", "pictures/0/3.png", "pictures/0/6.png"]
    words = ["-o", str(tmp_path / f"answers.{ending}"), "--resume", *lines]
    predict(*names, *words, code=1)
    for order in (names, [names[3], *names[:3]]):
        again = predict(*order, *words, code=1)
        assert again.errors.endswith("4 files were read before, of them 1 unreadable\n") or (
            again.errors.endswith("3 files were read before, of them 1 unreadable\n")
            and lines
            and ending in ("txt", "csv")
        )
    predict(names[0], names[2], *words, code=0)
    predict(names[1], *words, code=2)


def test_a_second_call_for_the_same_file_is_one_line(place: Path, predict: Predict) -> None:
    first = begin(place, "--files", "-", "--output", "both.jsonl")
    assert first.stdin is not None
    for _ in range(1200):
        if (place / ".both.jsonl.lock").exists() and (place / "both.jsonl").exists():
            break
        time.sleep(0.1)
    for more in ([], ["--resume"]):
        done = predict("--files", "-", "--output", "both.jsonl", *more, stdin=b"", code=2)
        line = "error: writing both.jsonl is under way in another process; wait for it, or stop it"
        assert done.errors == line + "\n"
    first.stdin.write(listed(place).splitlines()[0])
    first.communicate()
    assert (place / "both.jsonl").read_bytes().count(b'"file"') == 1


@pytest.mark.parametrize(
    "stop", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)]
)
def test_a_stop_leaves_a_whole_array_and_says_how_to_go_on(
    stop: signal.Signals, place: Path
) -> None:
    output = f"stopped by {stop}.json"
    errors = stop_in_the_middle(place, output, stop)
    assert b"interrupted; --resume reads what is left" in errors
    assert len(json.loads((place / output).read_text())) == 30
    assert not (place / f".{output}.lock").exists()


def test_parquet_is_a_folder_of_parts(place: Path, predict: Predict) -> None:
    done = predict("pictures", "--output", "answers.parquet")
    assert "error: pictures/1/61.png: not an image file" in done.errors
    table = pyarrow.parquet.read_table(place / "answers.parquet")
    assert table.to_pylist() == json.loads(predict("pictures", "--json").out)
    again = predict("pictures", "--output", "answers.parquet", "--resume", code=1)
    assert again.errors.startswith("read 0 (0 rejected), 0 unreadable")
    assert again.errors.endswith("; 61 files were read before, of them 1 unreadable\n")
    assert pyarrow.parquet.read_table(place / "answers.parquet") == table


def test_the_list_can_be_a_file_and_end_in_nul(place: Path, predict: Predict) -> None:
    (place / "new\nline.png").write_bytes((place / "pictures" / "0" / "0.png").read_bytes())
    (place / "list").write_bytes(b"new\nline.png\0pictures/2\0none.png\0")
    rows = json.loads(predict("--files", "list", "--null", "--json").out)
    assert (rows[0]["file"], rows[-1]["file"]) == ("new\nline.png", "none.png")
    assert len(rows) == 22


@pytest.mark.skipif(sys.platform != "linux", reason="of Linux")
def test_a_list_that_cannot_be_read_is_one_line(place: Path, predict: Predict) -> None:
    for file, reason in ((".", "Is a directory"), ("/proc/self/mem", "Input/output error")):
        done = predict("--files", file, "--output", "nothing.csv", code=2)
        assert done.errors == f"error: --files {file}: {reason}\n"
        (place / "nothing.csv").unlink(missing_ok=True)


@pytest.mark.skipif(sys.platform == "win32", reason="of POSIX systems")
def test_a_pipe_of_names_is_not_counted_for_that_takes_names(place: Path) -> None:
    os.mkfifo(place / "pipe")
    given = argparse.Namespace(files=str(place / "pipe"), images=[], null=False)
    assert count_given(given, lambda: False) is None  # opening it would wait for ever
    given.files = str(place / "model.h5")
    assert count_given(given, lambda: False) is not None


def test_names_that_are_too_long_are_unreadable_and_cut_in_messages(
    place: Path, predict: Predict
) -> None:
    long = "x" * 500_000
    done = predict("--files", "-", "--jsonl", stdin=f"{long}\npictures/0/0.png\n".encode())
    one, other = map(json.loads, done.out.splitlines())
    assert (one["file"], one["digit"], other["file"]) == (long, None, "pictures/0/0.png")
    message, _ = done.errors.splitlines()
    assert message == f"error: {'x' * 79}…: the image cannot be read: File name too long"


def test_lines_have_boxes_in_every_format(place: Path, predict: Predict) -> None:
    words = ["--lines", "pictures/0/0.png", "none.png"]
    predict(*words, "--output", "lines.parquet")
    rows = pyarrow.parquet.read_table(place / "lines.parquet").to_pylist()
    assert rows == json.loads(predict(*words, "--json").out)
    assert [row["reason"] for row in rows] == [None, "there is no such file"]
    assert [json.loads(line) for line in predict(*words, "--jsonl").out.splitlines()] == rows


def test_answers_come_before_the_list_ends_and_a_reader_that_ends_ends_the_command(
    place: Path,
) -> None:
    process = begin(place, "--files", "-", "--jsonl")
    assert process.stdin is not None
    assert process.stdout is not None
    for name in ("pictures/0/0.png", "pictures/1/1.png"):
        process.stdin.write(os.fsencode(f"{name}\n"))
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["file"] == name
    process.stdout.close()
    process.stdin.write(b"pictures/0/0.png\n")
    process.stdin.flush()
    assert process.wait(60) == 141
    assert process.stderr is not None
    assert b"Traceback" not in process.stderr.read()
    process.stderr.close()
    process.stdin.close()


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--resume", "x.png"], "--resume needs --output FILE"),
        (["--parquet", "x.png"], "--parquet needs --output FOLDER"),
        (["--null", "x.png"], "--null is for --files"),
        (["--digits-only", "x.png"], "--digits-only is for --lines and --boxes-out"),
        (["--files", "-", "-"], "standard input is either one picture, -, or a list"),
        (["--files", "no list"], "--files no list: No such file or directory"),
        (["x.png", "--output", "no/folder.csv"], "there is no folder"),
        (["x.png", "--json", "--output", "model.h5"], "already exists; add --resume"),
        (
            ["x.png", "--output", "model.h5"],
            "the ending .h5 is no known format; name a file that",
        ),
        (
            ["x.png", "--output", ""],
            "argument -o/--output: an empty argument names no file or folder",
        ),
        (["x.png", "--output", "new.csv/"], "--output new.csv/: this names a folder; name a file"),
        (["x.png", "--output", "-"], "--output -: this is not a file; leave out --output"),
        (["x.png", "--boxes-out", ""], "argument --boxes-out: an empty argument names no file"),
        (["x.png", ""], "argument IMAGE: an empty argument names no file or folder"),
        (["--files", ""], "argument --files: an empty argument names no file or folder"),
    ],
)
def test_what_does_not_go_together_is_one_line(
    words: list[str], line: str, place: Path, predict: Predict
) -> None:
    before, names = (place / "model.h5").read_bytes(), set(place.iterdir())
    done = predict(*words, code=2)
    assert len(done.errors.splitlines()) == 1
    assert line in done.errors
    assert (place / "model.h5").read_bytes() == before
    assert set(place.iterdir()) == names


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_one_line(place: Path) -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        done = run_command_alone(
            command("pictures/0", "--jsonl"),
            stdout=full, stderr=subprocess.PIPE, cwd=place, env=ENVIRONMENT,
        )  # fmt: skip
    assert done.returncode == 2
    assert "error: standard output: No space left on device" in done.stderr
    assert "Traceback" not in done.stderr
