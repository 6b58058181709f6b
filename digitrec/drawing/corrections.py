"""The file of corrected drawings: drawings with the digit that their writer says they are.

One ``.h5`` file in the user's data folder holds all of them. To add a drawing, a new file is
written beside the old one and replaces it in one step, under a lock. So a process that is killed
never damages the file, and two windows that add drawings at the same time lose none. A drawing that
is labelled again keeps its ``key``, and its last label counts.

Format version 2 has the root attributes ``format`` = "digitrec-drawings", a text of fixed length
(of variable length in version 1), and ``format_version`` = 2, and the arrays below. There are D
drawings, S strokes in all drawings, and P points in all strokes; each array lists them in the order
they were added.

======== ============== =====================================================================
label    uint8 (D,)     the digit
key      uint64 (D,)    identifies the drawing: a random number
time     float64 (D,)   when the label was given, in seconds since 1970, UTC
canvas   int64 (D, 2)   width and height of the canvas in pixels
strokes  int64 (D,)     number of strokes of each drawing
width    float64 (S,)   diameter of the pen in canvas pixels
timed    uint8 (S,)     1 if the stroke has times, else 0
points   int64 (S,)     number of points of each stroke
xy       float64 (P, 2) the points in canvas pixels
seconds  float64 (P,)   time of each point since the drawing was started; 0 if unknown
======== ============== =====================================================================
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout

from digitrec.arrays import NamedArrays
from digitrec.drawing.rasterise import MAX_SIDE, check_limits
from digitrec.drawing.strokes import Drawing, Stroke
from digitrec.errors import DigitrecError, HDF5Error
from digitrec.message_text import quoted
from digitrec.storage.atomic import remove_partial
from digitrec.storage.file_names import cut_name, target_of
from digitrec.storage.hdf5 import Content, read, write
from digitrec.storage.locks import check_lock_place
from digitrec.storage.user_folders import user_folder

__all__ = [
    "MIN_DRAWINGS",
    "LabelledDrawing",
    "adapted_file",
    "add_drawing",
    "default_path",
    "load_drawings",
    "remove_drawing",
    "require_home",
]

FORMAT, FORMAT_VERSION = "digitrec-drawings", 2
ON_WINDOWS = sys.platform == "win32"
LOCK_SECONDS = 10.0  # how long to wait for another window, which needs some milliseconds
NO_HOME = Path("~", "digitrec")
MOVE_AWAY = "move the file away to start a new one"  # where drawings are kept
MIN_DRAWINGS = 10
"""Number of drawings that a data set needs. With fewer, none would be left to test with."""

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
class LabelledDrawing:
    """A drawing of one digit, and which digit it is.

    Attributes:
        drawing: The strokes of the digit.
        label: The digit, 0 to 9.
        key: A random number that identifies the drawing when it is labelled again.
        time: When the label was given, in seconds since 1970, UTC.
    """

    drawing: Drawing
    label: int
    key: int
    time: float = field(default_factory=time.time)


def default_path() -> Path:
    """Return the path of the user's own file of drawings. The file may not exist yet.

    Where there is no home folder, it is a path at which nothing is, and nothing can be stored.
    """
    return (user_folder("data") or NO_HOME) / "drawings.h5"


def adapted_file(drawings: Path) -> Path:
    """Return where the network is written that is fine-tuned on a file of drawings: beside it.

    It may not exist yet.
    """
    return drawings.with_name("adapted.h5")


def require_home(path: Path) -> None:
    """Check that a file of drawings is not the user's own where there is no home folder for it.

    Raises:
        DigitrecError: If it is.
    """
    if path.parent == NO_HOME:
        raise DigitrecError(
            "there is no home folder to keep drawings in; set HOME, or XDG_DATA_HOME, to a folder"
        )


def load_drawings(path: Path, advice: str = MOVE_AWAY) -> list[LabelledDrawing]:
    """Read all drawings of a file, each with its last label.

    Args:
        path: The file.
        advice: What to do if it is damaged or another kind of file; by default, what helps where
            drawings are kept.

    Returns:
        The drawings in the order they were first added; none if the file does not exist.

    Raises:
        DigitrecError: If the file cannot be read or is damaged.
    """
    latest: dict[int, LabelledDrawing] = {}
    try:
        for labelled in _to_drawings(_read(path, advice)):
            latest[labelled.key] = labelled
    except ValueError as error:
        raise _damaged(path, error, advice) from None
    return list(latest.values())


def add_drawing(path: Path, labelled: LabelledDrawing) -> int:
    """Add a drawing to a file, which is created if it does not exist.

    Returns:
        The number of drawings that the file holds now.

    Raises:
        DigitrecError: If the drawing is one that `load_drawings` would refuse, or the file is
            damaged or cannot be written. It is left as it is.
    """
    try:
        added = _to_arrays(labelled)
    except ValueError as error:
        raise DigitrecError(f"{path}: the drawing cannot be saved: {error}") from None
    arrays = _change(path, lambda kept: _joined(kept, added))
    return len(np.unique(arrays["key"]))


def remove_drawing(path: Path, key: int) -> int:
    """Remove a drawing from a file, with all labels that it had.

    Returns:
        The number of drawings that the file holds now.

    Raises:
        DigitrecError: If the file is damaged or cannot be written. It is left as it is.
    """
    arrays = _change(path, lambda kept: _without(kept, key))
    return len(np.unique(arrays["key"]))


def _change(path: Path, change: Callable[[NamedArrays], NamedArrays]) -> NamedArrays:
    """Replace what a file holds under its lock, and return what it holds now."""
    require_home(path)
    try:
        target = target_of(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        lock = target.with_name(f"{cut_name(target.name)}.lock")
        check_lock_place(lock)
        with FileLock(lock, timeout=LOCK_SECONDS):
            # Left by windows that were killed while writing. Other processes may be writing other
            # files to the folder, such as the network that is fine-tuned on these drawings.
            remove_partial(target.parent, target.name)
            arrays = change(_read(path))
            _write(path, arrays)
    except Timeout:
        raise DigitrecError(f"{path} is locked by another program; try again") from None
    except OSError as error:
        reason = error.strerror or error
        raise DigitrecError(f"{path}: the drawing cannot be saved: {reason}") from None
    return arrays


def _write(path: Path, arrays: NamedArrays) -> None:
    """Replace the file. On Windows, try again while another program is reading it."""
    give_up = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            write(path, {"format": FORMAT, "format_version": FORMAT_VERSION}, arrays)
        except PermissionError:
            # Windows does not replace a file that is open, and reading takes no lock.
            if not ON_WINDOWS or time.monotonic() > give_up:
                raise
            time.sleep(0.05)
        else:
            return


def _to_arrays(labelled: LabelledDrawing) -> NamedArrays:
    """Return the arrays of a file that holds this drawing alone.

    Raises:
        ValueError: If such a file could not be read again: one that says why.
    """
    drawing = labelled.drawing
    if labelled.label not in range(10):
        raise ValueError(f"its label is {labelled.label}, not a digit")
    if not 0 <= labelled.key < 2**64:
        raise ValueError(f"its key is not a number from 0 to {2**64 - 1}")
    if not drawing.strokes:
        raise ValueError("it has no strokes")
    check_limits(drawing)
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
    return _checked(
        {
            name: np.array(rows[name], dtype=kind).reshape(-1, *shape)
            for name, (kind, shape) in _ARRAYS.items()
        }
    )


def _without(arrays: NamedArrays, key: int) -> NamedArrays:
    """Return arrays without the drawing of this key."""
    drawings = arrays["key"] != np.uint64(key)  # (D,)
    strokes = np.repeat(drawings, arrays["strokes"])  # (S,)
    points = np.repeat(strokes, arrays["points"])  # (P,)
    kept = {"width": strokes, "timed": strokes, "points": strokes, "xy": points, "seconds": points}
    return {name: array[kept.get(name, drawings)] for name, array in arrays.items()}


def _joined(one: NamedArrays, other: NamedArrays) -> NamedArrays:
    return {name: np.concatenate([one[name], other[name]]) for name in _ARRAYS}


def _read(path: Path, advice: str = MOVE_AWAY) -> NamedArrays:
    """Read and check the arrays of a file. They are empty if the file does not exist."""
    try:
        if not path.exists():
            return {name: np.zeros((0, *shape), kind) for name, (kind, shape) in _ARRAYS.items()}
        return _arrays_of(read(path, FORMAT))
    except OSError as error:
        raise DigitrecError(f"{path}: cannot be read: {error.strerror or error}") from None
    except HDF5Error as error:
        raise DigitrecError(str(error) if error.advice else f"{error}; {advice}") from None
    except ValueError as error:
        raise _damaged(path, error, advice) from None


def _damaged(path: Path, error: ValueError, advice: str) -> DigitrecError:
    return DigitrecError(f"{path} is not a file of drawings: {error}; {advice}")


def _arrays_of(content: Content) -> NamedArrays:
    version = content.attributes.get("format_version")
    if version not in (1, FORMAT_VERSION):
        raise ValueError(
            f"its format_version is {quoted(version)}, but this program reads 1 to {FORMAT_VERSION}"
        )
    if set(content.arrays) != set(_ARRAYS):
        raise ValueError(f"its arrays must be {', '.join(_ARRAYS)}")
    return _checked({name: content.arrays[name] for name in _ARRAYS})


def _checked(arrays: NamedArrays) -> NamedArrays:
    """Return the arrays of a file if they have the right types, lengths and values.

    Raises:
        ValueError: If they have not: one that says what is wrong.
    """
    for name, (kind, shape) in _ARRAYS.items():
        array = arrays[name]
        if (
            array.dtype != np.dtype(kind)
            or array.ndim != 1 + len(shape)
            or array.shape[1:] != shape
        ):
            raise ValueError(f"its array {name} has the wrong type or shape")
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise ValueError(f"its array {name} has a number that is not finite")
    _check_counts(arrays)
    return arrays


def _check_counts(arrays: NamedArrays) -> None:
    lengths = {name: len(array) for name, array in arrays.items()}
    for names in (("label", "key", "time", "canvas", "strokes"), ("width", "timed", "points")):
        if len({lengths[name] for name in names}) != 1:
            raise ValueError(f"its arrays {', '.join(names)} have different lengths")
    totals = (("strokes", "widths", lengths["width"]), ("points", "points", lengths["xy"]))
    for counts, of, total in totals:
        numbers = arrays[counts].astype(np.int64)
        # Each number is compared too, because the sum of large ones could overflow to the total.
        if ((numbers < 1) | (numbers > total)).any() or numbers.sum() != total:
            raise ValueError(f"its array {counts} does not add up to the number of {of}")
    if lengths["seconds"] != lengths["xy"]:
        raise ValueError("its arrays seconds and xy have different lengths")
    if (arrays["label"] > np.uint8(9)).any():
        raise ValueError("a label is not a digit")
    canvas = arrays["canvas"].astype(np.int64)
    if ((canvas < 1) | (canvas > MAX_SIDE)).any():
        raise ValueError("a canvas is too small or too large")


def _to_drawings(arrays: NamedArrays) -> Iterator[LabelledDrawing]:
    """Yield the drawings of checked arrays. One that was labelled again comes again."""
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
        drawing = Drawing(width, height, strokes)
        check_limits(drawing)
        yield LabelledDrawing(drawing, label, key, when)
