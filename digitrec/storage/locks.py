"""Locks between processes, which end when their process ends, even by SIGKILL.

The operating system holds the lock on an open file. An empty file that is left on the disk means
nothing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from digitrec.errors import DigitrecError, LockedError

__all__ = ["check_lock_place", "locked"]


@contextmanager
def locked(file: Path, what: str, wait: bool = False, remove: bool = False) -> Iterator[None]:
    """Hold a lock.

    Args:
        file: Stands for the lock; it and its folders are made if they are missing.
        what: Names what is locked, for the error.
        wait: Wait until another process releases the lock.
        remove: Remove the file in the end, however that comes.

    Raises:
        LockedError: if another process holds it and ``wait`` is false.
        DigitrecError: as `check_lock_place`.
        OSError: if the file cannot be made.
    """
    check_lock_place(file)
    file.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(file)
    try:
        lock.acquire(blocking=wait, poll_interval=0.2)
    except Timeout:
        if not file.exists():  # as in /proc, where no file can be made, and filelock tries again
            with contextlib.suppress(FileExistsError):
                file.touch(exist_ok=False)
                file.unlink()  # who held the lock has just removed it
        raise LockedError(
            f"{what} is under way in another process; wait for it, or stop it"
        ) from None
    try:
        yield
    finally:
        if remove:
            # While it is held: who waits for this very file sees then that it is gone, and makes
            # another. Windows does not remove an open file; there, releasing it does.
            with contextlib.suppress(OSError):
                file.unlink()
        lock.release()


def check_lock_place(file: Path) -> None:
    """Check that nothing but a lock file stands in the place of one.

    Raises:
        DigitrecError: if a folder, a link, a pipe or a device does.
    """
    if file.is_symlink() or (file.exists() and not file.is_file()):
        raise DigitrecError(f"{file}: this is the place of a lock file; move away what is there")
