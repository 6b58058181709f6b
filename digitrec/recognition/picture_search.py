"""Finding the picture files that the words of a command line name."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from digitrec.imaging.picture_files import is_picture_file

__all__ = ["STDIN", "describe_skipped", "find_pictures"]

EXAMPLES = 3  # files that are named of those that were skipped

STDIN = "-"  # the word for standard input


@dataclass(frozen=True)
class FoundPictures:
    """What words of a command line name.

    Attributes:
        names: the pictures, in the order of the words, and in each in that in which people count.
        skipped: files of folders that are not pictures, and folders that cannot be read.
    """

    names: list[str]
    skipped: list[str]


def find_pictures(words: Iterable[str]) -> FoundPictures:
    """Find the files that words name.

    Args:
        words: Each is a file; a folder, which stands for the pictures in it and below; or a
            pattern, which stands for what it matches. A file whose name looks like a pattern is a
            file. A word that names nothing is taken as it is, and opening it is an error.
    """
    found = FoundPictures([], [])
    for word in words:
        _find(word, found)
    return found


def describe_skipped(skipped: Sequence[str]) -> str:
    """Say in one line what was skipped, and name a few."""
    count = len(skipped)
    some = ", ".join(skipped[:EXAMPLES]) + (", …" if count > EXAMPLES else "")
    what = "1 file that is not a picture" if count == 1 else f"{count:,} files that are no pictures"
    return f"skipped {what}: {some}"


def _find(word: str, found: FoundPictures) -> None:
    if word != STDIN and os.path.isdir(word):  # noqa: PTH112 (Path's raises for a long word)
        names, skipped = _pictures_below(word)
        found.names.extend(names or [word])
        found.skipped.extend(skipped)
    elif word == STDIN or os.path.lexists(word):
        found.names.append(word)
    else:
        matches = sorted(glob.glob(word, recursive=True), key=_as_counted)  # noqa: PTH207
        for match in matches:
            _find(match, found)
        if not matches:
            found.names.append(word)


def _pictures_below(folder: str) -> tuple[list[str], list[str]]:
    """Return the pictures in a folder and below, and what is there besides."""
    files: list[str] = []
    unreadable: list[str] = []
    for place, _, names in os.walk(folder, onerror=lambda e: unreadable.append(str(e.filename))):
        files += [str(Path(place) / name) for name in names]
    pictures = [name for name in files if is_picture_file(name)]
    others = {*files, *unreadable} - {*pictures}
    return sorted(pictures, key=_as_counted), sorted(others, key=_as_counted)


def _as_counted(name: str) -> list[tuple[int, str]]:
    """Sort key that puts 2.png before 10.png."""
    parts = re.split("([0-9]+)", name)
    return [(int(part), "") if i % 2 else (-1, part) for i, part in enumerate(parts)]
