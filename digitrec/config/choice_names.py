"""The names that can be chosen in each group: of files in ``configs/``, and what plugins add."""

from __future__ import annotations

from digitrec.config.groups import GROUPS
from digitrec.config.registry import choices
from digitrec.storage.resources import configs

__all__ = ["LAUNCHER", "groups", "names_in"]

LAUNCHER = "hydra/launcher"
"""The group of Hydra's in which digitrec has choices."""


def names_in(group: str) -> tuple[str, ...]:
    """Return the names in a group, such as ``model``, ``experiment`` or `LAUNCHER`, sorted."""
    files = {file.stem for file in configs().glob(f"{group}/*.yaml")}
    return tuple(sorted(files | set(choices(group) if group in GROUPS else ())))


def groups() -> dict[str, tuple[str, ...]]:
    """Return the names in each group but Hydra's."""
    folders = [folder.name for folder in sorted(configs().iterdir()) if folder.is_dir()]
    return {group: names_in(group) for group in folders if group != "hydra"}
