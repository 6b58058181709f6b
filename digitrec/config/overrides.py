"""The words of a command line, ``key=value``: which are accepted, and what to write in their place.

Hydra accepts more than has an effect here (``~augment``, ``hydra.run.dir=x``) and reads texts by
its own grammar. So words are checked before Hydra sees them, and the value of a text setting, such
as a path, is taken as it was typed.
"""

from __future__ import annotations

import difflib
import re
import typing
from collections.abc import Collection, Sequence
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any, Literal

from digitrec.config.checks import nearest
from digitrec.config.choice_names import LAUNCHER, names_in
from digitrec.config.conversion import explain_unknown
from digitrec.config.groups import GROUPS
from digitrec.config.plugins import load_plugins, plugin_names
from digitrec.config.registry import choices, settings_of
from digitrec.config.shell_words import quote_text, shell_word
from digitrec.config.train_config import TrainConfig
from digitrec.errors import ConfigError
from digitrec.message_text import shorten

__all__ = [
    "check_used",
    "explain_unreadable",
    "is_setting",
    "load_named_plugins",
    "prepare",
]

Purpose = Literal["run", "sweep", "search"]

MAX_NAME = 200  # of a choice, which is looked for as a file

WORD = re.compile(r"(?P<sign>~|\+\+|\+)?(?P<key>[\w./@-]+)(?P<value>=.*)?", re.DOTALL)

LIST = re.compile(r"\[(.*)\]", re.DOTALL)

EMPTY_LIST = re.compile(r"\[[\s,]*\]")

PATHS = (
    *("run_dir", "resume", "init", "teacher"),
    *("data.root", "data.path", "data.drawings_path", "data.folder_path"),
)
"""The text settings that are paths, in which a leading ~ is the user's home folder."""

FUNCTIONS = {
    "choice": "choice(32, 64)",
    "range": "range(1, 5)",
    "interval": "interval(0.1, 1)",
    "int": "int(interval(1, 5))",
    "tag": "tag(log, interval(0.1, 1))",
}
"""Hydra's functions that a sweep or a search needs, each with an example."""

INSTEAD_OF_HYDRA = {
    "hydra.run.dir": "the folder of a run is run_dir=FOLDER",
    "hydra.sweep.dir": "each job gets a folder of its own in experiments/",
    "hydra.sweep.subdir": "each job gets a folder of its own in experiments/",
    "hydra.job.chdir": "the working folder stays what it is; the folder of a run is run_dir=FOLDER",
    "hydra.output_subdir": "a run directory holds its configuration in config.yaml",
    "hydra.mode": "--multirun makes a run of each combination",
    "hydra.verbose": "leave it out",
    "hydra/sweeper": "--multirun runs all combinations, hparams=optuna searches",
    "hydra.sweeper": "--multirun runs all combinations, hparams=optuna searches",
}
"""What does the work of those settings of Hydra's that have no effect here."""


def prepare(words: Sequence[str], purpose: Purpose = "run") -> list[str]:
    """Check words such as ``model=deep``, and write their texts as Hydra reads them.

    Args:
        words: Of the command line.
        purpose: What they configure: one run, a sweep of runs, or a search.

    Raises:
        ConfigError: for the first word that would have no effect, with what to write.
    """
    load_named_plugins(words)
    return [_prepare_word(word, purpose) for word in _several_loggers(words)]


def load_named_plugins(words: Sequence[str]) -> None:
    """Import the plugins that words name; raises `ConfigError` as `load_plugins`."""
    for word in words:
        key, _, value = word.partition("=")
        if key == "plugins" and value not in ("", "null"):
            load_plugins(value)


def _several_loggers(words: Sequence[str]) -> list[str]:
    """Write ``logger=[tensorboard,wandb]`` as the choice of several loggers, with their names."""
    written: list[str] = []
    for word in words:
        match = re.fullmatch(r"logger=\[(.+)\]", word)
        empty = EMPTY_LIST.fullmatch(word.partition("=")[2])
        names = re.sub(r"[\s'\"]", "", match[1]) if match and not empty else ""
        several = ["logger=several", f"logger.names='{names}'"]
        written += several if "," in names else [f"logger={names}"] if names else [word]
    return written


