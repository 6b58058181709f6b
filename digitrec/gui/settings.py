"""What the window remembers from one day to the next."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from platformdirs import user_config_path

from digitrec.storage.atomic import write_text

__all__ = ["ZOOMS", "Settings", "load", "on_screen", "place", "save"]

_GEOMETRY = r"(\d{3,5})x(\d{3,5})\+(-?\d{1,5})\+(-?\d{1,5})"

ZOOMS = (0.75, 0.9, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0, 2.5)
"""Sizes of all there is in the window, as a factor of the usual one."""


@dataclass(frozen=True)
class Settings:
    """How the window was left."""

    theme: str = "light"
    zoom: float = 1.0
    live: bool = True
    pen: float = 16.0  # diameter, in pixels of a screen of 96 dots an inch
    geometry: str = ""  # as Tk writes it: WIDTHxHEIGHT+X+Y


def place() -> Path:
    """Return the user's file of settings; it may not be there yet."""
    return user_config_path("digitrec", appauthor=False) / "window.json"


def load(path: Path) -> Settings:
    """Read settings; what is missing or makes no sense takes its default."""
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return Settings()
    if not isinstance(content, dict):
        return Settings()
    default = Settings()
    good = {
        field.name: content[field.name]
        for field in fields(Settings)
        if _makes_sense(field.name, content.get(field.name), getattr(default, field.name))
    }
    return Settings(**good)


def save(path: Path, settings: Settings) -> None:
    """Write settings in one step.

    Raises:
        OSError: if they cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps(asdict(settings), indent=1) + "\n")


def on_screen(geometry: str, width: int, height: int) -> str:
    """Return a window's size and place if they are on a screen of this size, else nothing."""
    found = re.fullmatch(_GEOMETRY, geometry)
    if not found:
        return ""
    wide, high, x, y = (int(value) for value in found.groups())
    inside = 0 <= x < width - 50 and 0 <= y < height - 50
    return geometry if inside and wide <= width and high <= height else ""


def _makes_sense(name: str, value: object, default: object) -> bool:
    kinds: tuple[type, ...] = (int, float) if isinstance(default, float) else (type(default),)
    if type(value) not in kinds:
        return False
    return {
        "theme": value in ("light", "dark"),
        "zoom": value in ZOOMS,
        "pen": isinstance(value, int | float) and 1 <= value <= 100,
        "geometry": bool(re.fullmatch(_GEOMETRY, str(value))),
    }.get(name, True)
