"""The folders in which systems keep what belongs to a user: caches, data, settings."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import platformdirs

__all__ = ["user_folder"]


def user_folder(kind: Literal["cache", "config", "data"]) -> Path | None:
    """Return the user's folder for digitrec, which may not exist yet.

    None where there is no home folder, as for a user whom the system does not know, such as a
    number that a container is given.
    """
    try:
        path: Path = getattr(platformdirs, f"user_{kind}_path")("digitrec", appauthor=False)
    except RuntimeError:  # of platformdirs, where HOME is missing
        return None
    # Earlier ones leave "~" as it is, and a folder of this name is not what anybody wants.
    return path if path.is_absolute() else None
