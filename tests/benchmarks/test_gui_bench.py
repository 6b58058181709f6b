from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from digitrec.benchmarks import gui

pytestmark = pytest.mark.window


@pytest.fixture
def user_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the user's own files, which a benchmark must not touch."""
    folder = tmp_path / "user"
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(folder))
    return folder


@pytest.mark.slow  # a benchmark
def test_a_table_of_real_starts_and_strokes_is_printed(display: str, user_files: Path) -> None:
    shown, ready, closed, answer, worst = gui.measure(starts=2, strokes=3)
    assert re.fullmatch(r"window shown +\d+\.\d\d s +\(\d+\.\d\d to \d+\.\d\d, 2 starts\)", shown)
    assert re.fullmatch(r"ready to read +\d+\.\d\d s +\(.* to .*, 2 starts\)", ready)
    assert re.fullmatch(r"closed until ended +\d+\.\d\d s +\(.* to .*, 2 starts\)", closed)
    assert re.fullmatch(r"pen-up to answer shown +\d+\.\d ms +median of 3 strokes", answer)
    assert re.fullmatch(r" +\d+\.\d ms +95th percentile", worst)
    seconds = [float(re.findall(r"\d+\.\d+", line)[0]) for line in (shown, ready)]
    assert 0 < seconds[0] < seconds[1]
    assert not (user_files / "digitrec").exists()


@pytest.mark.skipif(shutil.which("Xvfb") is None, reason="there is no Xvfb")
def test_without_a_display_it_makes_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    displays = []

    def start(strokes: int) -> gui.Measurement:
        displays.append(os.environ.get("DISPLAY"))
        return {"shown": 1.0, "ready": 2.0, "closing": 0.1, "waits": [0.1] * strokes}

    monkeypatch.setattr(gui, "start_window", start)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("DISPLAY", ":77")
    list(gui.measure(starts=1, strokes=1))
    monkeypatch.delenv("DISPLAY")
    list(gui.measure(starts=1, strokes=1))
    assert displays[0] == ":77"
    assert displays[1] not in (None, ":77")
    assert "DISPLAY" not in os.environ
    # Windows and macOS have their display without that variable.
    monkeypatch.setattr(sys, "platform", "win32")
    list(gui.measure(starts=1, strokes=1))
    assert displays[2] is None


def test_a_start_runs_the_module_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[list[str]] = []

    def run(command: list[str], **_: object) -> SimpleNamespace:
        commands.append(command)
        return SimpleNamespace(stdout='{"shown": 1, "ready": 2, "closing": 3, "waits": []}')

    monkeypatch.setattr(subprocess, "run", run)
    measured = gui.start_window(strokes=7)
    assert (measured["shown"], measured["ready"]) == (1, 2)
    (command,) = commands
    module = importlib.util.find_spec(command[2])
    assert module is not None
    assert module.origin == gui.__file__
    assert command[4] == "7"
