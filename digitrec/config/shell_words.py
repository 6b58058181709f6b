"""Commands, paths and settings that the user can paste into a shell, whatever signs they hold."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from pathlib import Path

from hydra.core.override_parser.types import Quote, QuotedString

from digitrec.config.plugins import plugin_words

__all__ = ["command", "module_command", "path_setting", "path_word", "quote_text", "shell_word"]


def command(name: str, *words: str) -> str:
    """Write a command that does its work here, now: with this Python, and with the same plugins.

    Args:
        name: Of the command, such as ``train``.
        words: That follow it, quoted for a shell already.
    """
    plugins = plugin_words()
    if plugins and name == "train":
        plugins = [f"plugins={plugins[1]}"]
    return " ".join([module_command(name), *words, *plugins])


def module_command(name: str | None = None) -> str:
    """Return how a command is called, such as ``python -m digitrec.train``; None for all."""
    return f"{_python()} -m digitrec{f'.{name}' if name else ''}"


def shell_word(text: str) -> str:
    """Quote a word for a shell, such as a setting that was given."""
    # Messages show control characters escaped, and so would the word be: it is written here as a
    # shell reads it. Bytes that are no text (surrogates) are written as they are.
    if all(sign.isprintable() or 0xDC80 <= ord(sign) <= 0xDCFF for sign in text):
        return shlex.quote(text)
    return "$'" + "".join(_escaped(sign) for sign in text) + "'"


def path_word(path: Path | str) -> str:
    """Write a path as an argument of a command, whatever signs it holds."""
    return shell_word(_unambiguous(str(path)))


def path_setting(key: str, path: Path | str) -> str:
    """Write a path as a setting of the command line, such as ``resume='a b'``."""
    text = _unambiguous(str(path))
    # Settings take a text as it is typed, but for these signs; see `digitrec.config.overrides`.
    special = "," in text or "${" in text or text != text.strip() or text[:1] in "'\""
    return shell_word(f"{key}={quote_text(text) if special or text == 'null' else text}")


def quote_text(text: str) -> str:
    """Write any text as a value that Hydra reads as this text."""
    # OmegaConf's interpolations: a dollar sign with a brace, unless a backslash precedes them.
    escaped = re.sub(r"(\\*)\$\{", lambda match: 2 * match[1] + r"\${", text)
    return QuotedString(text=escaped, quote=Quote.double).with_quotes()


def _python() -> str:
    """Return what starts this Python from the current folder."""
    here = Path(sys.executable)
    for name in ("python", "python3"):
        found = shutil.which(name)
        if found and _is_same_program(Path(found), here):
            return name
    if here.is_relative_to(Path.cwd()):
        # Without a folder, a shell would look for it elsewhere.
        return path_word(os.path.join(".", here.relative_to(Path.cwd())))  # noqa: PTH118
    return path_word(here)


def _is_same_program(one: Path, other: Path) -> bool:
    # An environment's Python links to that outside of it, and is another one all the same.
    return one.parent.resolve() == other.parent.resolve() and one.resolve() == other.resolve()


def _unambiguous(path: str) -> str:
    """Keep a path from being taken for an option or for a user's home."""
    return f"./{path}" if path.startswith(("-", "~")) else path


def _escaped(sign: str) -> str:
    """Write a sign between ``$'`` and ``'``, where a shell reads the bytes by their numbers."""
    if re.fullmatch(r"[^\\']", sign) and sign.isprintable():
        return sign
    return "".join(f"\\x{byte:02x}" for byte in os.fsencode(sign))
