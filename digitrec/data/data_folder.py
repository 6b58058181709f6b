"""The folder that holds the data sets: the one that the user names, else a cache of the user's."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from digitrec.errors import DigitrecError

__all__ = ["ROOT_VARIABLE", "cache_folder", "locate", "way_out"]

ROOT_VARIABLE = "DIGITREC_DATA"


def locate(root: str | None) -> tuple[Path, str | None]:
    """Return the folder and the setting that names it, None where it is the cache folder."""
    named, setting = root, "data.root"
    if not named:
        named, setting = os.environ.get(ROOT_VARIABLE), ROOT_VARIABLE
    try:
        return (Path(named).expanduser().absolute(), setting) if named else (cache_folder(), None)
    except RuntimeError as error:  # no home folder to be found
        raise DigitrecError(f"{error} Name the data folder with data.root=FOLDER") from None


def cache_folder() -> Path:
    """Return the user's own folder for downloads, as the platform has it; it may not exist yet."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME", ""))
        if not base.is_absolute():  # the XDG specification has relative paths ignored
            base = Path.home() / ".cache"
    return base / "digitrec"


def way_out(setting: str, data: str) -> str:
    """Say what to do about a named folder that does not hold the data."""
    leave = "leave data.root out" if setting == "data.root" else f"unset {setting}"
    return f"{leave} to have {data} downloaded, or choose data=synthetic"
