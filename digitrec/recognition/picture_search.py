"""Finding the picture files that are named on the command line or in a list.

Names are yielded one by one: even of a million files, only the names in one folder, and in those
above it, are in memory at a time.
"""

from __future__ import annotations

import codecs
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from io import RawIOBase
from pathlib import Path
from typing import BinaryIO, Literal

from digitrec.errors import DigitrecError
from digitrec.imaging.files.picture_files import is_picture_file
from digitrec.storage.path_patterns import matching_paths

__all__ = [
    "STDIN",
    "Skipped",
    "count_files",
    "find_pictures",
    "listed_pictures",
    "open_list",
    "read_list",
]

EXAMPLES = 3  # how many of the skipped files are named
BLOCK = 1 << 16  # bytes of a list that are read at a time
LONGEST_NAME = 1 << 20  # bytes; systems allow some thousands

STDIN = "-"  # the word for standard input


class Skipped:
    """Files in folders that are not read: how many there are, and a few names.

    Args:
        own: Folders, and the names of the files that the command itself writes there: they are
            neither read nor counted.

    Attributes:
        count: Files that are not pictures.
        names: The first of them.
    """

    def __init__(self, own: Iterable[tuple[Path, re.Pattern[str]]] = ()) -> None:
        self.count = 0
        self.names: list[str] = []
        self._own = [(os.path.realpath(folder), names) for folder, names in own]

    def is_own(self, folder: str, name: str) -> bool:
        """Tell whether the command itself writes a file; the folder is without links."""
        return any(folder == one and names.fullmatch(name) for one, names in self._own)

    def add(self, name: str) -> None:
        """Count one more."""
        self.count += 1
        if self.count <= EXAMPLES:
            self.names.append(name)

    def __str__(self) -> str:
        some = ", ".join(self.names) + (", …" if self.count > EXAMPLES else "")
        if self.count == 1:
            return f"skipped 1 file that is not a picture: {some}"
        return f"skipped {self.count:,} files that are not pictures: {some}"


def find_pictures(words: Iterable[str], skipped: Skipped) -> Iterator[str]:
    """Find the files that words name.

    Args:
        words: Each is a file; a folder, which stands for the pictures in it and below; or a
            pattern, which stands for what it matches. A file whose name looks like a pattern is a
            file. A word that names nothing is taken as it is, and opening it is an error.
        skipped: Counts the files of folders that are not pictures.

    Yields:
        The pictures in the order of the words; those of one word sorted so that 2.png is before
        10.png. What a pattern matches in a folder that it matches, too, is yielded once. A folder
        that cannot be listed is yielded as it is, and opening it is an error.
    """
    for word in words:
        if word == STDIN or os.path.lexists(word):
            yield from _file_or_folder(word, skipped)
        else:
            matches = sorted(_outermost(matching_paths(word)), key=_as_counted)
            for match in [one for one in matches if not _is_own(one, skipped)] or [word]:
                yield from _file_or_folder(match, skipped)


def listed_pictures(names: Iterable[str], skipped: Skipped) -> Iterator[str]:
    """Find the files that a list names, like `find_pictures` but without patterns."""
    for name in names:
        yield from _file_or_folder(f"./{name}" if name == STDIN else name, skipped)


def open_list(list_file: str, end: bytes) -> Iterator[str]:
    """Open a list of names at once, and read it as it comes, as `read_list` does.

    Args:
        list_file: Its name; `STDIN` for standard input.
        end: The byte at the end of each name.

    Raises:
        DigitrecError: if it cannot be opened or read, or is no such list.
    """
    if list_file == STDIN:
        # Without its buffer: a pipe then gives what it has, and holds no lock while it waits.
        file: BinaryIO | RawIOBase = getattr(sys.stdin.buffer, "raw", sys.stdin.buffer)
    else:
        try:
            file = Path(list_file).open("rb", buffering=0)  # noqa: SIM115 (closed below)
        except OSError as error:
            raise DigitrecError(f"--files {list_file}: {error.strerror}") from None

    def names() -> Iterator[str]:
        with file if list_file != STDIN else nullcontext():
            try:
                yield from read_list(file, end)
            except OSError as error:
                raise DigitrecError(f"--files {list_file}: {error.strerror}") from None

    return names()


def read_list(file: BinaryIO | RawIOBase, end: bytes) -> Iterator[str]:
    """Read a list of names as it comes, from a file or a pipe.

    Args:
        file: Open in binary mode, best without a buffer: a pipe then gives what it has.
        end: The byte at the end of each name: a newline, or NUL, as ``find -print0`` writes.

    Yields:
        The names that are not empty.

    Raises:
        DigitrecError: if a name has no end, or the list is in UTF-16.
    """
    rest, first = b"", True
    while block := file.read(BLOCK):
        if first and end == b"\n":
            if block.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                raise DigitrecError("--files: this list is in UTF-16; save it in UTF-8")
            block = block.removeprefix(codecs.BOM_UTF8)  # of a list that was written on Windows
        first = False
        if end == b"\n" and b"\0" in block:
            raise DigitrecError("--files: the names of this list end in NUL: add --null")
        *names, rest = (rest + block).split(end)
        for name in filter(None, names):  # so that a billion empty lines do not take long
            yield from _name(name, end)
        if len(rest) > LONGEST_NAME:
            raise DigitrecError(
                f"--files: a name has more than {LONGEST_NAME:,} bytes; names must end in "
                "newlines, or with --null in NUL"
            )
    yield from _name(rest, end)


