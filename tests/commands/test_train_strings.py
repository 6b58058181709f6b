"""The command: python -m digitrec.train_strings"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import h5py
import pytest

from digitrec import train_strings
from digitrec.errors import run_command
from digitrec.models.string_checkpoint import load


def refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str
) -> str:
    monkeypatch.setattr(sys, "argv", ["train_strings", *words])
    with pytest.raises(SystemExit) as exit_:
        run_command(train_strings.main)
    assert exit_.value.code == 2
    return capsys.readouterr().err


def test_what_cannot_be_is_refused_before_anything_is_done(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    there = tmp_path / "there.h5"
    there.write_text("mine")
    line = refused(monkeypatch, capsys, "--output", str(there))
    assert line == f"error: {there} is there already; name another file with --output\n"
    assert there.read_text() == "mine"
    line = refused(monkeypatch, capsys, "--output", str(tmp_path / "no" / "strings.h5"))
    assert "there is no folder" in line
    assert "at least 1" in refused(monkeypatch, capsys, "--epochs", "0")
    monkeypatch.chdir(tmp_path)
    line = refused(monkeypatch, capsys, "--root", str(tmp_path))
    assert line.startswith("error: ")
    assert line.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["there.h5"]


@pytest.mark.mnist
def test_a_network_is_trained_and_written(tmp_path: Path) -> None:
    words = ["--count", "300", "--epochs", "1", "--threads", "1", "--seed", "3"]
    done = subprocess.run(
        [sys.executable, "-m", "digitrec.train_strings", *words],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(Path(train_strings.__file__).parent.parent)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "epoch 1/1" in done.stdout
    assert done.stdout.splitlines()[-1] == "weights strings.h5"
    assert [path.name for path in tmp_path.iterdir()] == ["strings.h5"]
    assert not load(tmp_path / "strings.h5").training
    with h5py.File(tmp_path / "strings.h5") as file:
        provenance = json.loads(file.attrs["provenance"])
    assert provenance["config"]["seed"] == 3
    assert provenance["config"]["count"] == 300
