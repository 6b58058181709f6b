"""Strings of digits as a data set, in groups of images of one width each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import torch

from digitrec.data import mnist_files, pen_digits
from digitrec.data.string_sets import Strings, make_strings

__all__ = ["StringDataSet", "StringExamples", "load", "load_test"]

HELD_OUT = 2_000  # strings to validate with, and as many to test with


@dataclass(frozen=True, eq=False)
class StringExamples:
    """Images of strings, grouped by their width."""

    groups: Sequence[Strings]

    def __len__(self) -> int:
        return sum(map(len, self.groups))

    def to(self, device: torch.device) -> StringExamples:
        """Return the same examples on a device."""
        return StringExamples(
            [
                Strings(group.images.to(device), group.targets.to(device), group.lengths.to(device))
                for group in self.groups
            ]
        )


@dataclass(frozen=True, eq=False)
class StringDataSet:
    """A data set of strings in its three parts.

    Attributes:
        name: of the data set.
        checksum: identifies the test part and its source.
    """

    name: str
    checksum: str
    train: StringExamples
    validation: StringExamples
    test: StringExamples

    @property
    def test_identity(self) -> tuple[str, str]:
        """Name and checksum of the data set that the test part is of."""
        return self.name, self.checksum


def load(name: str, root: str | None, count: int, seed: int, validation: int) -> StringDataSet:
    """Make a data set of strings; several processes share the work.

    Args:
        name: of the data set.
        root: the folder of the data sets.
        count: strings to train on.
        seed: of the strings.
        validation: 0 makes no strings to validate with.

    Raises:
        DigitrecError: if the data sets cannot be read.
    """
    train = make_strings(count, seed, root, processes=torch.get_num_threads())
    held_out = make_strings(HELD_OUT, seed, root, part="validation") if validation else []
    test, checksum = load_test(root, seed)
    return StringDataSet(name, checksum, StringExamples(train), StringExamples(held_out), test)


def load_test(root: str | None, seed: int) -> tuple[StringExamples, str]:
    """Make the strings to test with, and the checksum that identifies them; as `load`."""
    test = StringExamples(make_strings(HELD_OUT, seed, root, part="test"))
    sources = f"{mnist_files.read(root).checksum} {pen_digits.SHA256} {seed} {HELD_OUT}"
    return test, sha256(sources.encode()).hexdigest()[:16]
