from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from learners import stored

from digitrec.gui.session.learning.learning_program import MODULE
from digitrec.models import checkpoint
from digitrec.storage.resources import shipped_checkpoint


def command(parent: int, *files: Path) -> list[str]:
    return [sys.executable, "-m", MODULE, "--parent", str(parent), *map(str, files)]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no getppid that changes")
def test_it_ends_if_its_parent_is_gone(tmp_path: Path) -> None:
    files = stored(tmp_path / "drawings.h5", 10), shipped_checkpoint(), tmp_path / "new.h5"
    done = subprocess.run(command(1, *files), capture_output=True, timeout=60)
    assert done.returncode < 0
    assert not files[2].exists()


@pytest.mark.slow
def test_without_mnist_it_learns_beside_synthetic_digits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGITREC_DATA", str(tmp_path / "none"))
    files = stored(tmp_path / "drawings.h5", 50), shipped_checkpoint(), tmp_path / "new.h5"
    # A parent that waits: the shell's own number is not that of the test.
    script = f"import subprocess, os, sys; c = {command(0, *files)!r}; c[4] = str(os.getpid()); "
    script += "sys.exit(subprocess.run(c).returncode)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    said = [json.loads(line) for line in done.stdout.splitlines()]
    shares = [line["progress"] for line in said[:-1]]
    assert shares == sorted(shares)
    assert shares[0] < 0.1
    assert shares[-1] > 0.9
    report = said[-1]["report"]
    assert report["others"] == "synthetic"
    assert report["mnist_after"] >= report["mnist_before"] - 0.0005
    if report["written"]:
        adapted = checkpoint.load(files[2]).provenance["adapted"]
        assert adapted["drawings"] == report["drawings"]
