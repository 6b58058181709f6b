"""A run whose folder fills up, is forbidden, read-only or removed while it is trained."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from places import obedient, read_only, small_disk
from started_commands import CommandServer, start_command
from train_command import command

from digitrec.training.run_directory import RunDir

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="of POSIX systems")

SMALL = [
    "data=synthetic", "data.train=200", "data.test=40", "validation=40", "model=tiny",
    "batch_size=16", "threads=1", "save_seconds=0",
]  # fmt: skip


def train(
    folder: Path, words: list[str], fault: Callable[[], object], obeys: bool = False
) -> tuple[int, str]:
    """Train, and let something happen after the first epoch; return how it ends.

    If it ``obeys``, permissions bind the process also where it is root.
    """
    with contextlib.ExitStack() as held:
        server = held.enter_context(CommandServer(obedient())) if obeys else None
        started = held.enter_context(
            (server.start if server else start_command)(
                ["digitrec.train", *SMALL, *words],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder,
                env=os.environ | {"PYTHONUNBUFFERED": "1"},
            )
        )  # fmt: skip
        for line in started.stdout:
            if line.startswith("epoch 1/"):
                break
        fault()
        said = started.stdout.read()
        said += started.stderr.read()
        code = started.wait(300)
    return code, said[max(said.find("error: "), 0) :]


def go_on(folder: Path, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Do what a message says, and check that the run then comes to its end."""
    words = shlex.split(said.partition("resume with: ")[2])
    assert words[1:3] == ["-m", "digitrec.train"], said
    monkeypatch.chdir(folder)
    assert command(words[3:], monkeypatch) == 0
    assert json.loads((folder / "run" / "result.json").read_text())["status"] == "finished"


@pytest.mark.slow
def test_permission_that_is_taken_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = tmp_path / "run"
    words = ["epochs=3", "run_dir=run"]
    code, said = train(tmp_path, words, lambda: run.chmod(0o500), obeys=True)
    run.chmod(0o700)
    assert code == 2
    assert said.startswith("error: run/state.h5 cannot be written: Permission denied; fix that, ")
    assert said.count("\n") == 1
    assert RunDir(run).metrics()  # what was saved is whole
    go_on(tmp_path, said, monkeypatch)


@pytest.mark.slow
def test_a_disk_that_becomes_read_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with contextlib.ExitStack() as held:
        code, said = train(
            tmp_path, ["epochs=3", "run_dir=run"],
            lambda: held.enter_context(read_only(tmp_path / "run")),
        )  # fmt: skip
    assert code == 2
    assert "cannot be written: Read-only file system; fix that, and resume with: " in said
    assert said.count("\n") == 1
    go_on(tmp_path, said, monkeypatch)


def remove(folder: Path) -> None:
    """Remove a folder, again where something was written into it meanwhile."""
    for _ in range(100):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
    raise AssertionError(f"{folder} is still there")


@pytest.mark.slow
@pytest.mark.parametrize("words", [["run_dir=run"], ["--multirun", "seed=1,2"]])
def test_a_folder_that_is_removed(words: list[str], tmp_path: Path) -> None:
    place = tmp_path / ("experiments" if "--multirun" in words else "run")
    code, said = train(tmp_path, [*words, "epochs=3"], lambda: remove(place))
    assert code in (1, 2)
    assert "was removed while the run was trained; train it again" in said
    assert "Traceback" not in said
    assert not place.exists() or "--multirun" in words  # a sweep continues with its next run


@pytest.mark.slow
def test_a_full_disk(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 200) as disk:
        code, said = train(tmp_path, ["epochs=1", "run_dir=disk/run"], lambda: None)
        assert code == 2
        found = re.fullmatch(
            r"error: disk/run/\S+ cannot be written: No space left on device: it needs "
            r"(more than )?0\.\d+ MB, so make room in (\S+), and resume with: .+\n",
            said,
        )
        assert found, said
        assert found[2] == str(disk / "run")
        run = RunDir(disk / "run")
        assert run.state() is not None  # what was saved is whole
        result = run.result()
        assert result is not None
        assert result.status == "interrupted"
        assert [*run.path.glob(".*.part")] == []
