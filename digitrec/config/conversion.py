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
from digitrec.config.groups import GROUPS, Choice
from digitrec.config.registry import choices, settings_of
from digitrec.config.train_config import TrainConfig
from digitrec.errors import ConfigError, UnknownChoiceError, UnknownSettingError

__all__ = ["choice_from_dict", "explain_unknown", "flatten", "from_dict", "to_dict"]

RENAMED = {"data.rewrite": "data.stroke_augmentation"}
"""Settings that had another name in earlier versions, whose run directories stay readable."""


def to_dict(config: TrainConfig | Choice) -> dict[str, Any]:
    """Turn a configuration, or one choice of a group, into plain nested dicts."""
    values: dict[str, Any] = {"name": config.name} if isinstance(config, Choice) else {}
    for field in dataclasses.fields(config):
        value = getattr(config, field.name)
        values[field.name] = to_dict(value) if isinstance(value, Choice) else value
    return values


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
    chosen = {
        group: choice_from_dict(group, values[group])
        for group in GROUPS
        if values.get(group) is not None
    }
    rest = {key: value for key, value in values.items() if key not in GROUPS}
    config: TrainConfig = _build(TrainConfig, rest, "", chosen)
    return config


def choice_from_dict(group: str, values: Any) -> Any:
    """Build the checked choice of a group that ``name`` says; raises as `from_dict`."""
    known = choices(group)
    if not isinstance(values, Mapping):
        raise ConfigError(f"{group}={values}: {nearest(str(values), known)}")
    name = values.get("name", getattr(TrainConfig(), group).name)
    if not isinstance(name, str) or name not in known:
        raise UnknownChoiceError(group, str(name), nearest(str(name), known))
    settings = {key: value for key, value in values.items() if key != "name"}
    return _build(known[name], settings, f"{group}.")


def explain_unknown(key: str) -> UnknownSettingError:
    """Say what was meant by a setting that does not exist, or not in the choice of its group."""
    owners: dict[str, list[str]] = {}
    for group in GROUPS:
        for name, choice in choices(group).items():
            for setting in settings_of(choice):
                owners.setdefault(f"{group}.{setting}", []).append(f"{group}={name}")
    if key in owners:
        group = key.partition(".")[0]
        chosen = " or ".join(owners[key])
        return UnknownSettingError(
            key, f"{key} is a setting of {chosen}, and not of the {group} chosen here"
        )
    known = owners if "." in key else to_dict(TrainConfig())
    return UnknownSettingError(key, f"no setting is called {key}; {nearest(key, known)}")


def _build(
    owner: type[Any], values: Mapping[str, Any], prefix: str, ready: Mapping[str, Any] | None = None
) -> Any:
    """Make the dataclass ``owner`` from values of the right names and types."""
    hints = typing.get_type_hints(owner)
    known = {field.name for field in dataclasses.fields(owner)}
    arguments = dict(ready or {})
    for written, value in values.items():
        setting = RENAMED.get(f"{prefix}{written}", f"{prefix}{written}")
        key = setting.removeprefix(prefix)
        if key not in known:
            raise explain_unknown(setting)
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
    # YAML reads a name such as 2024 as a number. It is still a name. For one such as 1e5 it is not
    # known any more how it was written: that is an error.
    if wanted is str and isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    words = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}
    if type(value) is not wanted:
        raise ConfigError(f"{key}={value}: must be {words[wanted]}")
    if wanted is float and not math.isfinite(value):
        raise ConfigError(f"{key}={value}: must be a finite number")
    return value
