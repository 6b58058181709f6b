"""Composites as a data set: many pictures as the network sees them, and the ink in each."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

import numpy as np
import torch
from torch import Tensor

from digitrec.arrays import Uint8Array
from digitrec.data import mnist_files
from digitrec.data.ink.composites import compose
from digitrec.data.ink.writers import Part, Writers, read_writers
from digitrec.data.pen_files import SHA256
from digitrec.imaging.local_contrast import MIDDLE, local_contrast

__all__ = ["InkDataSet", "InkExamples", "load", "load_test"]

SIDE = 112  # pixels of an example
HELD_OUT = 1_000  # pictures to validate with, and as many to test with
# Appended to the seed and the number of a picture: each part has random streams of its own.
_STREAMS: dict[Part, int] = {"training": 0, "validation": 1, "test": 2}


@dataclass(frozen=True, eq=False)
class InkExamples:
    """Pictures, and the ink in them.

    Attributes:
        images: uint8 (N, 1, 112, 112), made by `digitrec.imaging.local_contrast`. A smaller picture
            lies somewhere in it, and `MIDDLE` around it.
        ink: uint8 (N, 1, 112, 112), 255 where ink covers the whole pixel.
    """

    images: Tensor
    ink: Tensor

    def __len__(self) -> int:
        return len(self.images)

    def to(self, device: torch.device) -> InkExamples:
        """Return the same examples on a device."""
        return InkExamples(self.images.to(device), self.ink.to(device))


@dataclass(frozen=True, eq=False)
class InkDataSet:
    """A data set of pictures in its three parts.

    Attributes:
        name: of the data set.
        checksum: identifies the test part and the sources that it was made from.
        train: pictures to train on.
        validation: pictures with the handwriting of others; may be none.
        test: pictures on which a trained network is tested once.
    """

    name: str
    checksum: str
    train: InkExamples
    validation: InkExamples
    test: InkExamples

    @property
    def test_identity(self) -> tuple[str, str]:
        """The name and the checksum of the data set that the test part belongs to."""
        return self.name, self.checksum


def load(name: str, root: str | None, count: int, seed: int, validation: int) -> InkDataSet:
    """Make a data set.

    Args:
        name: of the data set.
        root: the data folder, as in `digitrec.data.ink.writers.read_writers`.
        count: pictures to train on.
        seed: of the pictures.
        validation: 0 makes no pictures to validate on; any other number makes `HELD_OUT`.

    Raises:
        DigitrecError: if the data sets cannot be read.
    """
    train = make_examples(read_writers(root, "training"), count, seed, "training")
    held_out = make_examples(
        read_writers(root, "validation"), HELD_OUT if validation else 0, seed, "validation"
    )
    test, checksum = load_test(root, seed)
    return InkDataSet(name, checksum, train, held_out, test)


def load_test(root: str | None, seed: int) -> tuple[InkExamples, str]:
    """Return the test part alone, and the checksum of the data set; as `load`."""
    test = make_examples(read_writers(root, "test"), HELD_OUT, seed, "test")
    sources = f"{mnist_files.read(root).checksum} {SHA256} {seed} {HELD_OUT}"
    return test, sha256(sources.encode()).hexdigest()[:16]


def make_examples(writers: Writers, count: int, seed: int, part: Part) -> InkExamples:
    """Make pictures; picture i of a seed is the same whatever ``count`` is."""
    images = np.full((count, 1, SIDE, SIDE), MIDDLE, np.uint8)
    ink = np.zeros((count, 1, SIDE, SIDE), np.uint8)
    for index in range(count):
        rng = np.random.default_rng([seed, index, _STREAMS[part]])
        _fill(images[index, 0], ink[index, 0], writers, rng)
    return InkExamples(torch.from_numpy(images), torch.from_numpy(ink))


def _fill(
    image: Uint8Array, target: Uint8Array, writers: Writers, rng: np.random.Generator
) -> None:
    """Make one picture, and put it somewhere into an image and its target."""
    made = compose(writers, rng, side=SIDE)
    seen = local_contrast(made.picture)
    height, width = seen.shape
    top, left = int(rng.integers(SIDE - height + 1)), int(rng.integers(SIDE - width + 1))
    place = slice(top, top + height), slice(left, left + width)
    image[place] = seen
    target[place] = np.rint(made.ink * 255)
