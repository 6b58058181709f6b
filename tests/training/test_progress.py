from __future__ import annotations

import os
import re
import sys
import time

import pytest
import torch
from rich.console import Console
from sample_runs import made_up_row

from digitrec.training.progress import RunProgress, SweepProgress
from digitrec.training.run_directory import MetricsRow

LOSS = torch.tensor(0.5)
# What makes rich take a stream for a terminal, or not; tests set only what they are about.
VARIABLES = ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "NO_COLOR", "COLUMNS", "LINES")


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")


def row(epoch: int, accuracy: float | None = 0.98765) -> MetricsRow:
    loss = None if accuracy is None else 0.1
    return made_up_row(
        epoch, validation_loss=loss, validation_accuracy=accuracy, images_per_second=12345.6
    )


def go_through(epochs: int, steps: int, console: Console | None = None) -> None:
    with RunProgress(epochs, steps, batch_size=8, console=console) as shown:
        for epoch in range(epochs):
            for step in range(steps):
                shown.step(epoch * steps + step + 1, LOSS)
            shown.epoch(row(epoch + 1))


def test_lines_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    go_through(epochs=3, steps=4)
    assert capsys.readouterr().out.splitlines() == [
        "epoch 1/3  loss 0.1235  validation 98.77%  12,346 images/s  14 s left",
        "epoch 2/3  loss 0.1235  validation 98.77%  12,346 images/s  7 s left",
        "epoch 3/3  loss 0.1235  validation 98.77%  12,346 images/s  0 s left",
    ]


def test_line_without_validation(capsys: pytest.CaptureFixture[str]) -> None:
    with RunProgress(2, 5, 8) as shown:
        shown.epoch(row(1, accuracy=None))
    assert capsys.readouterr().out == "epoch 1/2  loss 0.1235  12,346 images/s  7 s left\n"


def test_no_accuracy_at_all_is_still_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with RunProgress(1, 5, 8) as shown:
        shown.epoch(row(1, accuracy=0.0))
    assert "validation 0.00%" in capsys.readouterr().out


def test_line_is_written_when_its_epoch_ends(capsys: pytest.CaptureFixture[str]) -> None:
    with RunProgress(2, 5, 8) as shown:
        shown.epoch(row(1))
        assert "epoch 1/2" in capsys.readouterr().out
        shown.epoch(row(2))
        assert "epoch 2/2" in capsys.readouterr().out
    assert capsys.readouterr().out == ""


def test_narrow_output_keeps_lines_whole(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    go_through(epochs=1, steps=2)
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_loss_is_not_looked_at_where_it_is_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    class Unread:
        def __float__(self) -> float:
            raise AssertionError("waits for the device")

    with RunProgress(1, 5, 8) as shown:
        shown.step(1, Unread())  # type: ignore[arg-type]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("variable", ["FORCE_COLOR", "TTY_COMPATIBLE"])
def test_forced_terminal_has_a_bar_above_which_the_lines_stay(
    variable: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "1")
    monkeypatch.setenv("COLUMNS", "100")
    go_through(epochs=2, steps=4)
    out = capsys.readouterr().out
    assert "\x1b[" in out
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", out)
    assert "epoch 1/2  loss 0.1235  validation 98.77%" in text
    assert "epoch 2/2  loss 0.1235  validation 98.77%" in text
    assert re.search(r"epoch [12]/2 ━", text)
    assert out.rstrip("\n").endswith("\x1b[2K")  # the bar is wiped at the end
    assert "\x1b[?25h" in out  # and the cursor is there again


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
@pytest.mark.parametrize("columns", ["80", "100"])
def test_bar_on_a_real_terminal(columns: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    reader, writer = os.openpty()
    with os.fdopen(writer, "w") as terminal, monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", terminal)
        with RunProgress(2, 10, 8, done=10) as shown:
            shown.step(15, LOSS)
        terminal.flush()
        # What a terminal has taken comes in pieces, in no given number: read to the last of them.
        out = ""
        while "\x1b[?25h" not in out or not out.endswith("\x1b[2K"):
            out += os.read(reader, 10_000).decode()
    os.close(reader)
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", out)
    assert "epoch 2/2" in text
    assert "epoch 1/2" not in text
    assert re.search(r"loss 0\.5000  [\d,]+ images/s", text)


def test_terminal_is_put_right_after_an_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")

    def fail() -> None:
        with RunProgress(2, 5, 8) as shown:
            shown.step(1, LOSS)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    out = capsys.readouterr().out
    assert out.rindex("\x1b[?25h") > out.rindex("\x1b[?25l")


def test_jobs_of_a_sweep_are_lines_where_there_is_no_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with SweepProgress(jobs=3, done=1, epochs=4) as shown:
        shown.epoch()
        shown.epoch()
        shown.end(0, False, "seed=1  [bold] test 99.00%")
        shown.end(2, True, "seed=2  failed: no space left")
    assert capsys.readouterr().out == (
        "[2/3] seed=1  [bold] test 99.00%\n[3/3] seed=2  failed: no space left\n"
    )


def test_sweep_and_run_share_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")
    with SweepProgress(jobs=2, done=0, epochs=4) as shown:
        with RunProgress(2, 4, batch_size=8, console=shown.console):
            time.sleep(0.5)  # the lines are drawn anew ten times a second
        shown.end(2, True, "the first  failed: something")
        go_through(epochs=2, steps=4, console=shown.console)
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", capsys.readouterr().out)
    assert re.search(r"sweep 0/2 jobs ━+ [\d:-]+\s+epoch [12]/2 ━", text)
    assert re.search(r"sweep 1/2 jobs, 1 failed ━", text)
    assert "epoch 2/2  loss 0.1235  validation 98.77%" in text
    assert "[1/2] the first  failed: something" in text
