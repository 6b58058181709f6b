"""Pictures of the user's own as a data set in three parts."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from digitrec.arrays import BoolArray, Int64Array
from digitrec.data.clusters import Clusters
from digitrec.data.dataset import NO_DIGIT, DataSet, Examples, checksum
from digitrec.data.image_folder import class_folders
from digitrec.data.image_folder.normalised_pictures import NormalisedPictures, read
from digitrec.data.image_folder.split import by_picture, by_writer, writers_of
from digitrec.data.parts import Part
from digitrec.errors import ConfigError, DigitrecError

if TYPE_CHECKING:
    from digitrec.data.sets.folder import FolderData

__all__ = ["load", "load_test"]

NAMED = 20
"""How many pictures that cannot be used are named; the others are counted."""


def load(data: FolderData, validation: int) -> DataSet:
    """Return the pictures as a data set.

    Args:
        data: The settings.
        validation: 0 moves the validation part to the training part.

    Raises:
        DigitrecError: if a part would be empty, or the pictures cannot be read.
    """
    found, pictures, labels, parts = _read(data)
    train, validate, test = (parts == part for part in Part)
    if not validation:
        train, validate = train | validate, np.zeros_like(train)
    if not (train & (labels != NO_DIGIT)).any():
        raise ConfigError(
            f"data.held_out={data.held_out} leaves no picture to train on; hold out less"
            if not found.parts
            else f"{found.root} lacks the folder train"
        )
    trained = set(labels[train].tolist())
    if missing := [str(digit) for digit in range(10) if digit not in trained]:
        raise ConfigError(
            f"data.held_out={data.held_out} leaves no picture of {', '.join(missing)} to train on; "
            "hold out less, or add some"
        )
    validate, test = validate & (labels != NO_DIGIT), test & (labels != NO_DIGIT)
    arrays = [(pictures.images[part], labels[part]) for part in (train, validate, test)]
    everything = [np.concatenate(kind) for kind in zip(*arrays, strict=True)]
    return DataSet(
        data.name,
        checksum((everything[0], everything[1])),
        Examples.from_arrays(*arrays[0]),
        Examples.from_arrays(*arrays[1]),
        Examples.from_arrays(*arrays[2], _clusters(found, pictures, test, data.writer)),
        tested_on=(data.name, checksum(arrays[2])),
    )


def load_test(data: FolderData) -> tuple[Examples, str]:
    """Return the test part alone, and the checksum that identifies it; as `load`."""
    found, pictures, labels, parts = _read(data)
    test = (parts == Part.TEST) & (labels != NO_DIGIT)
    arrays = pictures.images[test], labels[test]
    clusters = _clusters(found, pictures, test, data.writer)
    return Examples.from_arrays(*arrays, clusters), checksum(arrays)


def _clusters(
    found: class_folders.ClassFolders,
    pictures: NormalisedPictures,
    test: BoolArray,
    pattern: str | None,
) -> Clusters | None:
    """Return which of the usable test pictures are by the same writer, if the pattern tells."""
    names = [found.names[i] for i in np.flatnonzero(pictures.used)[test].tolist()]
    writers = writers_of(names, pattern) if pattern is not None else None
    return Clusters.of_writers(writers) if writers else None


def _read(
    data: FolderData,
) -> tuple[class_folders.ClassFolders, NormalisedPictures, Int64Array, Int64Array]:
    """Return the pictures, and the label and the `Part` of each."""
    found = class_folders.find(data.root, only_test=data.held_out == 1)
    pictures = read(found)
    _report(found, pictures)
    used = np.flatnonzero(pictures.used).tolist()
    names, labels = [found.names[i] for i in used], np.array(found.labels, np.int64)[used]
    parts = np.full(len(used), Part.TRAINING, np.int64)
    if found.parts:
        parts = np.array(found.parts, np.int64)[used]
        if (parts == Part.VALIDATION).any():
            if data.writer is not None:
                raise ConfigError(
                    f"data.writer={data.writer}: {found.root} has its own folder validation; leave "
                    "data.writer out"
                )
        else:
            train = np.flatnonzero(parts == Part.TRAINING)
            if len(train):
                chosen = _hold_out(data, train, names, labels, pictures, 1)
                parts[train[chosen[0]]] = Part.VALIDATION
    else:
        every = np.arange(len(used))
        count = 1 if data.held_out == 1 else 2
        chosen = _hold_out(data, every, names, labels, pictures, count)
        for part, mask in zip((Part.TEST, Part.VALIDATION), chosen, strict=False):
            parts[mask] = part
    if not ((parts == Part.TEST) & (labels != NO_DIGIT)).any():
        raise DigitrecError(
            f"{found.root} has no picture of a digit to test on; "
            + ("add the folder test" if found.parts else "a digit needs at least three pictures")
        )
    return found, pictures, labels, parts


def _hold_out(
    data: FolderData,
    chosen: Int64Array,
    names: Sequence[str],
    labels: Int64Array,
    pictures: NormalisedPictures,
    parts: int,
) -> list[BoolArray]:
    amount = data.held_out, data.seed, parts
    if data.writer is None:
        return by_picture(labels[chosen], pictures.digests[chosen], *amount)
    return by_writer([names[i] for i in chosen.tolist()], labels[chosen], data.writer, *amount)


def _report(found: class_folders.ClassFolders, pictures: NormalisedPictures) -> None:
    """Name the pictures that cannot be used; raise an error where a class has no others."""
    for fault in pictures.faults[:NAMED]:
        print(f"warning: {fault}", file=sys.stderr)
    if pictures.faults or found.others:
        print(
            f"{found.root}: {len(pictures.images):,} pictures used; left out: "
            f"{len(pictures.faults):,} that cannot be used, {found.others:,} other files",
            file=sys.stderr,
        )
    classes = {name: _class_of(name) for name in found.names}
    kept = {classes[found.names[i]] for i in np.flatnonzero(pictures.used).tolist()}
    for lost in sorted(set(classes.values()) - kept):
        raise DigitrecError(f"no picture in {found.root / lost} can be used")


def _class_of(name: str) -> str:
    """Return the folder of a picture's class, such as ``3`` or ``train/3``."""
    first, _, rest = name.partition("/")
    return f"{first}/{rest.partition('/')[0]}" if first in class_folders.PARTS else first
