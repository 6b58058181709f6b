"""Save and load drawings as ``.json`` files that hold every point of every stroke.

The file is one JSON object with these keys:

============== ===================================================================
format         "digitrec-strokes"
format_version 1
width, height  size of the canvas in pixels, whole numbers
strokes        list of strokes, each an object with the keys ``width``, the diameter
               of the pen in canvas pixels, ``points``, a list of [x, y] in canvas
               pixels, and optionally ``times``, a list with the seconds since the
               drawing was started, one for each point
============== ===================================================================

Numbers are written so that they are read back without any loss.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from digitrec.drawing.rasterise import MAX_POINTS, MAX_SIDE, check_limits
from digitrec.drawing.strokes import Drawing, Stroke
from digitrec.errors import DigitrecError
from digitrec.message_text import quoted, shorten
from digitrec.storage.atomic import write_text
from digitrec.storage.regular_files import read_text

__all__ = ["load", "save"]

FORMAT, FORMAT_VERSION = "digitrec-strokes", 1
MAX_BYTES = 8 * 2**20  # of a file: more than the points that a drawing may have


class _FormatError(Exception):
    """What is wrong with a file. `load` and `save` add the name of the file."""


def save(path: Path, drawing: Drawing) -> None:
    """Write a drawing to a file, which is replaced in one step if it exists.

    Raises:
        DigitrecError: If the drawing is one that `load` would refuse. Nothing is written then.
        OSError: If the file cannot be written.
    """
    content = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "width": drawing.width,
        "height": drawing.height,
        "strokes": [_to_json(stroke) for stroke in drawing.strokes],
    }
    text = json.dumps(content) + "\n"
    try:
        _parse_drawing(content)
        if len(text) > MAX_BYTES:  # all of it is ASCII
            raise _FormatError(f"it has {len(text):,} bytes, more than {MAX_BYTES:,}")
    except _FormatError as error:
        raise DigitrecError(f"{path} cannot be written: {error}") from None
    write_text(path, text)


def load(path: Path) -> Drawing:
    """Read a drawing from a file.

    Raises:
        DigitrecError: If the file cannot be read or does not hold a drawing.
    """
    try:
        content = json.loads(read_text(path, MAX_BYTES), parse_constant=_reject_constant)
        return _parse_drawing(content)
    except FileNotFoundError:
        raise DigitrecError(f"{path} does not exist") from None
    except OSError as error:
        raise DigitrecError(f"{path} cannot be read: {error.strerror or error}") from None
    except _FormatError as error:
        raise DigitrecError(f"{path} is not a file of strokes: {error}") from None
    except (ValueError, RecursionError) as error:
        raise DigitrecError(
            f"{path} is not a file of strokes: it is not valid JSON ({shorten(str(error))})"
        ) from None


def _to_json(stroke: Stroke) -> dict[str, Any]:
    item = {"width": float(stroke.width), "points": stroke.points.tolist()}
    if stroke.times is not None:
        item["times"] = stroke.times.tolist()
    return item


def _reject_constant(name: str) -> None:
    raise _FormatError(f"{name} is not a number that a file may hold")


def _parse_drawing(content: Any) -> Drawing:
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise _FormatError(f'it has no "format": "{FORMAT}"')
    version = content.get("format_version")
    if type(version) is not int or version < 1:
        raise _FormatError(f"its format_version is {quoted(version)}")
    if version > FORMAT_VERSION:
        raise _FormatError(
            f"its format_version {version} is newer than this version of digitrec: update digitrec"
        )
    _check_keys(content, "it", {"format", "format_version", "width", "height", "strokes"})
    width, height = (_parse_side(content, key) for key in ("width", "height"))
    if not isinstance(content["strokes"], list):
        raise _FormatError("its strokes are not a list")
    listed = [item.get("points") for item in content["strokes"] if isinstance(item, dict)]
    points = sum(len(one) for one in listed if isinstance(one, list))
    if points > MAX_POINTS:  # before each of them is looked at, which takes seconds
        raise _FormatError(f"it has {points:,} points, more than {MAX_POINTS:,}")
    strokes = [_parse_stroke(item, f"stroke {i}") for i, item in enumerate(content["strokes"], 1)]
    drawing = Drawing(width, height, strokes)
    try:
        check_limits(drawing)
    except ValueError as error:
        raise _FormatError(str(error)) from None
    return drawing


def _parse_side(content: dict[str, Any], key: str) -> int:
    value = content[key]
    if type(value) is not int or not 1 <= value <= MAX_SIDE:
        raise _FormatError(f"its {key} is not a whole number from 1 to {MAX_SIDE}")
    return value


def _parse_stroke(item: Any, name: str) -> Stroke:
    if not isinstance(item, dict):
        raise _FormatError(f"{name} is not an object")
    _check_keys(item, name, {"width", "points"}, {"times"})
    points = item["points"]
    if not isinstance(points, list) or not all(
        isinstance(point, list) and len(point) == 2 for point in points
    ):
        raise _FormatError(f"{name} has a point that is not [x, y]")
    coordinates = [_parse_numbers(point, name) for point in points]
    times = _parse_numbers(item["times"], name) if "times" in item else None
    [width] = _parse_numbers([item["width"]], name)
    try:
        return Stroke(coordinates, width, times)  # type: ignore[arg-type] # it makes arrays of them
    except ValueError as error:
        raise _FormatError(f"{name}: {error}") from None


def _parse_numbers(values: Any, name: str) -> Sequence[float]:
    if not isinstance(values, list) or not all(type(value) in (int, float) for value in values):
        raise _FormatError(f"{name} has a value that is not a number")
    if not all(-1e9 <= value <= 1e9 for value in values):
        raise _FormatError(f"{name} has a number that is out of range")
    return [float(value) for value in values]


def _check_keys(
    item: dict[str, Any], name: str, needed: set[str], optional: set[str] | None = None
) -> None:
    if missing := needed - set(item):
        raise _FormatError(f"{name} has no key {min(missing)!r}")
    if unknown := set(item) - needed - (optional or set()):
        raise _FormatError(f"{name} has an unknown key {quoted(min(unknown))}")