def _name(line: bytes, end: bytes) -> Iterator[str]:
    if end == b"\n":
        line = line.removesuffix(b"\r")  # of a list that was written on Windows
    if line:
        yield os.fsdecode(line)


def count_files(words: Iterable[str], stop: Callable[[], bool]) -> int:
    """Count roughly what words name, without opening any of it, for a progress bar."""
    count = 0
    for word in words:
        if not os.path.isdir(word):  # noqa: PTH112 (Path's raises for a long word)
            found = [] if word == STDIN or os.path.lexists(word) else matching_paths(word)
            count += len(found) or 1
            continue
        for _, _, names in os.walk(word):
            if stop():
                return count
            count += len(names)
    return count


def _file_or_folder(name: str, skipped: Skipped) -> Iterator[str]:
    if name == STDIN or not os.path.isdir(name):  # noqa: PTH112 (Path's raises for a long word)
        yield name
        return
    empty = True
    for picture in _pictures_below(name, skipped):
        empty = False
        yield picture
    if empty:
        yield name  # opening it says that it has none


def _pictures_below(folder: str, skipped: Skipped) -> Iterator[str]:
    """Find the pictures in a folder and below, and folders that cannot be listed.

    Links to folders are not followed.
    """
    # A stack in place of recursion, because folders may be nested a thousand deep.
    stack = [_entries(folder, skipped)]
    while stack:
        for name, kind in stack[-1]:
            if kind == "folder":
                stack.append(_entries(name, skipped))
                break
            if kind == "closed" or is_picture_file(name):
                yield name
            else:
                skipped.add(name)
        else:
            stack.pop()


def _entries(
    folder: str, skipped: Skipped
) -> Iterator[tuple[str, Literal["file", "folder", "closed"]]]:
    """Return the path and the kind of each file and folder in a folder.

    Of a folder that cannot be listed, its own path is returned, as closed.
    """
    place = os.path.realpath(folder)
    try:
        with os.scandir(folder) as found:
            # With the / that the paths of files in a folder have, a folder sorts as its files do.
            names = [
                f"{entry.name}/" if entry.is_dir(follow_symlinks=False) else entry.name
                for entry in found
                if not (entry.is_symlink() and _leads_to_folder(entry))
                and not skipped.is_own(place, entry.name)
            ]
    except FileNotFoundError:  # it was removed a moment ago
        return
    except OSError:
        yield folder, "closed"
        return
    names.sort()  # numbers that are written in several ways, 1 and 01, keep one order
    names.sort(key=_as_counted)
    for name in names:
        yield str(Path(folder) / name), "folder" if name.endswith("/") else "file"


def _outermost(paths: list[str]) -> list[str]:
    """Leave out what lies in a folder that is among the paths: the folder stands for it.

    A link to a folder that it lies in stands for nothing that is not found without it.
    """
    folders = {path: os.path.normpath(path) for path in paths if os.path.isdir(path)}  # noqa: PTH112
    circles = {path for path in folders if os.path.islink(path) and _leads_back(path)}  # noqa: PTH114
    outer = {folder for path, folder in folders.items() if path not in circles}
    return [
        path for path in paths if path not in circles and outer.isdisjoint(_folders_above(path))
    ]


def _leads_back(link: str) -> bool:
    place = os.path.join(os.path.realpath(os.path.dirname(link)), "link")  # noqa: PTH118, PTH120
    return os.path.realpath(link) in _folders_above(place)


def _folders_above(path: str) -> Iterator[str]:
    folder = os.path.normpath(path)
    while (above := os.path.dirname(folder)) != folder and above:  # noqa: PTH120
        yield above
        folder = above


def _is_own(path: str, skipped: Skipped) -> bool:
    folder, name = os.path.split(path)
    return skipped.is_own(os.path.realpath(folder), name)


def _leads_to_folder(link: os.DirEntry[str]) -> bool:
    try:
        return link.is_dir()
    except OSError:  # a link to itself, or to where nobody may look
        return False


def _as_counted(name: str) -> str:
    """Sort key that puts 2.png before 10.png.

    The length of each number is put before it, so that numbers compare by value as text; and the
    lowest character before that, so that numbers sort before other signs. A single text takes a
    tenth of the memory of a list of parts.
    """
    return re.sub("[0-9]+", _with_length, name)


def _with_length(number: re.Match[str]) -> str:
    digits = number[0].lstrip("0")
    return f"\0{chr(1 + len(digits))}{digits}\0"
