"""Reading the HDF5 files of a run directory, of this and of earlier format versions."""

from __future__ import annotations

from pathlib import Path

from digitrec.errors import HDF5Error, RunFileError
from digitrec.message_text import quoted
from digitrec.storage import hdf5

__all__ = ["read_versioned"]


def read_versioned(file: Path, *formats: str, version: int, advice: str) -> hdf5.Content:
    """Read a file whose attributes ``format`` and ``format_version`` say how to understand it.

    Args:
        file: The file.
        formats: What its format may be.
        version: The newest format version that is read; the first is 1.
        advice: What the user can do if the file cannot be read.

    Raises:
        RunFileError: If the file cannot be read, is damaged, or is of another format or version.
    """
    try:
        content = hdf5.read(file, *formats)
    except HDF5Error as error:
        raise RunFileError(file, error.problem, error.advice or advice) from None
    found = content.attributes.get("format_version")
    if found not in range(1, version + 1):
        raise RunFileError(
            file,
            f"has format version {quoted(found)}, and this version of digitrec reads 1 to "
            f"{version}",
            "use the version of digitrec that wrote it",
        )
    return content
