"""Drawings that somebody put right: what was drawn, and which digit it was.

One ``.h5`` file in the user's data folder keeps them all. Adding one writes the file anew beside
the old one and moves it there in one step, under a lock: a kill at any moment leaves the drawings
before or after, and two windows at once lose none. A drawing that is put right again has the same
``key``; its last label counts.

The format, version 1: root attributes ``format`` = "digitrec-drawings" and ``format_version`` = 1;
arrays, for D drawings of S strokes of P points in all, one after the other:

======== ========= ============================================================================
label    uint8 D   the digit
key      uint64 D  names the drawing: a random number
time     float64 D when the label was given: seconds since 1970, UTC
canvas   int64     (D, 2) width and height of the canvas, in pixels
strokes  int64 D   how many strokes a drawing has
width    float64 S diameter of the pen
timed    uint8 S   1 where times were taken
points   int64 S   how many points a stroke has
xy       float64   (P, 2) the points, in pixels of the canvas
seconds  float64 P when the pen was there, since the drawing was begun; 0 where not taken
======== ========= ============================================================================
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout
from platformdirs import user_data_path

from digitrec.arrays import NamedArrays
from digitrec.drawing.strokes import Drawing, Stroke
from digitrec.errors import DigitrecError, HDF5Error
from digitrec.storage.atomic import remove_partial
from digitrec.storage.hdf5 import Content, read, write

__all__ = ["FEWEST", "Labelled", "add", "load", "place"]

FORMAT, FORMAT_VERSION = "digitrec-drawings", 1
LOCK_SECONDS = 10.0  # for other windows to finish; one takes milliseconds
FEWEST = 10
"""Drawings that make a data set: with fewer there is none to test with."""

_ARRAYS: dict[str, tuple[str, tuple[int, ...]]] = {
    "label": ("u1", ()),
    "key": ("u8", ()),
    "time": ("f8", ()),
    "canvas": ("i8", (2,)),
    "strokes": ("i8", ()),
    "width": ("f8", ()),
    "timed": ("u1", ()),
    "points": ("i8", ()),
    "xy": ("f8", (2,)),
    "seconds": ("f8", ()),
}


@dataclass(frozen=True, eq=False)
class Labelled:
    """A drawing of one digit, and which it is."""

    drawing: Drawing
    label: int
    key: int
    time: float = field(default_factory=time.time)  # seconds since 1970, UTC


def place() -> Path:
    """Return the user's file of drawings; it may not be there yet."""
    return user_data_path("digitrec", appauthor=False) / "drawings.h5"


def load(path: Path) -> list[Labelled]:
    """Read all drawings, each with its last label, in the order they were first added.

    A file that is not there holds none.

    Raises:
        DigitrecError: one line that names the file and what is wrong with it.
    """
    latest: dict[int, Labelled] = {}
    try:
        for labelled in _labelled(_read(path)):
            latest[labelled.key] = labelled
    except ValueError as error:
        raise _damaged(path, error) from None
    return list(latest.values())


