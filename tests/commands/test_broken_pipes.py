"""Each command when the program that reads its output has ended, as after ``| head -1``."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sample_runs import errors_at, made_up_run
from started_commands import run_command_alone, start_command
from train_command import command

from digitrec.__main__ import COMMANDS
from digitrec.config.compose import compose
from digitrec.models import checkpoint
from digitrec.storage.resources import shipped_checkpoint

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no broken pipes")

SHIPPED = str(shipped_checkpoint())
# As for users: output is buffered, and written when the buffer is full or at the end.
BUFFERED = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
SMALL = [
    "data=synthetic", "data.train=160", "data.test=40", "validation=40", "model=tiny",
    "batch_size=16", "threads=1", "epochs=1",
]  # fmt: skip
TRAIN = [*SMALL, "run_dir=run"]
WORDS = {
    "compare": ["run"],
    "predict": ["zero.png", "zero.png", "--json"],
    "evaluate": [SHIPPED, "data=synthetic", "data.train=10", "data.test=40", "device=cpu"],
    "reproduce": ["run"],
    "export": [SHIPPED, "--h5", "copy.h5"],
    "completion": ["bash"],
    "bench": ["normalise"],
}
"""What commands are to print; ``--help`` where this takes long or waits for a signal."""

SMALL_DEMO = f"""
from digitrec import demo
from digitrec.config.compose import compose
from digitrec.run_command import run_command

demo.compose = lambda words: compose([*words, *{[word for word in SMALL if "batch" not in word]}])
run_command(demo.main)
"""


def unread(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command whose output nothing reads."""
    ours, theirs = os.pipe()
    os.close(ours)
    try:
        return run_command_alone(
            words, stdout=theirs, stderr=subprocess.PIPE, cwd=folder, env=BUFFERED
        )
    finally:
        os.close(theirs)


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_ends_without_a_word(name: str, tmp_path: Path) -> None:
    made_up_run(tmp_path / "run", errors_at(100, 3), config=compose(SMALL))
    Image.fromarray(np.zeros((28, 28), np.uint8)).save(tmp_path / "zero.png")
    words = [f"digitrec.{name}", *WORDS.get(name, ["--help"])]
    if name == "demo":
        (tmp_path / "small_demo.py").write_text(SMALL_DEMO)
        words = ["small_demo"]
    done = unread(words, tmp_path)
    # A run that has begun says how to go on with it.
    begun = (
        name in ("reproduce", "demo")
        and "nothing reads the output any more; resume with: " in done.stderr
    )
    assert done.stderr == "" or begun
    assert done.returncode == 141
    if name == "export":  # what was written is whole
        checkpoint.load(tmp_path / "copy.h5")


@pytest.mark.slow
def test_a_run_is_kept_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = unread(["digitrec.train", *TRAIN], tmp_path)
    assert done.returncode == 141
    result = tmp_path / "run" / "result.json"
    assert json.loads(result.read_text())["status"] == "interrupted"
    said = r"nothing reads the output any more; resume with: python -m digitrec.train (.+)"
    (go_on,) = re.findall(said, done.stderr)
    monkeypatch.chdir(tmp_path)
    assert command(shlex.split(go_on), monkeypatch) == 0
    assert json.loads(result.read_text())["status"] == "finished"


@pytest.mark.slow
def test_a_run_whose_last_lines_nobody_reads_is_finished(tmp_path: Path) -> None:
    started = start_command(
        ["digitrec.train", *TRAIN], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path,
        env=BUFFERED,
    )  # fmt: skip
    for line in started.stdout:
        if line.startswith("epoch 1/"):
            break
    started.stdout.close()
    said = started.stderr.read()
    started.stderr.close()
    assert started.wait(300) == 141, said
    assert said == ""
    assert json.loads((tmp_path / "run" / "result.json").read_text())["status"] == "finished"
    assert (tmp_path / "run" / "model.h5").exists()
