"""Modules of the user's own that register choices, imported where a command names them.

A command imports what its own words name (``plugins=[my_nets]`` in training, ``--plugins my_nets``
elsewhere), and nothing else: a checkpoint file or a run directory that needs a plugin says so, and
never imports one.
"""

from __future__ import annotations

import dataclasses
import importlib
import re
import sys
import traceback
import types
import typing
from collections.abc import Mapping, Sequence
from pathlib import Path

from digitrec.config.checks import nearest
from digitrec.config.groups import GROUPS, Choice
from digitrec.config.registry import all_or_nothing, choices
from digitrec.config.setting_words import setting_word
from digitrec.errors import ConfigError

__all__ = [
    "advice_on_plugins",
    "load_plugins",
    "loaded_plugins",
    "plugin_names",
    "plugin_words",
    "types_of",
]

TYPES = (bool, int, float, str)
"""What a setting can be; or one of these, or None."""

LOADED: dict[str, Path | None] = {}
"""The file of each module that was loaded, by its name."""


def plugin_names(text: str) -> list[str]:
    """Return the names of modules in a text such as ``my_nets`` or ``[my_nets,my_data]``.

    Raises:
        ConfigError: if it is not a list of names.
    """
    inner = text.strip().removeprefix("[").removesuffix("]")
    names = [name.strip().strip("'\"") for name in inner.split(",")]
    for name in names:
        if not re.fullmatch(r"[^\W\d]\w*(\.[^\W\d]\w*)*", name) or name.endswith(".py"):
            raise ConfigError(
                f"{setting_word('plugins', text)}: name modules, with commas between them: my_nets"
            )
    return names


def load_plugins(text: str) -> None:
    """Import the modules that a command names, from the current folder or installed ones.

    Args:
        text: Their names; see `plugin_names`.

    Raises:
        ConfigError: one line that says what is wrong with the first that cannot be used.
    """
    for name in plugin_names(text):
        if name not in LOADED:
            _load(name)
            LOADED[name] = _file_of(name)


def loaded_plugins() -> Mapping[str, Path | None]:
    """Return the file of each module that was loaded."""
    return LOADED


def plugin_words() -> list[str]:
    """Return the words by which another command loads what is loaded here."""
    return ["--plugins", ",".join(LOADED)] if LOADED else []


def advice_on_plugins(recorded: object) -> str | None:
    """Say how to name the plugins that a file names and that are not loaded; None without any.

    Args:
        recorded: What stands under ``plugins`` in a configuration of unknown origin.
    """
    try:
        names = plugin_names(recorded) if isinstance(recorded, str) else []
    except ConfigError:
        return None
    missing = ",".join(name for name in names if name not in LOADED)
    if not missing:
        return None
    return (
        f"it was trained with plugins={missing}: name them again, for train with plugins={missing} "
        f"and for other commands with --plugins {missing}"
    )


def _load(name: str) -> None:
    before = {kind for group in GROUPS for kind in choices(group).values()}
    here = str(Path.cwd())
    # Last, so that no file here takes the place of an installed module.
    if not {here, ""} & set(sys.path):
        sys.path.append(here)
    fresh = name not in sys.modules
    try:
        with all_or_nothing():
            importlib.import_module(name)
            kinds = {kind for group in GROUPS for kind in choices(group).values()} - before
            for kind in sorted(kinds, key=lambda kind: str(kind.__qualname__)):
                _check(kind)
    except ModuleNotFoundError as error:
        if error.name and f"{name}.".startswith(f"{error.name}."):
            raise ConfigError(
                f"{setting_word('plugins', name)}: no module {error.name}, neither in {here} nor "
                f"installed{_similar(name)}"
            ) from None
        raise _explained(name, error) from error
    except (Exception, SystemExit) as error:
        raise _explained(name, error) from error
    if fresh and not kinds:
        raise ConfigError(
            f"{setting_word('plugins', name)}: {_file_of(name) or name} registers nothing; see "
            "digitrec/config/README.md for how to add a choice"
        )


def _check(kind: type[Choice]) -> None:
    """Check what can be told of a choice before it is used; raises `ValueError` or what it does."""
    known = {field.name for field in dataclasses.fields(kind)}
    for setting, hint in typing.get_type_hints(kind).items():
        if setting not in known:
            continue
        kinds = [one for one in types_of(hint) if one is not type(None)]
        if len(kinds) != 1 or kinds[0] not in TYPES:
            raise ValueError(
                f"{kind.__name__}.{setting} must be int, float, bool or str, or one of these | None"
            )
    kind()


def types_of(hint: object) -> tuple[object, ...]:
    """Return the types that a value may have by a hint such as ``int | None``."""
    union = typing.get_origin(hint) in (typing.Union, types.UnionType)
    return typing.get_args(hint) if union else (hint,)


def _explained(name: str, error: BaseException) -> ConfigError:
    """Say in one line where in a plugin an error came from, and what it is."""
    file, line = _file_of(name), None
    if isinstance(error, SyntaxError) and error.filename:
        file, line = Path(error.filename), error.lineno
        message = error.msg
    else:
        message = f"{error}"
        frames = traceback.extract_tb(error.__traceback__)
        inside = Path(__file__).parents[1]
        own = [
            frame
            for frame in frames
            if not frame.filename.startswith("<frozen")
            and inside not in Path(frame.filename).parents
            and Path(importlib.__file__).parent not in Path(frame.filename).parents
        ]
        if own:
            file, line = Path(own[-1].filename), own[-1].lineno
    place = f"{file}, line {line}: " if line else f"{file}: " if file else ""
    what = setting_word("plugins", name)
    return ConfigError(f"{what}: {place}{type(error).__name__}: {message}")


def _file_of(name: str) -> Path | None:
    spec = getattr(sys.modules.get(name), "__spec__", None)
    origin = getattr(spec, "origin", None)
    return Path(origin) if origin else None


def _similar(name: str) -> str:
    """Suggest a module of the current folder."""
    there: Sequence[str] = [file.stem for file in Path.cwd().glob("*.py")]
    advice = nearest(name, there) if there else ""
    return f"; {advice}" if advice.startswith("did you mean") else ""
