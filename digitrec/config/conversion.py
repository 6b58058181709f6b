"""Between a `TrainConfig` and the plain nested dicts of YAML, JSON and the command line."""

from __future__ import annotations

import dataclasses
import difflib
import math
import re
import sys
import typing
from collections.abc import Mapping
from typing import Any

from digitrec.config.checks import nearest
from digitrec.config.groups import GROUPS, Choice
from digitrec.config.plugins import advice_on_plugins, types_of
from digitrec.config.registry import choices, settings_of
from digitrec.config.train_config import TrainConfig
from digitrec.errors import (
    ConfigError,
    UnknownChoiceError,
    UnknownSettingError,
    UnregisteredChoiceError,
)
from digitrec.message_text import shorten

MAX_TEXT = 4_000
"""How many characters the text of a setting may have: checkpoint files hold all of them."""

__all__ = [
    "choice_from_dict",
    "explain_unknown",
    "explain_unregistered",
    "flatten",
    "from_dict",
    "to_dict",
]

RENAMED = {"data.rewrite": "data.stroke_augmentation"}
"""Settings that had another name in earlier versions, whose run directories stay readable."""

SYNONYMS = {
    "learning_rate": "optimizer.lr", "wd": "optimizer.weight_decay", "bs": "batch_size",
    "batch": "batch_size", "max_epochs": "epochs", "num_epochs": "epochs", "n_epochs": "epochs",
    "random_seed": "seed", "gpu": "device=cuda", "cuda": "device=cuda", "cpu": "device=cpu",
    "accelerator": "device", "amp": "precision=bfloat16", "bf16": "precision=bfloat16",
    "fp16": "precision=bfloat16", "dtype": "precision", "num_workers": "threads",
    "workers": "threads", "num_threads": "threads", "scheduler": "schedule",
    "lr_scheduler": "schedule", "augmentation": "augment", "augmentations": "augment",
    "transform": "augment", "dataset": "data", "network": "model", "net": "model", "arch": "model",
    "architecture": "model", "output": "run_dir", "output_dir": "run_dir", "out_dir": "run_dir",
    "save_dir": "run_dir", "log_dir": "run_dir", "logdir": "run_dir", "outdir": "run_dir",
    "early_stopping": "patience", "checkpoint": "init", "weights": "init", "pretrained": "init",
    "init_from": "init", "resume_from": "resume", "val_split": "validation", "tag": "tags",
    "note": "notes", "grad_clip": "clip_norm", "gradient_clip_val": "clip_norm",
    "data_dir": "data.root", "data_root": "data.root", "datadir": "data.root",
    "out": "run_dir", "name": "run_dir", "run_name": "run_dir", "opt": "optimizer",
    "gpus": "device=cuda", "half": "precision=bfloat16", "val": "validation",
    "val_size": "validation", "split": "validation", "train_size": "data.limit",
    "subset": "data.limit", "limit_train_batches": "data.limit", "max_steps": "epochs",
    "steps": "epochs", "ckpt": "init", "ckpt_path": "resume", "resume_from_checkpoint": "resume",
    "betas": "optimizer.beta1", "comment": "notes", "description": "notes",
    "wandb": "logger=wandb", "mlflow": "logger=mlflow", "tensorboard": "logger=tensorboard",
}  # fmt: skip
"""What other trainers call our settings."""


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
    try:
        chosen = {
            group: choice_from_dict(group, values[group])
            for group in GROUPS
            if values.get(group) is not None
        }
    except UnknownChoiceError as error:
        raise explain_unregistered(error, values) from None
    rest = {key: value for key, value in values.items() if key not in GROUPS}
    config: TrainConfig = _build(TrainConfig, rest, "", chosen)
    return config


