"""The parser of command-line options that all commands share: ``--version``, errors in one line."""

from __future__ import annotations

import argparse
import difflib
import mimetypes
import os
import platform
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from digitrec import __version__
from digitrec.config.checks import DEVICES, nearest
from digitrec.config.completion import complete, unfinished_line
from digitrec.config.plugins import load_plugins
from digitrec.config.setting_words import set_options
from digitrec.errors import DigitrecError
from digitrec.message_text import quoted, shorten

__all__ = ["PATH_TEXT", "CommandParser", "version_line"]

PATH_TEXT = "path"
"""The type of an argument that is a path, and stays text."""
KEPT_FORMAT = argparse.RawDescriptionHelpFormatter
OPTION_OF = {
    "data.root": "--root",
    "device": "--device",
    "plugins": "--plugins",
    "run_dir": "--run-dir",
}
"""The options by which commands take what is a setting in training."""
MUCH_WORSE = 0.15  # of the similarity of words, from 0 to 1
NUMBERS: dict[Any, str] = {int: "whole number", float: "number"}
FILES = ("CHECKPOINT", "FILE", "FOLDER", "IMAGE", "LIST")
"""How arguments are shown that are files or folders."""


def version_line() -> str:
    """Return the versions of digitrec, PyTorch and Python, without importing PyTorch."""
    from importlib.metadata import PackageNotFoundError, version  # slow, and seldom needed

    try:
        torch = version("torch")
    except PackageNotFoundError:
        torch = "not installed"
    return f"digitrec {__version__} (PyTorch {torch}, Python {platform.python_version()})"


class CommandParser(argparse.ArgumentParser):
    """An `argparse.ArgumentParser` whose errors are one line, with the nearest right word.

    Args:
        program: How the command is called.
        description: What it does.
        epilog: Text below the options, printed as it is.
        with_help: Whether there is the option ``--help``.
        takes_plugins: Whether there is the option ``--plugins``, which imports them at once.
    """

    def __init__(
        self,
        program: str,
        description: str,
        epilog: str | None = None,
        with_help: bool = True,
        takes_plugins: bool = False,
    ) -> None:
        kept: dict[str, Any] = {"formatter_class": KEPT_FORMAT} if epilog else {}
        super().__init__(
            prog=program, description=description, epilog=epilog, add_help=with_help, **kept
        )
        self.register("type", PATH_TEXT, str)
        for action in (None, "store"):  # as add_argument calls what stores a value
            self.register("action", action, _Once)
        self.add_argument("--version", action=_Version, help="show the version and exit")
        if takes_plugins:
            self.add_argument(
                "--plugins", metavar="MODULES",
                help="comma-separated modules of your own that register networks and other choices",
            )  # fmt: skip

    def error(self, message: str) -> NoReturn:
        """Raise what is wrong with the words.

        Raises:
            DigitrecError: always.
        """
        raise DigitrecError(f"{message}; {self.prog} --help explains all options")

    def parse_args(self, args: Any = None, namespace: Any = None) -> argparse.Namespace:  # type: ignore[override]
        """Return the values of the words; options may stand anywhere among them."""
        if (line := unfinished_line()) is not None:
            settings = any(action.metavar == "key=value" for action in self._actions)
            found_words = complete(line[1:], self.option_names(), settings, self._few_words())
            print(*found_words, sep="\n")
            self.exit()
        found: argparse.Namespace
        names = self.option_names()
        set_options({key: option for key, option in OPTION_OF.items() if option in names})
        words = _words(sys.argv[1:] if args is None else args)
        for word in words:
            if _is_like_short_options(word) and _may_be_file(word):
                self._reject(word)  # else -out.png is taken for -o with the value ut.png
        found, unknown = self.parse_known_intermixed_args(words, namespace)
        if unknown:
            self._reject(unknown[0])
        _check_current_folder()
        if plugins := getattr(found, "plugins", None):
            load_plugins(plugins)
        return found

    def option_names(self) -> Sequence[str]:
        """Return all options in their long form, such as ``--json``."""
        return [name for name in self._option_string_actions if name.startswith("--")]

    def _few_words(self) -> dict[str, list[str]]:
        """Return what each option can be that takes one of a few words, as `complete` needs it."""
        found = {
            name: [str(choice) for choice in action.choices]
            for action in self._actions
            if action.choices is not None
            for name in action.option_strings or [""]
        }
        return found | ({"--device": sorted(DEVICES)} if "--device" in self.option_names() else {})

    def unknown_option(self, name: str) -> str:
        """Say that there is no option of this name, and which are near it, the nearest first."""
        near = _near_options(name, self.option_names())
        if near:
            return f"there is no option {name}; did you mean {' or '.join(near)}?"
        return f"there is no option {name}; {self.prog} --help explains all options"

    def _print_message(self, message: str, file: Any = None) -> None:
        print(message, end="", file=file)  # that of argparse hides what goes wrong with it

    def _parse_optional(self, arg_string: str) -> Any:
        return None if isinstance(arg_string, _NoOption) else super()._parse_optional(arg_string)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            advice = nearest(str(value), map(str, action.choices))
            raise argparse.ArgumentError(action, f"no choice is called {quoted(value)}; {advice}")

    def _get_value(self, action: argparse.Action, arg_string: str) -> Any:
        is_path = action.type in (Path, PATH_TEXT) or action.metavar in FILES
        if not arg_string and is_path:  # as of a variable that is not set
            raise argparse.ArgumentError(action, "an empty argument names no file or folder")
        kind: Any = action.type
        if kind in NUMBERS:
            try:
                return kind(arg_string)
            except ValueError:
                problem = f"{quoted(arg_string)} is not a {NUMBERS[kind]}"
                raise argparse.ArgumentError(action, problem) from None
        return super()._get_value(action, arg_string)

    def _reject(self, word: str) -> NoReturn:
        if _may_be_file(word) and not isinstance(word, _NoOption):
            raise DigitrecError(
                f"there is no option {word}; if {word} is a file, write ./{word}, or put -- "
                "before it"
            )
        name = word.partition("=")[0]
        if name.startswith("-") and not isinstance(word, _NoOption):
            raise DigitrecError(self.unknown_option(name))
        raise DigitrecError(f"{word}: one argument too many; {self.prog} --help explains them")


