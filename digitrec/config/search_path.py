"""Folders of the user's own in which choices are looked for, besides ``configs/``."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from digitrec.config.shell_words import quote_text
from digitrec.errors import ConfigError

__all__ = ["check_is_open", "search_path"]


def search_path(folders: Sequence[str]) -> list[str]:
    """Return the word that makes Hydra look for choices in these folders too; none without any.

    Raises:
        ConfigError: if one of them is no folder, or cannot be opened.
    """
    for name in folders:
        if not name or not Path(name).is_dir():
            raise ConfigError(f"--config-dir {name}: there is no such folder")
        check_is_open("--config-dir", Path(name))
    paths = ",".join(quote_text(str(Path(name).absolute())) for name in folders)
    return [f"hydra.searchpath=[{paths}]"] if folders else []


def check_is_open(option: str, folder: Path) -> None:
    """Check that what is in a folder can be found; Hydra takes one that is closed for empty.

    Args:
        option: What names it, for the error.
        folder: It is there.

    Raises:
        ConfigError: if it cannot be listed or entered.
    """
    if not os.access(folder, os.R_OK | os.X_OK):
        raise ConfigError(
            f"{option} {folder}: this folder cannot be opened; allow it, or name another"
        )
