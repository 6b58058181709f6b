from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch

from digitrec.config.train_config import TrainConfig
from digitrec.training import environment
from digitrec.training.run_directory import DataIdentity, Environment, GitState

DATA = DataIdentity("synthetic", "abc")


def describe(module: ModuleType = environment) -> Environment:
    described: Environment = module.describe(torch.device("cpu"), TrainConfig(seed=7), DATA)
    return described


def copy_of_module(folder: Path) -> ModuleType:
    """Load environment.py from a copy, as if the package were checked out in ``folder``."""
    copy = folder / "digitrec" / "training" / "environment.py"
    copy.parent.mkdir(parents=True)
    shutil.copy(environment.__file__, copy)
    spec = importlib.util.spec_from_file_location("copied_environment", copy)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def git(folder: Path, *words: str) -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
    return subprocess.run(
        ["git", "-C", str(folder), *identity, *words], check=True, capture_output=True, text=True
    ).stdout.strip()


needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def test_it_says_what_a_repetition_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["train.py", "seed=7"])
    described = describe()
    torch_version = described.versions["torch"]
    assert torch_version is not None
    assert torch_version.startswith(torch.__version__.partition("+")[0])
    assert described.versions["python"] == ".".join(map(str, sys.version_info[:3]))
    assert described.device == "cpu"
    assert described.device_name
    assert described.threads == torch.get_num_threads()
    assert described.data == DATA
    assert described.seeding["seed"] == 7
    assert described.command == ("train.py", "seed=7")


def test_threads_are_those_in_use() -> None:
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(before + 1)
        assert describe().threads == before + 1
    finally:
        torch.set_num_threads(before)


@needs_git
def test_git_is_the_commit_of_the_checkout_and_whether_it_changed(tmp_path: Path) -> None:
    module = copy_of_module(tmp_path)
    (tmp_path / ".gitignore").write_text("__pycache__\n")
    git(tmp_path, "init", "--quiet")
    assert describe(module).git is None  # no commit yet
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "first")
    head = git(tmp_path, "rev-parse", "HEAD")
    assert describe(module).git == GitState(head, False)
    (tmp_path / "digitrec" / "new.py").write_text("")
    assert describe(module).git == GitState(head, True)


@needs_git
def test_the_repository_of_somebody_else_is_not_taken(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "commit", "--quiet", "--allow-empty", "-m", "first")
    assert describe(copy_of_module(tmp_path / "env" / "site-packages")).git is None


def test_git_is_none_outside_a_checkout(tmp_path: Path) -> None:
    assert describe(copy_of_module(tmp_path)).git is None


def test_git_is_none_where_git_is_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = copy_of_module(tmp_path)
    (tmp_path / ".git").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert describe(module).git is None
