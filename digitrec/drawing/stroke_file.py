"""Drawings as strokes in a ``.json`` file: every point as the pen gave it, and when.

One object: ``format`` is "digitrec-strokes", ``format_version`` 1, ``width`` and ``height`` the
canvas in pixels, and ``strokes`` a list of objects: ``width``, the pen's diameter; ``points``, a
list of [x, y]; and ``times``, seconds since the drawing was begun, one a point, where they were
taken. Numbers are written so that reading gives the very same ones back.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from digitrec.drawing.strokes import Drawing, Stroke
from digitrec.errors import DigitrecError
from digitrec.storage.atomic import write_text

__all__ = ["load", "save"]

FORMAT, FORMAT_VERSION = "digitrec-strokes", 1
LARGEST_SIDE = 16_384  # pixels of a canvas; a greater one would fill the memory
LARGEST_FILE = 64 * 2**20  # bytes: hours of drawing


class _Wrong(Exception):
    """What is wrong with a file, to be told with its name."""


def save(path: Path, drawing: Drawing) -> None:
    """Write a drawing in one step.

    Raises:
        OSError: if the file cannot be written.
    """
    content = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "width": drawing.width,
        "height": drawing.height,
        "strokes": [_plain(stroke) for stroke in drawing.strokes],
    }
    write_text(path, json.dumps(content) + "\n")


def load(path: Path) -> Drawing:
    """Read a drawing.

    Raises:
        DigitrecError: one line that names the file and the first thing wrong with it.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise _Wrong(f"it has more than {LARGEST_FILE // 2**20} MB")
        content = json.loads(path.read_bytes(), parse_constant=_refuse_constant)
        return _drawing(content)
    except FileNotFoundError:
        raise DigitrecError(f"{path}: there is no such file") from None
    except OSError as error:
        raise DigitrecError(f"{path}: cannot be read: {error.strerror or error}") from None
    except _Wrong as error:
        raise DigitrecError(f"{path}: is no file of strokes: {error}") from None
    except (ValueError, RecursionError) as error:
        raise DigitrecError(f"{path}: is no file of strokes: no valid JSON ({error})") from None


def _plain(stroke: Stroke) -> dict[str, Any]:
    plain = {"width": float(stroke.width), "points": stroke.points.tolist()}
    if stroke.times is not None:
        plain["times"] = stroke.times.tolist()
    return plain


def _refuse_constant(name: str) -> None:
    raise _Wrong(f"{name} is no coordinate")


def _drawing(content: Any) -> Drawing:
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise _Wrong(f'it has no "format": "{FORMAT}"')
    version = content.get("format_version")
    if type(version) is not int or version < 1:
        raise _Wrong(f"its format_version is {version!r}")
    if version > FORMAT_VERSION:
        raise _Wrong(f"its format_version {version} is newer than this program: update digitrec")
    _check_keys(content, "it", {"format", "format_version", "width", "height", "strokes"})
    width, height = (_side(content, key) for key in ("width", "height"))
    if not isinstance(content["strokes"], list):
        raise _Wrong("its strokes are no list")
    strokes = [_stroke(item, f"stroke {i}") for i, item in enumerate(content["strokes"], 1)]
    return Drawing(width, height, strokes)


def _side(content: dict[str, Any], key: str) -> int:
    value = content[key]
    if type(value) is not int or not 1 <= value <= LARGEST_SIDE:
        raise _Wrong(f"its {key} is no whole number from 1 to {LARGEST_SIDE}")
    return value


def _stroke(item: Any, name: str) -> Stroke:
    if not isinstance(item, dict):
        raise _Wrong(f"{name} is no object")
    _check_keys(item, name, {"width", "points"}, {"times"})
    points = item["points"]
    if not isinstance(points, list) or not all(
        isinstance(point, list) and len(point) == 2 for point in points
    ):
        raise _Wrong(f"{name} has points that are no [x, y]")
    coordinates = [_numbers(point, name) for point in points]
    times = _numbers(item["times"], name) if "times" in item else None
    [width] = _numbers([item["width"]], name)
    try:
        return Stroke(coordinates, width, times)  # type: ignore[arg-type] # it makes arrays
    except ValueError as error:
        raise _Wrong(f"{name}: {error}") from None


def _numbers(values: Any, name: str) -> Sequence[float]:
    if not isinstance(values, list) or not all(type(value) in (int, float) for value in values):
        raise _Wrong(f"{name} has something other than numbers")
    if not all(-1e9 <= value <= 1e9 for value in values):
        raise _Wrong(f"{name} has a number out of range")
    return [float(value) for value in values]


def _check_keys(
    item: dict[str, Any], name: str, needed: set[str], optional: set[str] | None = None
) -> None:
    if missing := needed - set(item):
        raise _Wrong(f"{name} has no {min(missing)}")
    if unknown := set(item) - needed - (optional or set()):
        raise _Wrong(f"{name} has an unknown {min(unknown)!r}")
