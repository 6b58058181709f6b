"""What a command writes must be able to be a file, and must not replace what it reads."""

from __future__ import annotations

import os
from pathlib import Path

from digitrec.errors import DigitrecError
from digitrec.message_text import printable

__all__ = [
    "check_can_be_folder",
    "check_folder_of",
    "check_is_file_name",
    "check_replaces_none",
    "check_writable",
]

_SEPARATORS = tuple(filter(None, (os.sep, os.altsep)))


def check_is_file_name(option: str, name: str, folder: bool = False) -> None:
    """Check that a file, or a folder of files, of this name can be written, before that is tried.

    Args:
        option: The option that names it, for the error.
        name: As it was given; it need not be there.
        folder: It is a folder of files.

    Raises:
        DigitrecError: if it is standard output, a pipe or a device, or in no folder; or, of a file,
            if it is a folder.
    """
    path, given = Path(name), f"{option} {name}"
    if name == "-":
        raise DigitrecError(f"{given}: this is no file; leave out {option}, and redirect (> FILE)")
    if path.exists() and not path.is_file() and not path.is_dir():
        raise DigitrecError(
            f"{given}: a pipe or a device is no file; leave out {option}, and redirect (> {name})"
        )
    if not folder and (path.is_dir() or name.endswith(_SEPARATORS)):
        raise DigitrecError(f"{given}: this names a folder; name a file")
    check_folder_of(option, path)


def check_folder_of(option: str, file: Path) -> None:
    """Check that the folder of a file is there and can be written, before work begins.

    Args:
        option: The option that names the file, for the error.
        file: It need not be there.

    Raises:
        DigitrecError: if it is not, or cannot.
    """
    folder = file.absolute().parent
    if not folder.is_dir():
        raise DigitrecError(f"{option} {file}: there is no folder {file.parent}")
    check_writable(f"{option} {file}", folder)


def check_can_be_folder(option: str, folder: Path) -> None:
    """Check that a folder is there and can be written, or can be made.

    Args:
        option: The option that names it, for the error.
        folder: It need not be there.

    Raises:
        DigitrecError: if not, as where a file stands in its place or above it.
    """
    there = next(path for path in (folder, *folder.parents, Path()) if os.path.lexists(path))
    if not there.is_dir():
        raise DigitrecError(f"{option} {folder}: {there} is a file; name a folder")
    check_writable(f"{option} {folder}", there)


def check_writable(given: str, folder: Path) -> None:
    """Check that files can be written to a folder that is there, before work begins.

    Args:
        given: What names the folder or a file in it, for the error.
        folder: The folder.

    Raises:
        DigitrecError: if not.
    """
    if not os.access(folder, os.W_OK | os.X_OK):
        raise DigitrecError(
            f"{given}: nothing can be written to the folder {folder}; allow it, or name another"
        )


def check_replaces_none(output: Path, *inputs: Path) -> None:
    """Check that a file to be written is none of those that are read.

    Args:
        output: the file, which need not be there.
        inputs: those that are read; one that is missing is complained of where it is read.

    Raises:
        DigitrecError: if it is one of them, by whatever name.
    """
    for file in inputs:
        if output.exists() and file.exists() and output.samefile(file):
            raise DigitrecError(
                f"{printable(str(output))} would replace what is read; write to another file"
            )
