"""The names that can be chosen in each group: of files in ``configs/``, and what plugins add."""

from __future__ import annotations

from digitrec.config.checks import nearest
from digitrec.config.groups import GROUPS
from digitrec.config.registry import choices
from digitrec.storage.resources import configs

__all__ = ["LAUNCHER", "explain_unknown_choice", "groups", "names_in"]

LAUNCHER = "hydra/launcher"
"""The group of Hydra's in which digitrec has choices."""

UNNAMED = {"logger": "several"}
"""Choices that nobody names: that of several loggers is written ``logger=[tensorboard,wandb]``."""


def names_in(group: str) -> tuple[str, ...]:
    """Return the names in a group, such as ``model``, ``experiment`` or `LAUNCHER`, sorted."""
    files = {file.stem for file in configs().glob(f"{group}/*.yaml")}
    known = files | set(choices(group) if group in GROUPS else ())
    return tuple(sorted(known - {UNNAMED.get(group)}))


def explain_unknown_choice(group: str, name: str) -> str:
    """Say that no choice of a group has a name, and which are there."""
    several = "; several at once are logger=[tensorboard,wandb]" if group == "logger" else ""
    return f"no {group} is called {name!r}; {nearest(name, names_in(group))}{several}"


def groups() -> dict[str, tuple[str, ...]]:
    """Return the names in each group but Hydra's."""
    folders = [folder.name for folder in sorted(configs().iterdir()) if folder.is_dir()]
    return {group: names_in(group) for group in folders if group != "hydra"}
