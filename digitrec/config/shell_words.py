"""Paths as words of a command that the user can paste into a shell."""

from __future__ import annotations

import shlex
from pathlib import Path

from digitrec.config.overrides import quote_text

__all__ = ["path_setting", "path_word"]


def path_word(path: Path | str) -> str:
    """Write a path as an argument of a command, whatever signs it holds."""
    return shlex.quote(_unambiguous(str(path)))


def path_setting(key: str, path: Path | str) -> str:
    """Write a path as a setting of the command line, such as ``resume='a b'``."""
    text = _unambiguous(str(path))
    # Settings take a text as it is typed, but for these signs; see `digitrec.config.overrides`.
    special = "," in text or "${" in text or text != text.strip() or text[:1] in "'\""
    return shlex.quote(f"{key}={quote_text(text) if special or text == 'null' else text}")


def _unambiguous(path: str) -> str:
    """Keep a path from being taken for an option or for a user's home."""
    return f"./{path}" if path.startswith(("-", "~")) else path
