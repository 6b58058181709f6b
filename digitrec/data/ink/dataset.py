"""Composites as a data set: many pictures as the network sees them, and the ink in each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from digitrec.arrays import Uint8Array
from digitrec.data import mnist_files
from digitrec.data.dataset import AnyDataSet, combine_checksums
from digitrec.data.ink.composites import compose
from digitrec.data.ink.writers import Writers, read_writers
from digitrec.data.parts import Part
from digitrec.data.uci.file import SHA256
from digitrec.data.unipen import cache
from digitrec.imaging.local_contrast import MIDDLE, local_contrast
from digitrec.imaging.pixels import Box
from digitrec.models.architectures.ink import INK_CHANNELS

__all__ = ["InkDataSet", "InkExamples", "load", "load_test"]

SIDE = 112  # pixels of an example
HELD_OUT = 1_000  # pictures to validate with, and as many to test with
_APART = 12  # pixels between pictures that share an example
_MISFITS = 3  # an example is full after this many pictures that do not fit


@dataclass(frozen=True, eq=False)
class InkExamples:
    """Pictures, and the ink in them.

    Attributes:
        images: uint8 (N, 2, 112, 112), made by `digitrec.imaging.local_contrast`: one picture, or
            some that are small, and `MIDDLE` around them.
        ink: uint8 (N, 1, 112, 112), 255 where ink covers the whole pixel.
    """

    images: Tensor
    ink: Tensor

    def __len__(self) -> int:
        return len(self.images)

    def to(self, device: torch.device) -> InkExamples:
        """Return the same examples on a device."""
        return InkExamples(self.images.to(device), self.ink.to(device))


class InkDataSet(AnyDataSet[InkExamples]):
    """A data set of pictures with ink; no handwriting is in two parts."""


def load(name: str, root: str | None, count: int, seed: int, validation: int) -> InkDataSet:
    """Make a data set.

    Args:
        name: Of the data set.
        root: The data folder, as in `digitrec.data.ink.writers.read_writers`.
        count: Pictures to train on.
        seed: Of the pictures.
        validation: 0 makes no pictures to validate on; any other number makes `HELD_OUT`.

    Raises:
        DigitrecError: if the data sets cannot be read.
    """
    train = make_examples(read_writers(root, Part.TRAINING), count, seed, Part.TRAINING)
    held_out = make_examples(
        read_writers(root, Part.VALIDATION), HELD_OUT if validation else 0, seed, Part.VALIDATION
    )
    test, tested = load_test(root, seed)
    identity = combine_checksums(tested, cache.read(root).checksum())
    return InkDataSet(name, identity, train, held_out, test, (name, tested))


def load_test(root: str | None, seed: int) -> tuple[InkExamples, str]:
    """Return the test part alone, and the checksum that identifies it; as `load`."""
    test = make_examples(read_writers(root, Part.TEST), HELD_OUT, seed, Part.TEST)
    return test, combine_checksums(mnist_files.read(root).checksum, SHA256, seed, HELD_OUT)


def make_examples(writers: Writers, count: int, seed: int, part: Part) -> InkExamples:
    """Make examples; example i of a seed is the same whatever ``count`` is."""
    images = np.full((count, INK_CHANNELS, SIDE, SIDE), MIDDLE, np.uint8)
    ink = np.zeros((count, 1, SIDE, SIDE), np.uint8)
    for index in range(count):
        rng = np.random.default_rng([seed, index, part])
        _fill(images[index], ink[index, 0], writers, rng)
    return InkExamples(torch.from_numpy(images), torch.from_numpy(ink))


def _fill(
    image: Uint8Array, target: Uint8Array, writers: Writers, rng: np.random.Generator
) -> None:
    """Make pictures while there is room, and put them side by side into an image and its target."""
    free, misfits = [(0, 0, SIDE, SIDE)], 0  # left, top, right and bottom of what is empty
    while misfits < _MISFITS:
        made = compose(writers, rng, side=SIDE)
        height, width = made.ink.shape
        room = [one for one in free if one[2] - one[0] >= width and one[3] - one[1] >= height]
        if not room:
            misfits += 1
            continue
        place = min(room, key=_area)
        free.remove(place)
        left = place[0] if rng.uniform() < 0.5 else place[2] - width
        top = place[1] if rng.uniform() < 0.5 else place[3] - height
        rows, columns = slice(top, top + height), slice(left, left + width)
        image[:, rows, columns] = local_contrast(made.picture)
        target[rows, columns] = np.rint(made.ink * 255)
        free += _rest(place, (left, top, left + width, top + height))


def _rest(place: Box, taken: Box) -> list[Box]:
    """Return what stays empty of a place beside a picture in one of its corners: two boxes."""
    left, top, right, bottom = place
    beside = (taken[2] + _APART, right) if taken[0] == left else (left, taken[0] - _APART)
    above = (taken[3] + _APART, bottom) if taken[1] == top else (top, taken[1] - _APART)
    tall = [(beside[0], top, beside[1], bottom), (taken[0], above[0], taken[2], above[1])]
    wide = [(beside[0], taken[1], beside[1], taken[3]), (left, above[0], right, above[1])]
    return max(tall, wide, key=lambda boxes: max(map(_area, boxes)))


def _area(box: Box) -> int:
    return max(0, box[2] - box[0]) * max(0, box[3] - box[1])
