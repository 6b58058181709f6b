"""One process at a time: a lock that its process holds, and that ends when the process does.

However it ends, by SIGKILL too: the lock is the operating system's, on an open file, and what is
left on the disk is an empty file that says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

__all__ = ["locked"]

from digitrec.errors import LockedError


@contextmanager
def locked(file: Path, what: str, wait: bool = False) -> Iterator[None]:
    """Hold the lock that ``file`` stands for; it is made, folders and all, where it is missing.

    Raises:
        LockedError: if another process holds it and ``wait`` is false; ``what`` says what it is at.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(file)
    try:
        lock.acquire(blocking=wait, poll_interval=0.2)
    except Timeout:
        raise LockedError(
            f"{what} is under way in another process; wait for it, or stop it"
        ) from None
    try:
        yield
    finally:
        lock.release()
