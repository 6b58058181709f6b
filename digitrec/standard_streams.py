"""Standard output and standard error as commands need them, whatever they were started with."""

from __future__ import annotations

import codecs
import io
import os
import sys
from collections.abc import Callable

__all__ = ["give_up_full_output", "prepare_streams"]

IN_ASCII = {
    "×": "x", "±": "+-", "…": "...", "→": "->", "≤": "<=", "≥": ">=",
    "─": "-", "━": "-", "╸": "-", "╺": "-", "│": "|", "·": "*", "•": "*",
}  # fmt: skip
"""How signs of tables and help texts are written where the output's encoding lacks them."""


def prepare_streams() -> None:
    """Have both take any text, and errors of writing to the standard output name it."""
    _open_closed_streams()
    codecs.register_error("digitrec", _write_otherwise)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="digitrec")
    _name_output()


def _open_closed_streams() -> None:
    """Open what was closed before the start, as by ``>&-``, so that it can be written and lost.

    Its number is taken as well: else the next file that is opened gets it, and what a library
    writes to the standard output lands in that file.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is not None:
            continue
        handle = os.open(os.devnull, os.O_RDWR)
        try:
            os.fstat(number)
        except OSError:
            os.dup2(handle, number)
            os.close(handle)
            handle = number
        setattr(sys, name, open(handle, mode, encoding="utf-8"))  # noqa: SIM115, PTH123


def _name_output() -> None:
    """Have errors of writing to the standard output name it, as those of files name the file."""
    output = sys.stdout

    def named(function: Callable[..., int | None]) -> Callable[..., int | None]:
        def call(*text: str) -> int | None:
            try:
                return function(*text)
            except OSError as error:
                error.filename = "standard output"
                raise

        return call

    # Without a buffer (PYTHONUNBUFFERED), or with more than one holds, printing raises them.
    output.write = named(output.write)  # type: ignore[method-assign]
    output.flush = named(output.flush)  # type: ignore[method-assign]


def give_up_full_output() -> bool:
    """Keep Python from writing once more at exit to an output that cannot be written.

    Returns:
        Whether it cannot be written.
    """
    try:
        sys.stdout.flush()
    except OSError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123
        return True
    return False


def _write_otherwise(error: UnicodeError) -> tuple[str | bytes, int]:
    """Write what an encoding lacks, such as that of a pipe on Windows, in signs that it has.

    Bytes of file names that are not text become the same bytes again.
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    written = b""
    for sign in error.object[error.start : error.end]:
        if 0xDC80 <= ord(sign) <= 0xDCFF:
            written += bytes([ord(sign) - 0xDC00])
        else:
            written += IN_ASCII.get(sign, sign).encode("ascii", "backslashreplace")
    return written, error.end
