"""Finding the picture files that the words of a command line name."""

from __future__ import annotations

import glob
import os
import re
from pathlib import Path

__all__ = ["STDIN", "find_pictures"]

STDIN = "-"  # the word for standard input
SUFFIXES = frozenset(
    {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".pgm", ".ppm", ".pbm"}
)


def find_pictures(word: str) -> list[str]:
    """Return the files that a word names, in the order in which people count.

    Args:
        word: A file; a folder, which stands for the pictures in it and below; or a pattern, which
            stands for what it matches. A file whose name looks like a pattern is a file.

    Returns:
        The names; a word that names nothing is returned as it is, and opening it is an error.
    """
    if word == STDIN:
        return [word]
    if os.path.isdir(word):  # noqa: PTH112 (Path's raises for a word too long to be a name)
        below = (path for path in Path(word).rglob("*") if path.suffix.lower() in SUFFIXES)
        return sorted((str(path) for path in below if not path.is_dir()), key=_as_counted) or [word]
    if os.path.lexists(word):
        return [word]
    matches = sorted(glob.glob(word, recursive=True), key=_as_counted)  # noqa: PTH207
    return [name for match in matches for name in find_pictures(match)] or [word]


def _as_counted(name: str) -> list[tuple[int, str]]:
    """Sort key that puts 2.png before 10.png."""
    parts = re.split("([0-9]+)", name)
    return [(int(part), "") if i % 2 else (-1, part) for i, part in enumerate(parts)]
