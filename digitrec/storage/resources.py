"""Folders that ship with the package: ``configs/`` and ``checkpoints/``.

In a checkout they stand beside the package, at the top; in an installed package, inside it.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["configs", "shipped_checkpoint", "shipped_ink", "shipped_marks", "shipped_strings"]

_PACKAGE = Path(__file__).resolve().parent.parent


def resource(name: str) -> Path:
    """Return the folder of that name; it may not exist in a damaged installation."""
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


def configs() -> Path:
    """Return the folder of configuration groups."""
    return resource("configs")


def shipped_checkpoint() -> Path:
    """Return the checkpoint file that is used if none is named."""
    return resource("checkpoints") / "digitrec.h5"


def shipped_strings() -> Path:
    """Return the checkpoint file of the network that reads digits that touch."""
    return resource("checkpoints") / "strings.h5"


def shipped_ink() -> Path:
    """Return the checkpoint file of the network that finds ink."""
    return resource("checkpoints") / "ink.h5"


def shipped_marks() -> Path:
    """Return the checkpoint file of the network that reads marks between digits."""
    return resource("checkpoints") / "marks.h5"
