"""The settings of the window that are remembered until it is opened again."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from digitrec.storage.atomic import write_text
from digitrec.storage.regular_files import read_text
from digitrec.storage.user_folders import user_folder

__all__ = [
    "ZOOMS",
    "RecentNetwork",
    "WindowSettings",
    "default_path",
    "geometry_on_screen",
    "load",
    "save",
    "with_recent",
]

MAX_RECENT = 6

_GEOMETRY = r"(\d{3,5})x(\d{3,5})\+(-?\d{1,5})\+(-?\d{1,5})"

ZOOMS = (0.75, 0.9, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0, 2.5)
"""The sizes that everything in the window can have, 1 being the normal one."""


@dataclass(frozen=True)
class RecentNetwork:
    """A network that the user has chosen.

    Attributes:
        path: Its checkpoint file.
        name: What the menu calls it.
    """

    path: str
    name: str


@dataclass(frozen=True)
class WindowSettings:
    """How the user left the window.

    Attributes:
        theme: "light" or "dark".
        zoom: Size of everything in the window, one of `ZOOMS`.
        live: Whether a drawing is read while it is drawn.
        pen: Diameter of the pen in pixels of a screen of 96 dpi.
        geometry: Size and position in Tk's notation, WIDTHxHEIGHT+X+Y. Empty if unknown.
        recent: The networks that the user chose last, the latest first.
        learnt: Whether to begin with the network that learnt from the user's drawings.
    """

    theme: str = "light"
    zoom: float = 1.0
    live: bool = True
    pen: float = 16.0
    geometry: str = ""
    recent: tuple[RecentNetwork, ...] = ()
    learnt: bool = False


def default_path() -> Path | None:
    """Return the path of the user's own settings; None where there is no home folder for them.

    The file may not exist yet.
    """
    folder = user_folder("config")
    return folder and folder / "window.json"


def load(path: Path | None) -> WindowSettings:
    """Read settings. A value that is missing or invalid is replaced by its default."""
    if path is None:
        return WindowSettings()
    try:
        content = json.loads(read_text(path))
    except (OSError, ValueError, RecursionError):
        return WindowSettings()
    if not isinstance(content, dict):
        return WindowSettings()
    default = WindowSettings()
    valid = {
        field.name: content[field.name]
        for field in fields(WindowSettings)
        if field.name != "recent"
        and _is_valid(field.name, content.get(field.name), getattr(default, field.name))
    }
    return WindowSettings(**valid, recent=_recent(content.get("recent")))


def save(path: Path, settings: WindowSettings) -> None:
    """Write settings to a file, which is replaced in one step.

    Raises:
        OSError: If the file cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps(asdict(settings), indent=1) + "\n")


def with_recent(settings: WindowSettings, network: RecentNetwork) -> WindowSettings:
    """Return settings with this network as the latest one."""
    others = [other for other in settings.recent if other.path != network.path]
    return replace(settings, recent=(network, *others)[:MAX_RECENT])


def geometry_on_screen(geometry: str, width: int, height: int) -> str:
    """Return the geometry if the window fits on a screen of this size, else an empty string."""
    found = re.fullmatch(_GEOMETRY, geometry)
    if not found:
        return ""
    wide, high, x, y = (int(value) for value in found.groups())
    inside = 0 <= x < width - 50 and 0 <= y < height - 50
    return geometry if inside and wide <= width and high <= height else ""


def _is_valid(name: str, value: object, default: object) -> bool:
    types: tuple[type, ...] = (int, float) if isinstance(default, float) else (type(default),)
    if type(value) not in types:
        return False
    return {
        "theme": value in ("light", "dark"),
        "zoom": value in ZOOMS,
        "pen": isinstance(value, int | float) and 1 <= value <= 100,
        "geometry": bool(re.fullmatch(_GEOMETRY, str(value))),
    }.get(name, True)


def _recent(content: object) -> tuple[RecentNetwork, ...]:
    entries = content if isinstance(content, list) else []
    texts = [
        (entry.get("path"), entry.get("name"))
        for entry in entries[:MAX_RECENT]
        if isinstance(entry, dict)
    ]
    return tuple(
        RecentNetwork(path, name)
        for path, name in texts
        if isinstance(path, str) and isinstance(name, str) and path
    )
