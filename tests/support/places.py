"""Places that fail as they do on real machines: full, read-only, forbidden, gone."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from digitrec.storage import atomic

ROOT = sys.platform == "linux" and os.geteuid() == 0
# On GitHub's machines the user may mount with sudo, which asks for no password there.
AS_ROOT = [] if ROOT else ["sudo", "-n"]


@contextlib.contextmanager
def small_disk(folder: Path, kilobytes: int) -> Iterator[Path]:
    """A file system of its own in a new folder; the test is skipped where none can be mounted."""
    folder.mkdir()
    options = f"size={kilobytes}k" + ("" if ROOT else f",uid={os.getuid()}")
    if sys.platform != "linux" or not _mount("-t", "tmpfs", "-o", options, "none", str(folder)):
        pytest.skip("no file system can be mounted here: that takes Linux, and root or sudo")
    try:
        yield folder
    finally:
        subprocess.run([*AS_ROOT, "umount", "--lazy", str(folder)], check=True)


def fill(disk: Path) -> None:
    """Write to a disk until it is full."""
    with (disk / "filling").open("wb", 0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(512))


@contextlib.contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Make a folder read-only, as the system does with a disk that begins to fail.

    Files that are open stay so, as that of a lock.
    """
    bound = _mount("--bind", str(folder), str(folder))
    if not bound or not _mount("-o", "remount,bind,ro", str(folder)):
        pytest.skip("no folder can be made read-only here: that takes Linux, and root or sudo")
    try:
        yield
    finally:
        subprocess.run([*AS_ROOT, "umount", "--lazy", str(folder)], check=True)


def remove_when_written_to(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove a folder at the moment at which the first file in it is begun."""
    token = atomic.secrets.token_hex

    def remove(count: int) -> str:
        shutil.rmtree(folder, ignore_errors=True)
        return token(count)

    monkeypatch.setattr(atomic.secrets, "token_hex", remove)


def _mount(*words: str) -> bool:
    with contextlib.suppress(OSError):
        return not subprocess.run([*AS_ROOT, "mount", *words], capture_output=True).returncode
    return False


def obedient() -> list[str]:
    """The words before a command that make it obey permissions, which root else need not."""
    if not ROOT:
        return []
    if not shutil.which("setpriv"):
        pytest.skip("root need not obey permissions, and there is no setpriv to change that")
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