def check_used(words: Sequence[str], used: Collection[str], command: str) -> None:
    """Check that a command that uses only some settings is given no others.

    Args:
        words: Of the command line.
        used: The groups and settings that the command uses.
        command: Its name.

    Raises:
        ConfigError: for the first word that would have no effect.
    """
    for word in words:
        match = WORD.fullmatch(word)
        key = match["key"] if match else word
        if key not in used and key.partition(".")[0] not in used:
            if match and not is_setting(key):
                raise explain_unknown(key)
            listed = ", ".join(f"{name}=…" for name in used)
            raise ConfigError(f"{word}: {command} does not use this setting; it takes {listed}")


def explain_unreadable(word: str) -> str:
    """Say how to write a word that Hydra cannot read: the function that it names, or one value."""
    key, _, value = word.partition("=")
    if match := re.match(r"\s*(\w+)\s*\(", value):
        name = shorten(match[1])
        if name in FUNCTIONS:
            return f"{name} is written as in {FUNCTIONS[name]}"
        if close := difflib.get_close_matches(name, FUNCTIONS, n=1):
            return f"no function is called {name}; did you mean {close[0]}?"
    return f"write one value, as in {_example_of(key.lstrip('+~'))}"


def _example_of(key: str) -> str:
    """Return how a setting is written: with its default, or what stands for a value."""
    value = getattr(TrainConfig(), key).name if key in GROUPS else _defaults().get(key)
    return f"{key}={'VALUE' if value is None else str(value).lower()}"


def _prepare_word(word: str, purpose: Purpose) -> str:
    match = WORD.fullmatch(word)
    if match is None or (match["value"] is None and match["sign"] != "~"):
        raise ConfigError(_explain_form(word))
    sign, key, value = match["sign"] or "", match["key"], (match["value"] or "")[1:]
    if key == "logger" and "," in value and purpose == "run" and not EMPTY_LIST.fullmatch(value):
        names = re.sub(r"[\[\]\s]", "", value).strip(",")
        several = shell_word(f"logger=[{names if ',' in names else f'{names},NAME'}]")
        raise ConfigError(f"{word}: several loggers are one word without spaces: write {several}")
    if _is_group(key) and sign != "~":
        _check_group(word, key, value, purpose)
    if key.startswith("hydra"):
        _check_hydra(sign, key, word, purpose)
        return word
    if sign == "~" and not (key.startswith("hparams.space.") and purpose == "search"):
        raise ConfigError(_explain_removal(word, key))
    if not is_setting(key):
        raise explain_unknown(key)
    group, _, setting = key.partition(".")
    if setting == "name" and group in GROUPS:
        raise ConfigError(f"{word}: write {shell_word(f'{group}={value}')}")
    if group == "hparams" and setting and purpose == "search":
        return word  # its settings are those of a file, and a search may vary more
    if sign == "+" or (sign == "++" and _is_group(key)):
        instead = shell_word(f"{key}={value}")
        raise ConfigError(f"{word}: {key} already exists, so it takes no {sign}; write {instead}")
    if group == "hparams" and setting:
        raise ConfigError(f"{word} is a setting of a search; add hparams=optuna")
    if key in _text_settings():
        return f"{sign}{key}={_text_value(key, value.strip(), purpose)}"
    return word


