"""Between a `TrainConfig` and the plain nested dicts of YAML, JSON and the command line."""

from __future__ import annotations

import dataclasses
import math
import sys
import types
import typing
from collections.abc import Mapping
from typing import Any

from digitrec.config.checks import nearest
from digitrec.config.train_config import CHOICES, TrainConfig
from digitrec.errors import ConfigError

__all__ = ["explain_unknown", "flatten", "from_dict", "group_from_dict", "to_dict"]


def to_dict(config: Any) -> dict[str, Any]:
    """Turn a configuration, or one group of it, into plain nested dicts."""
    return dataclasses.asdict(config)


def flatten(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested mappings as one dict, whose keys are joined by dots: ``optimizer.lr``."""
    flat: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            flat |= flatten(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def from_dict(values: Mapping[str, Any]) -> TrainConfig:
    """Build a checked configuration from plain nested dicts; what is missing takes its default.

    Raises:
        ConfigError: for an unknown key or choice (naming the nearest), a value of a wrong type
            or out of range.
    """
    groups = {
        group: group_from_dict(group, values[group])
        for group in CHOICES
        if values.get(group) is not None
    }
    rest = {key: value for key, value in values.items() if key not in CHOICES}
    config: TrainConfig = _build(TrainConfig, rest, "", groups)
    return config


def group_from_dict(group: str, values: Any) -> Any:
    """Build one checked choice of a group, the one its ``name`` says; raises as `from_dict`."""
    if not isinstance(values, Mapping):
        raise ConfigError(f"{group}={values}: {nearest(str(values), CHOICES[group])}")
    name = values.get("name", getattr(TrainConfig(), group).name)
    if not isinstance(name, str) or name not in CHOICES[group]:
        raise ConfigError(f"no {group} is called {name!r}; {nearest(str(name), CHOICES[group])}")
    return _build(CHOICES[group][name], values, f"{group}.")


def explain_unknown(key: str) -> str:
    """Say what was meant by a setting that does not exist, or not in the choice of its group."""
    owners: dict[str, list[str]] = {}
    for group, choices in CHOICES.items():
        for name, choice in choices.items():
            for field_name in to_dict(choice()):
                owners.setdefault(f"{group}.{field_name}", []).append(f"{group}={name}")
    if key in owners:
        group = key.partition(".")[0]
        chosen = " or ".join(owners[key])
        return f"{key} is a setting of {chosen}, and not of the {group} chosen here"
    known = owners if "." in key else to_dict(TrainConfig())
    return f"no setting is called {key}; {nearest(key, known)}"


def _build(
    owner: type[Any], values: Mapping[str, Any], prefix: str, ready: Mapping[str, Any] | None = None
) -> Any:
    """Make the dataclass ``owner`` from values of the right names and types."""
    hints = typing.get_type_hints(owner)
    arguments = dict(ready or {})
    for key, value in values.items():
        setting = f"{prefix}{key}"
        if key not in hints:
            raise ConfigError(explain_unknown(setting))
        arguments[key] = _convert(setting, value, hints[key])
    return owner(**arguments)


def _convert(key: str, value: Any, hint: Any) -> Any:
    """Check one value against its field's type; a whole number passes where a float is wanted."""
    accepted = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    if value is None and type(None) in accepted:
        return None
    wanted = next(kind for kind in accepted if kind is not type(None))
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        # Past float's range is what YAML reads 1e999 as: infinite.
        value = float(value) if abs(value) <= sys.float_info.max else math.inf
    # YAML reads a name such as 2024 as a number; it is a name all the same. One such as 1e5 has
    # lost how it was written, and is refused.
    if wanted is str and isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    words = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}
    if type(value) is not wanted:
        raise ConfigError(f"{key}={value}: must be {words[wanted]}")
    if wanted is float and not math.isfinite(value):
        raise ConfigError(f"{key}={value}: must be a finite number")
    return value
