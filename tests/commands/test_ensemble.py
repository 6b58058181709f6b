from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from places import fill, small_disk

from digitrec import ensemble
from digitrec.config.compose import compose
from digitrec.run_command import run_command
from digitrec.training.run import run

SMALL = [
    "data=synthetic", "data.train=160", "data.test=40", "validation=40", "model=tiny",
    "batch_size=16", "threads=1", "epochs=1",
]  # fmt: skip


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    place = tmp_path_factory.mktemp("members")
    folders = [str(place / str(seed)) for seed in (0, 1)]
    for seed, folder in enumerate(folders):
        run(compose([*SMALL, f"seed={seed}", f"run_dir={folder}"]))
    return folders


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Run the command with some words; returns its exit code."""

    def call(*words: str) -> int:
        monkeypatch.setattr(sys, "argv", ["ensemble", *words])
        with pytest.raises(SystemExit) as stop:
            run_command(ensemble.main)
        assert isinstance(stop.value.code, int)
        return stop.value.code

    return call


@pytest.mark.parametrize(
    "words", [["a", "b", "--run-dir", ""], ["a", "b", "--root", ""], ["a", ""]]
)
def test_an_empty_path_is_one_line(
    words: list[str], command: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(*words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "an empty argument names no file or folder" in line


def test_the_command_says_what_came_of_it_and_what_to_do_next(
    command: Callable[..., int],
    members: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    capsys.readouterr()
    assert command(*members, "--run-dir", "both") == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert f"weights both{'/'}model.h5" in said.out
    assert "predict IMAGE" in said.out
    assert command(*members, "--run-dir", "both") == 2
    line = capsys.readouterr().err
    assert line.startswith("error: --run-dir both is not empty, and a run never overwrites")
    assert "resume" not in line  # which this command does not do


def test_the_mean_of_weights_that_began_at_random_is_refused_in_one_line(
    command: Callable[..., int],
    members: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    capsys.readouterr()
    assert command("--mean-weights", *members) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"error: {members[0]} started from random weights")
    assert "init=FILE" in line
    assert not list(tmp_path.iterdir())


def test_on_a_full_disk_it_names_the_folder_that_was_given(
    command: Callable[..., int],
    members: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with small_disk(tmp_path / "disk", 256) as disk:
        monkeypatch.chdir(disk)
        fill(disk)
        assert command(*members, "--run-dir", "both") == 2
        line = capsys.readouterr().err
        assert line.startswith(
            "error: cannot make the run directory both: No space left on device: it needs 0.00"
        )
        assert line.endswith(f", so make room in {disk}; name another with --run-dir FOLDER\n")
        assert {path.name for path in disk.iterdir()} == {"filling"}
