"""Drawings that a user corrected in the window, as a data set."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from digitrec.config.shell_words import command
from digitrec.data.dataset import Arrays, DataSet, Examples, checksum
from digitrec.drawing.corrections import (
    MIN_DRAWINGS,
    LabelledDrawing,
    default_path,
    load_drawings,
)
from digitrec.drawing.rasterise import rasterise_drawing
from digitrec.errors import DigitrecError
from digitrec.imaging.normalise import SIZE, normalise_ink

__all__ = ["load", "load_test", "read", "render"]

NAME_ANOTHER = "name a file of drawings that the window has saved"


class Parts(NamedTuple):
    """The drawings of each part of the data set."""

    train: list[LabelledDrawing]
    validation: list[LabelledDrawing]
    test: list[LabelledDrawing]


def read(path: str | None) -> list[LabelledDrawing]:
    """Read corrected drawings.

    Args:
        path: Their file; the user's own by default.

    Raises:
        DigitrecError: if the file is missing or damaged, or has fewer than `MIN_DRAWINGS`.
    """
    file = Path(path) if path else default_path()
    if path and not file.exists():
        raise DigitrecError(f"{path}: there is no such file of drawings")
    # The user's own file can be begun anew; of any other, the wrong one may have been named.
    found = load_drawings(file, NAME_ANOTHER) if path else load_drawings(file)
    if len(found) < MIN_DRAWINGS:
        raise DigitrecError(
            f"{file} holds {len(found)} drawings: draw in {command('gui')} and correct what "
            f"is read, until there are {MIN_DRAWINGS}"
        )
    return found


def load(name: str, path: str | None, validation: int) -> DataSet:
    """Return the drawings as a data set.

    Args:
        name: Of the data set.
        path: As in `read`.
        validation: 0 moves the validation part to the training part.

    Raises:
        DigitrecError: as `read`.
    """
    parts = split(read(path))
    train, held_out = parts.train, parts.validation
    if not validation:
        train, held_out = [*train, *held_out], []
    arrays = [render(part) for part in (train, held_out, parts.test)]
    images, labels = zip(*arrays, strict=True)
    return DataSet(
        name,
        checksum((np.concatenate(images), np.concatenate(labels))),
        Examples.from_arrays(*arrays[0]),
        Examples.from_arrays(*arrays[1]),
        Examples.from_arrays(*arrays[2]),
        tested_on=(name, checksum(arrays[2])),
    )


def load_test(path: str | None) -> tuple[Examples, str]:
    """Return the test part alone, and the checksum that identifies it; as `load`."""
    test = render(split(read(path)).test)
    return Examples.from_arrays(*test), checksum(test)


def split(drawings: Sequence[LabelledDrawing]) -> Parts:
    """Split drawings by the order in which they were added: 8 of 10 train, 1 validates, 1 tests.

    A drawing that is added later does not move another to another part.
    """
    parts = Parts([], [], [])
    for index, drawing in enumerate(drawings):
        part = {8: parts.validation, 9: parts.test}.get(index % 10, parts.train)
        part.append(drawing)
    return parts


def render(drawings: Sequence[LabelledDrawing]) -> Arrays:
    """Rasterise and normalise drawings, as the window does.

    Returns:
        Images uint8 (N, 28, 28), 0 the background and 255 full ink, and labels int64 (N,).
    """
    images = np.zeros((len(drawings), SIZE, SIZE), np.uint8)
    for image, labelled in zip(images, drawings, strict=True):
        image[:] = np.rint(normalise_ink(rasterise_drawing(labelled.drawing)) * 255)
    return images, np.array([labelled.label for labelled in drawings], dtype=np.int64)
