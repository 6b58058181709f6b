"""Folders of the user's own in which choices are looked for, besides ``configs/``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from digitrec.config.shell_words import quote_text
from digitrec.errors import ConfigError

__all__ = ["search_path"]


def search_path(folders: Sequence[str]) -> list[str]:
    """Return the word that makes Hydra look for choices in these folders too; none without any.

    Raises:
        ConfigError: if one of them is no folder.
    """
    for name in folders:
        if not name or not Path(name).is_dir():
            raise ConfigError(f"--config-dir {name}: there is no such folder")
    paths = ",".join(quote_text(str(Path(name).absolute())) for name in folders)
    return [f"hydra.searchpath=[{paths}]"] if folders else []