def _text_value(key: str, value: str, purpose: Purpose) -> str:
    """Return what Hydra is to read, for a text that was typed without Hydra's quotes."""
    if value == "null" or "${" in value:
        return value
    if key in PATHS and value.strip("'\"") == "":
        raise ConfigError(f"{key}= has no value: leave it out, or name a path")
    if key == "plugins":  # a list, and never what a sweep varies
        return quote_text(",".join(plugin_names(value)))
    if value[:1] in ("'", '"') and value[-1:] == value[:1] and len(value) > 1:
        inner = value[1:-1]
        if key in PATHS and inner.startswith("~"):
            return quote_text(_expanded(inner))
        return value
    if key == "tags":  # likewise
        inner = value[1:-1] if value[:1] == "[" and value[-1:] == "]" else value
        return quote_text(",".join(tag.strip() for tag in inner.split(",")))
    if purpose == "search" and re.match(r"(choice|shuffle|sort|tag)\(", value):
        return value
    if purpose == "sweep" and ("," in value or re.match(r"(choice|glob|sort|shuffle)\(", value)):
        return value
    return quote_text(_expanded(value) if key in PATHS else value)


def _check_group(word: str, group: str, value: str, purpose: Purpose) -> None:
    """Check that a group is given what may be the name of a choice."""
    if any(len(name) > MAX_NAME for name in value.split(",")):
        known = ", ".join(names_in(group))
        raise ConfigError(f"no {group} is called {shorten(value)}; choose from {known}")
    if match := re.match(r"\{\s*name\s*:\s*(\w+)", value):
        raise ConfigError(f"{word}: write {group}={match[1]}")
    nothing = ("null", "None", "false", "False", "off", "no", "{}")
    if value in nothing or EMPTY_LIST.fullmatch(value):
        if group in GROUPS:
            raise ConfigError(f"{word}: {_explain_none(group)}")
        raise ConfigError(f"{word}: to choose none, leave {group}= out")
    # Hydra takes the name of a file without its folder for that of the choice.
    if "/" in value or "\\" in value or re.search(r"\.ya?ml\b", value):
        names = names_in(group)
        own = f"; {shell_word(f'data.root={value}')} names a folder" if group == "data" else ""
        instead = nearest(Path(value.replace("\\", "/")).stem, names)
        raise ConfigError(f"{word}: {group} takes the name of a choice, not a path; {instead}{own}")
    if listed := LIST.search(value):
        raise ConfigError(f"{word}: {_explain_list(group, listed[1], purpose)}")


def _explain_list(key: str, listed: str, purpose: Purpose) -> str:
    """Say what to write in place of a list of choices: Hydra would mix their settings in one run.

    Args:
        key: What is chosen, such as ``model``.
        listed: What stands between the brackets.
        purpose: What the word configures.
    """
    names = list(dict.fromkeys(re.findall(r"[\w.-]+", listed))) or ["NAME"]
    if key == "logger":  # one word of several is taken apart before
        return "several loggers are one word of their own: write 'logger=[tensorboard,wandb]'"
    if len(names) == 1 or key in ("hparams", LAUNCHER):
        return f"{key} takes one choice, without brackets; write {key}={names[0]}"
    if purpose == "search":
        varied = shell_word(f"{key}=choice({','.join(names)})")
        return f"{key} takes one choice in each trial; write {varied}"
    varied = f"{'' if purpose == 'sweep' else '--multirun '}{key}={','.join(names)}"
    return f"{key} takes one choice in a run; for a run of each, write {varied}"


def _explain_none(group: str) -> str:
    """Say which choice of a group does nothing, or that none does."""
    names = sorted(choices(group))
    instead = "none" if "none" in names else "constant" if "constant" in names else ""
    advice = f"write {group}={instead}" if instead else nearest("", names)
    return f"every run has a choice of {group}; {advice}"


def _expanded(path: str) -> str:
    try:
        return str(Path(path).expanduser()) if path.startswith("~") else path
    except RuntimeError:
        raise ConfigError(
            f"{path}: there is no such home folder; write the path in full, or ./{path}"
        ) from None