def add(path: Path, labelled: Labelled) -> int:
    """Put a drawing to those kept, and return how many there are now.

    Raises:
        DigitrecError: if the file there is damaged, which is left as it is, or cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_name(path.name + ".lock"), timeout=LOCK_SECONDS):
            remove_partial(path.parent)  # of windows killed while they held the lock
            arrays = _joined(_read(path), _arrays(labelled))
            write(path, {"format": FORMAT, "format_version": FORMAT_VERSION}, arrays)
    except Timeout:
        raise DigitrecError(f"{path}: another program keeps it locked; try again") from None
    except OSError as error:
        reason = error.strerror or error
        raise DigitrecError(f"{path}: the drawing cannot be stored: {reason}") from None
    return len(np.unique(arrays["key"]))


def _arrays(labelled: Labelled) -> NamedArrays:
    drawing = labelled.drawing
    untimed = [np.zeros(len(stroke.points)) for stroke in drawing.strokes]
    rows = {
        "label": [labelled.label],
        "key": [labelled.key],
        "time": [labelled.time],
        "canvas": [(drawing.width, drawing.height)],
        "strokes": [len(drawing.strokes)],
        "width": [stroke.width for stroke in drawing.strokes],
        "timed": [stroke.times is not None for stroke in drawing.strokes],
        "points": [len(stroke.points) for stroke in drawing.strokes],
        "xy": [point for stroke in drawing.strokes for point in stroke.points],
        "seconds": [
            second
            for stroke, none in zip(drawing.strokes, untimed, strict=True)
            for second in (none if stroke.times is None else stroke.times)
        ],
    }
    return {
        name: np.array(rows[name], dtype=kind).reshape(-1, *shape)
        for name, (kind, shape) in _ARRAYS.items()
    }


def _joined(one: NamedArrays, other: NamedArrays) -> NamedArrays:
    return {name: np.concatenate([one[name], other[name]]) for name in _ARRAYS}


def _read(path: Path) -> NamedArrays:
    """Read the file's arrays, all checked against one another; empty ones where it is not there."""
    try:
        if not path.exists():
            return {name: np.zeros((0, *shape), kind) for name, (kind, shape) in _ARRAYS.items()}
        return _checked(read(path))
    except OSError as error:
        raise DigitrecError(f"{path}: cannot be read: {error.strerror or error}") from None
    except HDF5Error as error:
        raise DigitrecError(f"{error}; move it away to begin another") from None
    except ValueError as error:
        raise _damaged(path, error) from None


def _damaged(path: Path, error: ValueError) -> DigitrecError:
    return DigitrecError(f"{path} is no file of drawings: {error}; move it away to begin another")


def _checked(content: Content) -> NamedArrays:
    if content.attributes.get("format") != FORMAT:
        raise ValueError("another program wrote it")
    version = content.attributes.get("format_version")
    if version != FORMAT_VERSION:
        raise ValueError(f"its format_version is {version}, this program's {FORMAT_VERSION}")
    if set(content.arrays) != set(_ARRAYS):
        raise ValueError(f"it does not hold {', '.join(_ARRAYS)} and nothing else")
    arrays: NamedArrays = {}
    for name, (kind, shape) in _ARRAYS.items():
        array = content.arrays[name]
        if (
            array.dtype != np.dtype(kind)
            or array.ndim != 1 + len(shape)
            or array.shape[1:] != shape
        ):
            raise ValueError(f"its {name} has the wrong type or shape")
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise ValueError(f"its {name} has a number that is not finite")
        arrays[name] = array
    _check_counts(arrays)
    return arrays


def _check_counts(arrays: NamedArrays) -> None:
    lengths = {name: len(array) for name, array in arrays.items()}
    for names in (("label", "key", "time", "canvas", "strokes"), ("width", "timed", "points")):
        if len({lengths[name] for name in names}) != 1:
            raise ValueError(f"its {', '.join(names)} have different lengths")
    for counts, total in (("strokes", lengths["width"]), ("points", lengths["xy"])):
        numbers = arrays[counts].astype(np.int64)
        # Each at most the total, so that the sum cannot overflow to it.
        if ((numbers < 1) | (numbers > total)).any() or numbers.sum() != total:
            raise ValueError(f"its {counts} do not add up")
    if lengths["seconds"] != lengths["xy"]:
        raise ValueError("its seconds and points differ in number")
    if (arrays["label"] > np.uint8(9)).any():
        raise ValueError("a label is no digit")
    canvas = arrays["canvas"].astype(np.int64)
    if ((canvas < 1) | (canvas > 2**15)).any():
        raise ValueError("a canvas has no size one can draw on")


def _labelled(arrays: NamedArrays) -> Iterator[Labelled]:
    ends = np.cumsum(arrays["points"])[:-1]
    pens = zip(
        np.split(arrays["xy"], ends),
        np.split(arrays["seconds"], ends),
        arrays["width"].tolist(),
        arrays["timed"].tolist(),
        strict=bool(len(arrays["xy"])),
    )
    for label, key, when, (width, height), count in zip(
        *(arrays[name].tolist() for name in ("label", "key", "time", "canvas", "strokes")),
        strict=True,
    ):
        strokes = [
            Stroke(xy, pen, seconds if timed else None)
            for xy, seconds, pen, timed in islice(pens, count)
        ]
        yield Labelled(Drawing(width, height, strokes), label, key, when)
