"""Make installs system packages only as root; otherwise it names what is missing and continues."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent

pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="there is no make")


def make(folder: Path, *targets: str, user: int, installs: bool = True) -> tuple[int, str, str]:
    """Call make where all that a target needs is missing; its code, what it says, apt's words."""
    shutil.copy(PROJECT / "Makefile", folder)
    (folder / "pyproject.toml").touch()
    os.utime(folder / "pyproject.toml", (1e9, 1e9))  # older than the environment, if there is one
    programs = folder / "programs"
    programs.mkdir()
    asked = folder / "asked"
    for name, body in {
        "id": f"echo {user}",
        "apt-get": f'echo "$@" >> {asked}; exit {0 if installs else 1}',
        "python": "exit 1",
        "python3": "echo no ensurepip; exit 1",
    }.items():
        (programs / name).write_text(f"#!/bin/sh\n{body}\n")
        (programs / name).chmod(0o755)
    for name in ("sh", "rm", "touch"):
        (programs / name).symlink_to(shutil.which(name) or "")
    done = subprocess.run(
        [str(shutil.which("make")), "SHELL=sh", f"BIN={programs}", *targets],
        cwd=folder,
        env={"PATH": str(programs)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stderr, asked.read_text() if asked.exists() else ""


def installed(folder: Path) -> None:
    """Make it look as if the environment was there."""
    (folder / ".venv" / "bin").mkdir(parents=True)
    for name in ("bin/python", ".installed-dev"):
        (folder / ".venv" / name).touch()


@pytest.mark.parametrize(
    ("target", "packages"), [("display", "xvfb python3-tk"), ("chromium", "chromium")]
)
def test_root_installs_what_is_missing_and_says_so_before(
    target: str, packages: str, tmp_path: Path
) -> None:
    installed(tmp_path)
    code, said, asked = make(tmp_path, target, user=0)
    assert code == 0
    assert said == f"missing: {packages}. Installing with apt-get, for make runs as root\n"
    assert asked == f"update -qq\ninstall -y -qq {packages}\n"


@pytest.mark.parametrize(
    ("target", "first"), [("display", "missing: xvfb and python3-tk."), ("chromium", "missing: ch")]
)
def test_others_are_told_what_is_missing_and_go_on(target: str, first: str, tmp_path: Path) -> None:
    installed(tmp_path)
    code, said, asked = make(tmp_path, target, user=1000)
    assert code == 0
    (line,) = said.splitlines()
    assert line.startswith(first)
    assert line.endswith("will be skipped")
    assert asked == ""


@pytest.mark.parametrize("target", ["display", "chromium"])
def test_where_it_cannot_be_installed_make_goes_on(target: str, tmp_path: Path) -> None:
    installed(tmp_path)
    code, said, _ = make(tmp_path, target, user=0, installs=False)
    assert code == 0
    assert said.splitlines()[-1].endswith("will be skipped")


@pytest.mark.parametrize(("user", "asked"), [(0, True), (1000, False)])
def test_without_python3_venv_make_stops(user: int, asked: bool, tmp_path: Path) -> None:
    code, said, words = make(tmp_path, ".venv/bin/python", user=user)
    assert code == 2
    assert ("install -y -qq python3-venv" in words) == asked
    assert "error: cannot make .venv. Install python3-venv (Debian, Ubuntu)" in said
    assert not (tmp_path / ".venv").exists()
