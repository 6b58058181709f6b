"""Checks of single settings, each with an error of one line; the words nearest to a typo."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Any

from digitrec.errors import ConfigError
from digitrec.message_text import shorten

__all__ = [
    "DEVICES",
    "check",
    "check_choice",
    "check_data_seed",
    "check_device",
    "check_fraction",
    "check_width",
    "nearest",
]

DEVICES = ("auto", "cpu", "cuda", "mps")
DEVICE_SYNONYMS = {"gpu": "cuda", "nvidia": "cuda", "metal": "mps", "apple": "mps"}


def nearest(word: str, known: Iterable[str]) -> str:
    """Suggest the known words that are nearest to a misspelt one, or all if none is near."""
    known = list(known)
    word = shorten(word)  # the search takes time that grows with the square of the length
    same = [name for name in known if name.lower() == word.lower()]
    close = same or difflib.get_close_matches(word, known, n=3, cutoff=0.6)
    if close:
        return f"did you mean {' or '.join(close)}?"
    return f"choose from {', '.join(known)}"


def check(holds: bool, key: str, rule: str, value: Any) -> None:
    """Check that a rule for a setting holds.

    Args:
        holds: Whether it does.
        key: The setting, such as ``optimizer.lr``.
        rule: The rule in words, which follow "must be".
        value: Of the setting.

    Raises:
        ConfigError: if it does not hold.
    """
    if not holds:
        raise ConfigError(f"{key}={shorten(value)}: must be {rule}")


def check_fraction(key: str, value: float) -> None:
    """Check that a value is at least 0 and below 1; raises as `check`."""
    check(0 <= value < 1, key, "at least 0 and below 1", value)


def check_data_seed(seed: int) -> None:
    """Check the seed of a data set that is made; raises as `check`."""
    check(0 <= seed < 2**31, "data.seed", "from 0 to 2147483647", seed)


def check_width(width: int) -> None:
    """Check a setting that multiplies the channels of all layers.

    Raises:
        ConfigError: if it is not an even number from 2 to 1024.
    """
    # The upper bound keeps a checkpoint file of unknown origin from asking for all the memory.
    check(width in range(2, 1025, 2), "model.width", "an even number from 2 to 1024", width)


def check_choice(key: str, value: str, known: tuple[str, ...]) -> None:
    """Check that a value is one of the known ones; raises as `check`, and suggests the nearest."""
    if value not in known:
        raise ConfigError(f"{key}={shorten(value)}: {nearest(value, known)}")


def check_device(value: str, key: str = "device=") -> None:
    """Check that a value is the name of a device; raises as `check`, and suggests the nearest.

    Args:
        value: Such as ``cuda``, or ``cuda:1`` for the second of several.
        key: What stands before it in the message.
    """
    value = shorten(value)
    if value in DEVICES or re.fullmatch(r"cuda:\d{1,3}", value):
        return
    if re.fullmatch(r"\d{1,3}", value):
        raise ConfigError(f"{key}{value}: did you mean cuda:{value}?")
    kind = re.fullmatch(r"([a-z]+)[:\s]?(\d{0,3})", value.strip().lower())
    name = DEVICE_SYNONYMS.get(kind[1], kind[1]) if kind else ""
    if kind and name == "cuda":
        raise ConfigError(f"{key}{value}: did you mean {f'cuda:{kind[2]}' if kind[2] else 'cuda'}?")
    if kind and name in DEVICES:
        raise ConfigError(f"{key}{value}: did you mean {name}?")
    raise ConfigError(f"{key}{value}: {nearest(value, DEVICES)}")
