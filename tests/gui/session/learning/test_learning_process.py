from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from learners import arguments_given, outcome, pretending, stored

from digitrec.gui.session.background_thread import Completed
from digitrec.gui.session.learning.learning_process import LearningProcess
from digitrec.storage.resources import shipped_checkpoint

FILES = Path("/my/drawings.h5"), Path("/my/network.h5"), Path("/my/new.h5")


@pytest.fixture
def process() -> Iterator[LearningProcess]:
    made = LearningProcess()
    yield made
    made.close()


def over(process: LearningProcess) -> Completed:
    """Wait for what comes of it."""
    end = time.monotonic() + 300
    while (completed := process.poll()) is None:
        assert time.monotonic() < end
        time.sleep(0.005)
    assert not process.running
    return completed


def learnt_by(process: LearningProcess, command: list[str]) -> Completed:
    process.command = command
    assert process.start(*FILES)
    return over(process)


def until_there(path: Path) -> None:
    end = time.monotonic() + 300
    while not path.exists():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_the_program_is_given_the_files_and_its_report_is_returned(
    process: LearningProcess, tmp_path: Path
) -> None:
    learnt: dict[str, Any] = learnt_by(process, pretending(tmp_path, outcome(FILES[2]))).value
    assert arguments_given(tmp_path) == [*map(str, FILES)]
    assert (learnt["drawings"], learnt["written"]) == (40, "/my/new.h5")
    assert process.progress == 0.25


def test_progress_is_followed_while_it_runs(process: LearningProcess, tmp_path: Path) -> None:
    process.command = pretending(tmp_path, outcome(None), wait=True)
    assert process.start(*FILES)
    assert process.running
    assert not process.start(*FILES)  # one at a time
    until_there(tmp_path / "words.json")
    end = time.monotonic() + 60
    while process.progress != 0.1:
        assert time.monotonic() < end
        time.sleep(0.005)
    assert process.poll() is None
    (tmp_path / "wait").unlink()
    over(process)
    assert process.start(*FILES)
    over(process)


def test_closing_ends_the_process(process: LearningProcess, tmp_path: Path) -> None:
    process.command = pretending(tmp_path, outcome(None), wait=True)
    process.start(*FILES)
    until_there(tmp_path / "words.json")
    child = process._process
    assert child is not None
    assert child.poll() is None
    began = time.monotonic()
    process.close()
    assert child.poll() is not None
    assert time.monotonic() - began < 4


def test_after_closing_no_process_is_started(process: LearningProcess, tmp_path: Path) -> None:
    process.command = pretending(tmp_path, outcome(None))
    with process._lock:
        process.start(*FILES)
        process._closed = True
    process.close()
    assert not (tmp_path / "words.json").exists()


def test_errors_are_one_line(process: LearningProcess, tmp_path: Path) -> None:
    known = pretending(tmp_path, '{"error": "too few: é"}')
    assert str(learnt_by(process, known).error) == "Nothing was learnt: too few: é"
    crash = pretending(tmp_path, "", "Traceback\nMemoryError: é")
    assert str(learnt_by(process, crash).error) == "Nothing was learnt: MemoryError: é"
    silent = [sys.executable, "-S", "-c", "import os; os._exit(7)"]
    assert str(learnt_by(process, silent).error) == "Nothing was learnt: exit code 7"
    assert isinstance(learnt_by(process, [str(tmp_path / "none")]).error, FileNotFoundError)


@pytest.mark.slow
def test_errors_of_the_real_program_are_returned(process: LearningProcess, tmp_path: Path) -> None:
    """And what a library prints in great length does not stop it."""
    few = stored(tmp_path / "few.h5", 3)
    process.command = [sys.executable, "-W", "error", *process.command[1:]]
    assert process.start(few, shipped_checkpoint(), tmp_path / "new.h5")
    said = str(over(process).error)
    assert said.startswith(f"Nothing was learnt: {few} holds 3 drawings")
