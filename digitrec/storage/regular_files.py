"""Reading files that anyone may have made: plain files alone, and never more than a stated size."""

from __future__ import annotations

import errno
import io
import os
import stat
from pathlib import Path

__all__ = ["open_regular", "read_bytes", "read_text"]

MAX_TEXT_BYTES = 4 * 2**20
"""Of a file of settings, results or a table: far more than any that a run writes."""


def open_regular(path: Path) -> io.BufferedReader:
    """Open a plain file for reading, or what a link to one means.

    A pipe is not opened, for that would wait for whoever writes to it, and a device may never end.

    Raises:
        OSError: If it cannot be opened, is a folder, or is no plain file.
    """
    # Without waiting: between a look at the name and the opening, a pipe could take its place.
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    mode = os.fstat(handle).st_mode
    if not stat.S_ISREG(mode):
        os.close(handle)
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        raise OSError(errno.EINVAL, "it is not a file", str(path))
    return os.fdopen(handle, "rb")


def read_bytes(path: Path, limit: int) -> bytes:
    """Read a file, which may grow meanwhile.

    Args:
        path: Of the file.
        limit: How many bytes it may have.

    Raises:
        OSError: If it cannot be read, is no plain file, or is larger.
    """
    with open_regular(path) as stream:
        content = stream.read(limit + 1)
    if len(content) > limit:
        raise OSError(errno.EFBIG, f"it is larger than {limit / 2**20:g} MB", str(path))
    return content


def read_text(path: Path, limit: int = MAX_TEXT_BYTES) -> str:
    """Read a file of UTF-8 text.

    Args:
        path: Of the file.
        limit: How many bytes it may have.

    Raises:
        OSError: If it cannot be read, is no plain file, or is larger.
        UnicodeDecodeError: If it is not UTF-8.
    """
    return read_bytes(path, limit).decode()
