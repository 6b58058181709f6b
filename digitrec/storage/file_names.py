"""What the name of a file to be written stands for, and how much of it fits in another name."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from pathlib import Path

__all__ = ["cut_name", "target_of"]

MAX_NAME_BYTES = 220  # 35 more, such as ".1a2b3c4d.part.weights.h5", fit in a file name


def target_of(path: Path) -> Path:
    """Return where a file is written: links are followed, and stay what they are.

    Raises:
        OSError: if links point to each other in a circle, or the name is too long.
    """
    try:
        # From Python 3.14 on, `Path.is_symlink` hides that a name is too long.
        is_link = stat.S_ISLNK(path.lstat().st_mode)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return path
    if not is_link:
        return path
    target = Path(os.path.realpath(path))
    if target.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
    return target


def cut_name(name: str) -> str:
    """Return a name with room for more; a long one is cut, with a hash that tells it apart."""
    if len(os.fsencode(name)) <= MAX_NAME_BYTES:
        return name
    mark = f"~{hashlib.sha256(os.fsencode(name)).hexdigest()[:16]}"
    while len(os.fsencode(name)) + len(mark) > MAX_NAME_BYTES:
        name = name[:-1]
    return name + mark