def _near_options(name: str, known: Sequence[str]) -> list[str]:
    """Return options that a misspelt one may mean, at most three, without much worse ones."""
    word = shorten(name.lstrip("-").lower())  # as in `nearest`
    options = {option.lstrip("-"): option for option in known}
    close = difflib.get_close_matches(word, options, n=3, cutoff=0.6)
    alike = [difflib.SequenceMatcher(None, one, word).ratio() for one in close]
    return [
        options[one] for one, how in zip(close, alike, strict=True) if how > alike[0] - MUCH_WORSE
    ]


def _is_like_short_options(word: str) -> bool:
    """Tell whether argparse may take a word for short options, as -out.png for -o ut.png."""
    is_short = word.startswith("-") and not word.startswith("--")
    return is_short and len(word) > 2 and not isinstance(word, _NoOption)


def _may_be_file(word: str) -> bool:
    """Tell whether a word that begins with a dash is a file, or is named as a picture is."""
    kind = mimetypes.guess_type(word, strict=False)[0] or ""
    return word.startswith("-") and (os.path.lexists(word) or kind.startswith("image/"))


def _check_current_folder() -> None:
    """Check that there is a current folder: without one PyTorch's libraries end the process."""
    try:
        Path.cwd()
    except FileNotFoundError:
        raise DigitrecError(
            "the current folder no longer exists; cd to another one, and try again"
        ) from None


class _NoOption(str):
    """A word that stands after ``--``, and so is no option, whatever it begins with."""

    __slots__ = ()


def _words(given: Iterable[str]) -> list[str]:
    """Mark the words behind ``--``.

    argparse looks at them twice where options may stand anywhere, and has lost the ``--`` then.
    """
    words = [*given]
    end = words.index("--") + 1 if "--" in words else len(words)
    return [*words[:end], *map(_NoOption, words[end:])]


class _Once(argparse.Action):
    """Stores a value; of an option that is given twice argparse's own action keeps the last."""

    _given: tuple[argparse.Namespace, Any] | None = None  # the last value, and for whom it was

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, *_: Any
    ) -> None:
        # What the namespace holds does not tell a default from the same value that was given.
        owner, before = self._given or (None, None)
        if self.option_strings and owner is namespace and before != values:
            raise argparse.ArgumentError(self, f"given twice: {before} and {values}; name one")
        self._given = namespace, values
        setattr(namespace, self.dest, values)


class _Version(argparse.Action):
    def __init__(self, option_strings: Sequence[str], dest: str, **more: Any) -> None:
        super().__init__(option_strings, argparse.SUPPRESS, nargs=0, **more)

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> NoReturn:
        print(version_line())
        parser.exit()
