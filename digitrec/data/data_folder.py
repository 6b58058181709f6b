"""The folder that holds the data sets: one that the user names, or else the user's cache folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from digitrec.config.setting_words import is_option, setting_word
from digitrec.errors import DigitrecError
from digitrec.storage.user_folders import user_folder

__all__ = ["ROOT_VARIABLE", "cache_folder", "download_advice", "find_data_folder", "other_folder"]

ROOT_VARIABLE = "DIGITREC_DATA"
"""The environment variable that names the folder where the setting ``data.root`` does not."""


class DataFolder(NamedTuple):
    """Where the data sets are looked for.

    Attributes:
        path: An absolute path, at which there may be nothing.
        setting: What names the folder: ``data.root``, or the command's option for it, or
            ``DIGITREC_DATA``. None for the cache folder, into which missing files are downloaded.
    """

    path: Path
    setting: str | None


def find_data_folder(root: str | None) -> DataFolder:
    """Return the folder that ``root`` names, or else the environment variable, or else the cache.

    Raises:
        DigitrecError: if the name begins with ``~``, or no name is given, and there is no home
            folder.
    """
    name, setting = root, setting_word("data.root")
    if not name:
        name, setting = os.environ.get(ROOT_VARIABLE), ROOT_VARIABLE
    try:
        if not name:
            return DataFolder(cache_folder(), None)
        return DataFolder(Path(name).expanduser().absolute(), setting)
    except RuntimeError as error:  # there is no home folder
        raise DigitrecError(f"{error} Name the data folder with {_named()}") from None


def cache_folder() -> Path:
    """Return the user's folder for downloads, which may not exist yet: ``~/.cache/digitrec``.

    Raises:
        RuntimeError: if there is no home folder.
    """
    path = user_folder("cache")
    if path is None:
        raise RuntimeError("There is no home folder, because HOME names none.")
    return path


def download_advice(setting: str, data: str) -> str:
    """Say what to do if the folder that a setting names does not hold the data."""
    unset = f"unset {setting}" if setting == ROOT_VARIABLE else f"leave {setting} out"
    return f"{unset} to have {data} downloaded{_other_data()}"


def other_folder(files: str) -> str:
    """Say what to do where files cannot be downloaded."""
    needs_none = ", which needs no download"
    return f"name a folder that holds {files} with {_named()}{_other_data(needs_none)}"


def _named() -> str:
    return setting_word("data.root", "FOLDER")


def _other_data(why: str = "") -> str:
    """Advise synthetic data, except for a command that takes the folder as an option."""
    return "" if is_option("data.root") else f", or choose data=synthetic{why}"
