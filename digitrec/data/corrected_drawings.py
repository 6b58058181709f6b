"""Drawings that were put right in the window, as images to train on and to test with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

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

__all__ = ["Parts", "load", "load_test", "read", "render", "split"]


class Parts(NamedTuple):
    """Drawings to train on, to validate on, to test on once."""

    train: list[LabelledDrawing]
    validation: list[LabelledDrawing]
    test: list[LabelledDrawing]


def read(path: str | None) -> list[LabelledDrawing]:
    """Read the drawings in a file, else in the user's own.

    Raises:
        DigitrecError: if it is damaged, or has fewer than `MIN_DRAWINGS`.
    """
    file = Path(path) if path else default_path()
    if path and not file.exists():
        raise DigitrecError(f"{path}: there is no such file of drawings")
    found = load_drawings(file)
    if len(found) < MIN_DRAWINGS:
        raise DigitrecError(
            f"{file} holds {len(found)} drawings: draw in python -m digitrec.gui and say what "
            f"each was, until there are {MIN_DRAWINGS}"
        )
    return found


def load(name: str, path: str | None, validation: int) -> DataSet:
    """Return the drawings as a data set; raises as `read`. ``validation`` of 0 holds out none."""
    parts = split(read(path))
    train, held_out = parts.train, parts.validation
    if not validation:
        train, held_out = [*train, *held_out], []
    test = render(parts.test)
    return DataSet(
        name,
        checksum(test),
        Examples.of(*render(train)),
        Examples.of(*render(held_out)),
        Examples.of(*test),
    )


def load_test(path: str | None) -> tuple[Examples, str]:
    """Return the test part alone, and its checksum; raises as `read`."""
    test = render(split(read(path)).test)
    return Examples.of(*test), checksum(test)


def split(drawings: Sequence[LabelledDrawing]) -> Parts:
    """Split by the order in which drawings were first added: one added later moves no other."""
    parts = Parts([], [], [])
    for index, drawing in enumerate(drawings):
        part = {8: parts.validation, 9: parts.test}.get(index % 10, parts.train)
        part.append(drawing)
    return parts


def render(drawings: Sequence[LabelledDrawing]) -> Arrays:
    """Make images (N, 28, 28) uint8, ink 255 on 0, as in the window, and labels (N,) int64."""
    images = np.zeros((len(drawings), SIZE, SIZE), np.uint8)
    for image, labelled in zip(images, drawings, strict=True):
        image[:] = np.rint(normalise_ink(rasterise_drawing(labelled.drawing)) * 255)
    return images, np.array([labelled.label for labelled in drawings], dtype=np.int64)
