"""What the name of a file to be written stands for, and how much of it fits in another name."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

__all__ = ["cut_name", "target_of"]

MAX_CUT = 220  # bytes; 35 more, such as of ".1a2b3c4d.part.weights.h5", fit in a name


def target_of(path: Path) -> Path:
    """Return where a file is written: links are followed, and stay what they are.

    Raises:
        OSError: if links point to each other in a circle, or the name is too long.
    """
    if not path.is_symlink():
        return path
    target = Path(os.path.realpath(path))
    if target.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
    return target


def cut_name(name: str) -> str:
    """Return as much of a name as has room for something to be added, and tells it from others."""
    if len(os.fsencode(name)) <= MAX_CUT:
        return name
    mark = f"~{hashlib.sha256(os.fsencode(name)).hexdigest()[:16]}"
    while len(os.fsencode(name)) + len(mark) > MAX_CUT:
        name = name[:-1]
    return name + mark
