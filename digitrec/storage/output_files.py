"""What a command writes must not take the place of what it reads."""

from __future__ import annotations

from pathlib import Path

from digitrec.errors import DigitrecError, printable

__all__ = ["check_replaces_none"]


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
