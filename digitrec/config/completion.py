"""What can stand at the end of an unfinished command line, for the completion of shells."""

from __future__ import annotations

import contextlib
import io
import os
import shlex
from collections.abc import Iterable, Mapping, Sequence

__all__ = ["complete", "unfinished_line"]

VARIABLE = "_DIGITREC_COMPLETE"
"""The environment variable in which a shell gives the command line up to the cursor."""


def unfinished_line() -> list[str] | None:
    """Return the words of the line that is to be completed, without the first; None if none is."""
    line = os.environ.get(VARIABLE)
    if line is None:
        return None
    for quote in ("", "'", '"'):  # a quote may be open
        try:
            words = shlex.split(line + quote)
        except ValueError:
            continue
        return words[1:] + ([""] if line[-1:].isspace() and not quote else [])
    return []


def complete(
    words: Sequence[str],
    options: Iterable[str],
    settings: bool,
    choices: Mapping[str, Sequence[str]] | None = None,
) -> list[str]:
    """Return what the last of the words can become; nothing where that is a file.

    Args:
        words: Those of a command; the last is unfinished, and may be empty.
        options: That the command has.
        settings: Whether it takes settings, ``key=value``.
        choices: What an option can be, where that is one of a few words; and, by the name "", an
            argument that is no option.
    """
    word = words[-1] if words else ""
    choices = choices or {}
    name, sign, begun = word.partition("=")
    if sign and name in choices:
        return [f"{name}={found}" for found in choices[name] if found.startswith(begun)]
    if len(words) > 1 and words[-2] in choices:
        return [found for found in choices[words[-2]] if found.startswith(word)]
    if word.startswith("-"):
        return sorted(option for option in options if option.startswith(word))
    arguments = choices.get("", ())
    if arguments and set(arguments).isdisjoint(words[:-1]):
        return [found for found in arguments if found.startswith(word)]
    if not settings:
        return []
    _load_plugins(words[:-1])
    key, sign, value = word.partition("=")
    if sign:
        before, comma, last = value.rpartition(",")  # of several, for a sweep
        begun = f"{key}={before}{comma}"
        return [f"{begun}{found}" for found in _values(key) if found.startswith(last)]
    return [f"{found}=" for found in _keys(words[:-1]) if found.startswith(word)]


def _load_plugins(words: Sequence[str]) -> None:
    """Import the plugins that the words name; where that fails, the command will say so."""
    from digitrec.config.overrides import load_named_plugins
    from digitrec.errors import DigitrecError

    with contextlib.suppress(DigitrecError), contextlib.redirect_stdout(io.StringIO()):
        load_named_plugins(words)


def _values(key: str) -> list[str]:
    from digitrec.config.checks import DEVICES
    from digitrec.config.choice_names import LAUNCHER, groups, names_in
    from digitrec.config.groups import GROUPS
    from digitrec.config.registry import choices, settings_of
    from digitrec.config.train_config import PRECISIONS, TrainConfig

    if key == LAUNCHER or key in groups():
        return list(names_in(key))
    known = {"device": DEVICES, "precision": PRECISIONS}
    if key in known:
        return sorted(known[key])
    group, _, setting = key.partition(".")
    defaults = [getattr(TrainConfig(), key, None)] if not setting else []
    if setting and group in GROUPS:
        defaults = [settings_of(kind).get(setting) for kind in choices(group).values()]
    return ["true", "false"] if any(isinstance(value, bool) for value in defaults) else []


def _keys(words: Sequence[str]) -> list[str]:
    """Return the settings, of each group those of the choice that the words make."""
    from digitrec.config.choice_names import LAUNCHER
    from digitrec.config.conversion import flatten, to_dict
    from digitrec.config.groups import GROUPS
    from digitrec.config.registry import choices, settings_of
    from digitrec.config.train_config import TrainConfig

    chosen = dict(word.split("=", 1) for word in words if "=" in word)
    found = [name for name in flatten(to_dict(TrainConfig())) if "." not in name]
    for group in GROUPS:
        default = getattr(TrainConfig(), group).name
        kind = choices(group).get(chosen.get(group, default))
        found += [group, *(f"{group}.{name}" for name in (settings_of(kind) if kind else ()))]
    return sorted({*found, "experiment", "hparams", LAUNCHER})