def _check_hydra(sign: str, key: str, word: str, purpose: Purpose) -> None:
    """Check a word for Hydra itself, of whose settings few have an effect."""
    if key == "hydra.searchpath" and sign != "~":
        return
    if (key == LAUNCHER or key.startswith("hydra.launcher.")) and sign != "~":
        if purpose == "search":
            raise ConfigError(
                f"{word}: leave it out; a search runs its trials in turn, in this process"
            )
        if purpose == "run":
            raise ConfigError(f"{word}: launchers are for several runs; add --multirun")
        if key == LAUNCHER and (listed := LIST.search(word)):
            raise ConfigError(f"{word}: {_explain_list(key, listed[1], purpose)}")
        if key in ("hydra.launcher.name", "hydra.launcher._target_"):
            raise ConfigError(f"{word}: a launcher is chosen with hydra/launcher=NAME")
        return
    for known, advice in INSTEAD_OF_HYDRA.items():
        if key == known or key.startswith(f"{known}."):
            raise ConfigError(f"{word} has no effect here; {advice}")
    raise ConfigError(
        f"{word} has no effect here: of Hydra's own settings only hydra/launcher, "
        "hydra.launcher.KEY and hydra.searchpath are used"
    )


def _explain_removal(word: str, key: str) -> str:
    """Say what to write in place of a removal: every setting has a value in every run."""
    key = key.partition("=")[0]
    if not is_setting(key):
        return str(explain_unknown(key))
    if key in ("experiment", "hparams"):
        return f"{word}: to choose none, leave {key}= out"
    if key in GROUPS:
        return f"{word}: {_explain_none(key)}"
    if key in _defaults() and _defaults()[key] is None:
        return f"{word}: a setting cannot be removed; write {key}=null"
    return (
        f"{word}: a setting cannot be removed; leave {key} out for its default, or give it a value"
    )


def _explain_form(word: str) -> str:
    """Say what is wrong with a word that is not ``key=value``."""
    match = re.fullmatch(r"\s*([\w./]+)\s*[=:]\s*(.*)", word, re.DOTALL)
    if match and match[2] and is_setting(match[1]):
        return f"cannot read {word!r}: write {shell_word(f'{match[1]}={match[2].strip()}')}"
    if is_setting(word):
        example = "NAME" if _is_group(word) else "VALUE"
        return f"cannot read {word!r}: settings are written key=value; write {word}={example}"
    for group in ("experiment", *GROUPS):
        if word in names_in(group):
            return f"cannot read {word!r}: settings are written key=value; write {group}={word}"
    return f"cannot read {word!r}: settings are written key=value, as in epochs=3"


@cache
def _scalars() -> tuple[str, ...]:
    return tuple(field.name for field in fields(TrainConfig) if field.name not in GROUPS)


def _is_group(key: str) -> bool:
    return key in (*GROUPS, "experiment", "hparams")


def is_setting(key: str) -> bool:
    """Tell whether a word names a group, or a setting of any choice of its group."""
    group, _, setting = key.partition(".")
    if not setting:
        return _is_group(key) or key in _scalars()
    if group == "hparams":
        return True  # its settings are those of a file, which is checked after it is read
    if group not in GROUPS:
        return False
    return setting == "name" or any(
        setting in settings_of(kind) for kind in choices(group).values()
    )


def _defaults() -> dict[str, Any]:
    config = TrainConfig()
    found = {name: getattr(config, name) for name in _scalars()}
    for group in GROUPS:
        for kind in choices(group).values():
            found |= {f"{group}.{name}": value for name, value in settings_of(kind).items()}
    return found


def _text_settings() -> set[str]:
    """Return the settings whose values are texts; ``experiment`` is not one, but a choice."""
    owners = [("", TrainConfig)] + [
        (f"{group}.", kind) for group in GROUPS for kind in choices(group).values()
    ]
    found = {f"{prefix}{name}" for prefix, owner in owners for name in _texts_of(owner)}
    return found - {"experiment"}


@cache
def _texts_of(owner: type[Any]) -> tuple[str, ...]:
    """Return the settings of a class whose values are texts."""
    hints = typing.get_type_hints(owner)
    return tuple(
        field.name
        for field in fields(owner)
        if str in (hints[field.name], *typing.get_args(hints[field.name]))
    )
