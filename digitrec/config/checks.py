"""What a setting may be, and how a user is told that it is not so: in one line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from digitrec.errors import ConfigError

__all__ = ["check", "check_choice", "check_fraction", "nearest"]


def nearest(word: str, known: Iterable[str]) -> str:
    """Say which known words are nearest to a misspelt one; all of them where none is near."""
    known = list(known)
    close = difflib.get_close_matches(word, known, n=3, cutoff=0.6)
    if close:
        return f"did you mean {' or '.join(close)}?"
    return f"choose from {', '.join(known)}"


def check(holds: bool, key: str, rule: str, value: Any) -> None:
    """Raise `ConfigError` where the rule for a setting does not hold."""
    if not holds:
        raise ConfigError(f"{key}={value}: must be {rule}")


def check_fraction(key: str, value: float) -> None:
    """Raise `ConfigError` unless the value is in [0, 1)."""
    check(0 <= value < 1, key, "at least 0 and below 1", value)


def check_choice(key: str, value: str, known: tuple[str, ...]) -> None:
    """Raise `ConfigError`, naming the nearest, unless the value is one of those known."""
    if value not in known:
        raise ConfigError(f"{key}={value}: {nearest(value, known)}")
