"""What a command writes must be able to be a file, and must not replace what it reads."""

from __future__ import annotations

import os
from pathlib import Path

from digitrec.errors import DigitrecError
from digitrec.message_text import printable
from digitrec.storage.file_names import target_of

__all__ = ["check_can_be_folder", "check_folder_of", "check_is_file_name", "check_replaces_none"]

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
        raise DigitrecError(
            f"{given}: this is not a file; leave out {option}, and redirect (> FILE)"
        )
    if path.exists() and not path.is_file() and not path.is_dir():
        raise DigitrecError(
            f"{given}: a pipe or a device is not a file; leave out {option}, and redirect (> "
            f"{name})"
        )
    if not folder and (path.is_dir() or name.endswith(_SEPARATORS)):
        raise DigitrecError(f"{given}: this names a folder; name a file")
    check_folder_of(option, path)


def check_folder_of(option: str, file: Path) -> None:
    """Check that the folder of a file is there and can be written, before work begins.

    Args:
        option: The option that names the file, for the error; empty if none does.
        file: It need not be there.

    Raises:
        DigitrecError: if it is not, or cannot.
        OSError: as `target_of`.
    """
    target, given = target_of(file), f"{option} {file}".lstrip()
    folder = target.absolute().parent
    if not folder.is_dir():
        link = f"it is a link to {target}, and " if target != file else ""
        raise DigitrecError(f"{given}: {link}there is no folder {target.parent}; make it first")
    _check_writable(given, folder)


def check_can_be_folder(option: str, folder: Path) -> None:
    """Check that a folder is there and can be written, or can be made.

    Args:
        option: The option that names it, for the error.
        folder: It need not be there.

    Raises:
        DigitrecError: if not, as where a file stands in its place or above it.
        OSError: as `target_of`.
    """
    target = target_of(folder)
    there = next(path for path in (target, *target.parents) if os.path.lexists(path))
    if not there.is_dir():
        raise DigitrecError(f"{option} {folder}: {there} is a file; name a folder")
    _check_writable(f"{option} {folder}", there)


def check_replaces_none(output: Path, *inputs: Path) -> None:
    """Check that a file to be written is none of those that are read.

    Args:
        output: The file, which need not be there.
        inputs: Those that are read; one that is missing is complained of where it is read.

    Raises:
        DigitrecError: if it is one of them, by whatever name.
    """
    for file in inputs:
        if output.exists() and file.exists() and output.samefile(file):
            raise DigitrecError(
                f"{printable(str(output))} would replace what is read; write to another file"
            )


def _check_writable(given: str, folder: Path) -> None:
    if not os.access(folder, os.W_OK | os.X_OK):
        raise DigitrecError(
            f"{given}: nothing can be written to the folder {folder}; allow it, or name another"
        )
