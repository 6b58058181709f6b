"""The settings of runs under their flat names: which of them differ, and how they are written."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence

from digitrec.comparison.runs import Run, Setting
from digitrec.config.groups import Data
from digitrec.sweeps.finished_runs import SETTINGS_WITHOUT_EFFECT

__all__ = [
    "affects_result",
    "differing_settings",
    "find_setting",
    "format_setting",
    "shorten_values",
]


def affects_result(key: str, data: Data | None = None) -> bool:
    """Tell whether a setting belongs to the recipe: whether it can change a run's result.

    The seed can, too, but is what the runs of a recipe differ in.

    Args:
        key: The setting.
        data: The configuration of the data set.
    """
    if key == "data.root":
        return data is not None and data.root_is_data
    return key != "seed" and key.partition(".")[0] not in SETTINGS_WITHOUT_EFFECT


def differing_settings(runs: Sequence[Run]) -> list[str]:
    """Return the settings in which the recipes of these runs differ.

    A setting that only some of the runs have is compared among those. (That the others lack it
    follows from another setting that differs, the choice of its group.)
    """
    keys = dict.fromkeys(
        key for run in runs for key in run.settings if affects_result(key, run.data)
    )
    return [
        key for key in keys if len({run.settings[key] for run in runs if key in run.settings}) > 1
    ]


def find_setting(word: str, known: Iterable[str]) -> str | None:
    """Return the setting with this name, or with this last part of a name: ``lr``.

    Returns:
        The setting's full name; None if there is none, or more than one.
    """
    known = list(known)
    last = [key for key in known if key.rpartition(".")[2] == word]
    return word if word in known else last[0] if len(last) == 1 else None


def format_setting(value: Setting) -> str:
    """Write the value of a setting as YAML does, with the fewest digits that identify it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        short = f"{value:g}"
        return short if float(short) == value else repr(value)
    return str(value)


def shorten_values(values: Iterable[Setting]) -> dict[Setting, str]:
    """Return the short form of each of a setting's values that has one.

    Of paths it is the part that tells one from the others. Of a list of networks in JSON, as
    ensembles have it, it is their names, with their settings: ``fast(width=8)+2*tiny``.
    """
    values = list(values)
    listed = {value: _networks(value) for value in values if isinstance(value, str)}
    networks = {value: short for value, short in listed.items() if short is not None}
    return _shorten_paths(value for value in values if value not in networks) | networks


def _networks(text: str) -> str | None:
    """Return the short form of a list of networks; None if the text is none."""
    if not text.startswith("["):
        return None
    try:
        listed = json.loads(text)
        counts = Counter(_network(one) for one in listed)
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
        return None
    return "+".join(f"{count}*{one}" if count > 1 else one for one, count in counts.items())


def _network(values: dict[str, Setting]) -> str:
    settings = [f"{key}={format_setting(value)}" for key, value in values.items() if key != "name"]
    return f"{values['name']}({' '.join(settings)})" if settings else str(values["name"])


def _shorten_paths(values: Iterable[Setting]) -> dict[Setting, str]:
    """Return, for each path among values, the part that tells it from the other paths.

    Folders that all begin with, and names that all end with, are left out; of a single path the
    last two names are kept.
    """
    paths = {value: value.split("/") for value in values if isinstance(value, str) and "/" in value}
    if len(paths) < 2:
        return {value: "/".join(parts[-2:]) for value, parts in paths.items()}
    most = min(map(len, paths.values())) - 1  # of each, something remains
    start = _count_alike(paths.values(), most)
    end = _count_alike([parts[::-1] for parts in paths.values()], most - start)
    return {value: "/".join(parts[start : len(parts) - end]) for value, parts in paths.items()}


def _count_alike(paths: Iterable[list[str]], most: int) -> int:
    """Return how many names, up to a number, all paths have in common from the first on."""
    names = list(zip(*paths, strict=False))[:most]
    return next((n for n, alike in enumerate(names) if len(set(alike)) > 1), len(names))
