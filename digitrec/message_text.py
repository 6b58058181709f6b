"""How names, and what files hold, stand in a message: on one line, short and safe to print."""

from __future__ import annotations

import reprlib

__all__ = ["counted", "printable", "quoted", "shorten"]

MAX_QUOTED = 80
_REPRESENTATION = reprlib.Repr()
_REPRESENTATION.maxstring = _REPRESENTATION.maxother = MAX_QUOTED


def printable(name: str) -> str:
    """Return a name of a file as text on one line, in which nothing is for a terminal to obey.

    Bytes that are not text stay as they are: they have to be written as they were read.
    """
    return "".join(
        sign if sign.isprintable() or 0xDC80 <= ord(sign) <= 0xDCFF else repr(sign)[1:-1]
        for sign in name
    )


def shorten(value: object) -> str:
    """Write something out of a file in at most 80 characters."""
    text = value if isinstance(value, str) else _represented(value)
    return text if len(text) <= MAX_QUOTED else f"{text[: MAX_QUOTED - 1]}…"


def counted(number: int, what: str) -> str:
    """Write how many of something there are, as in "1 epoch" and "2 epochs"."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def quoted(value: object) -> str:
    """Quote something out of a file, as Python would write it, in at most 80 characters."""
    if not isinstance(value, str):
        return shorten(value)
    text = repr(value[:MAX_QUOTED])
    whole = len(value) <= MAX_QUOTED and len(text) <= MAX_QUOTED
    return text if whole else f"{text[: MAX_QUOTED - 2]}…{text[0]}"


def _represented(value: object) -> str:
    try:
        # Not all of it: what YAML gives may refer to itself, or to one part a billion times.
        return _REPRESENTATION.repr(value)
    except ValueError:  # a number of too many digits
        return f"a {type(value).__name__} too long to show"
