from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from digitrec.config.compose import compose
from digitrec.training.run import run

SMALL = [
    "data=synthetic", "data.train=160", "data.test=40", "validation=40", "model=tiny",
    "batch_size=16", "threads=1", "epochs=1",
]  # fmt: skip


def test_the_command_says_what_came_of_it_and_what_to_do_next(tmp_path: Path) -> None:
    for seed in (0, 1):
        run(compose([*SMALL, f"seed={seed}", f"run_dir={tmp_path / str(seed)}"]))
    words = [sys.executable, "-m", "digitrec.ensemble", "0", "1", "--run-dir", "both"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert f"weights both{'/'}model.h5" in done.stdout
    assert "predict IMAGE" in done.stdout
    again = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert again.returncode == 2
    assert "both" in again.stderr