def choice_from_dict(group: str, values: Any) -> Any:
    """Build the checked choice of a group that ``name`` says; raises as `from_dict`."""
    known = choices(group)
    if not isinstance(values, Mapping):
        raise ConfigError(f"{group}={shorten(values)}: {nearest(shorten(values), known)}")
    name = values.get("name", getattr(TrainConfig(), group).name)
    if not isinstance(name, str) or name not in known:
        raise UnknownChoiceError(group, shorten(name), nearest(shorten(name), known))
    settings = {key: value for key, value in values.items() if key != "name"}
    return _build(known[name], settings, f"{group}.")


def explain_unregistered(error: UnknownChoiceError, recorded: object) -> UnknownChoiceError:
    """Return an error that names the plugins of a recorded configuration, where it has some.

    Args:
        error: Of a choice in it, or in what was made with it.
        recorded: The configuration, of unknown origin.
    """
    plugins = recorded.get("plugins") if isinstance(recorded, Mapping) else None
    advice = advice_on_plugins(plugins)
    return UnregisteredChoiceError(error.group, error.choice, advice) if advice else error


def explain_unknown(key: str) -> UnknownSettingError:
    """Say what was meant by a setting that does not exist, or not in the choice of its group."""
    key, owners = shorten(key), dict[str, list[str]]()
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
    return UnknownSettingError(key, f"no setting is called {key}; {_suggestion(key, owners)}")


def _suggestion(key: str, owners: Mapping[str, list[str]]) -> str:
    """Say which setting may be meant: one whose last part this is, or a word near to it."""
    last = key.rpartition(".")[2].lower().replace("-", "_")
    if last in SYNONYMS:
        return f"did you mean {SYNONYMS[last]}?"
    top = [*to_dict(TrainConfig())]
    first = key.partition(".")[0].lower()
    if "." in key and first not in GROUPS and (first in top or first in SYNONYMS):
        return f"did you mean {SYNONYMS.get(first, first)}?"
    same = [name for name in owners if name.rpartition(".")[2] == last]
    if same and not difflib.get_close_matches(key, top, cutoff=0.8):
        return f"did you mean {' or '.join(_with_owners(name, owners[name]) for name in same)}?"
    of_group = [name for name in owners if name.partition(".")[0] == first]
    advice = nearest(key, owners if "." in key else top)
    if advice.startswith("choose") and "." in key:
        advice = nearest(key, of_group or top)
    short = {name.rpartition(".")[2]: name for name in owners}
    close = difflib.get_close_matches(last, short, cutoff=0.7)
    if advice.startswith("choose") and close:
        return f"did you mean {' or '.join(short[word] for word in close)}?"
    return advice


def _with_owners(setting: str, owners: list[str]) -> str:
    """Name the choices that have a setting, where not all choices of the group have it."""
    group = setting.partition(".")[0]
    return (
        setting if len(owners) == len(choices(group)) else f"{setting} (of {' or '.join(owners)})"
    )


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


def _wrong_type(key: str, value: Any, wanted: type) -> str:
    """Say what type a value must have, and how it is written where that can be told."""
    words = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}
    in_yaml = value is None or isinstance(value, bool)
    shown = {None: "null", True: "true", False: "false"}[value] if in_yaml else value
    instead = ""
    if wanted is int and isinstance(value, float) and value.is_integer():
        instead = f"; write {key}={shorten(int(value))}"
    elif isinstance(value, str) and re.fullmatch(r"-?\d{1,18}", value) and wanted in (int, float):
        quotes = " without quotes" if str(int(value)) == value else ""
        instead = f"; write {key}={int(value)}{quotes}"
    return f"{key}={shorten(shown)}: must be {words[wanted]}{instead}"


def _convert(key: str, value: Any, hint: Any) -> Any:
    """Check one value against its field's type; a whole number passes where a float is wanted."""
    accepted: tuple[Any, ...] = types_of(hint)
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
    if type(value) is not wanted:
        raise ConfigError(_wrong_type(key, value, wanted))
    if wanted is str and len(value) > MAX_TEXT:
        raise ConfigError(f"{key}={shorten(value)}: must have at most {MAX_TEXT:,} characters")
    if wanted is float and not math.isfinite(value):
        raise ConfigError(f"{key}={value}: must be a finite number")
    return value
