"""The commands that a run prints can be pasted into a shell, whatever its folder is called."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

SMALL = (
    "data=synthetic", "data.train=480", "data.test=60", "validation=80", "model=deep",
    "model.width=4", "epochs=4", "batch_size=32", "threads=1", "save_seconds=0",
)  # fmt: skip


def paste(command: str, folder: Path) -> str:
    """Give a printed command to a shell, and return what it prints."""
    # `python` is the one that runs the tests.
    python = f'python() {{ "{sys.executable}" "$@"; }}\n'
    done = subprocess.run(
        ["bash", "-c", python + command], cwd=folder, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, f"{command}\n{done.stderr}"
    return done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="bash is pasted into")
@pytest.mark.parametrize("name", ['it\'s "a" = [b], #1 {x} $HOME; 🙂', "-v ~"])
def test_a_stopped_run_goes_on_and_then_reads_a_picture(name: str, tmp_path: Path) -> None:
    started = subprocess.Popen(
        [sys.executable, "-m", "digitrec.train", *SMALL, f"run_dir={name}"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    assert started.stdout is not None
    for line in started.stdout:
        if line.startswith("epoch 1/"):
            started.send_signal(signal.SIGINT)
            break
    _, said = started.communicate(timeout=300)
    assert started.returncode == 130, said
    (go_on,) = re.findall(r"go on with: (.+)", said)

    printed = paste(go_on, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {name}
    (following,) = re.findall(r"^next +(.+)", printed, re.MULTILINE)

    picture = Image.new("L", (100, 100), 255)
    ImageDraw.Draw(picture).line([(50, 20), (50, 80)], 0, 8)
    picture.save(tmp_path / "picture.png")
    assert "picture.png" in paste(following.replace("IMAGE", "picture.png"), tmp_path)
