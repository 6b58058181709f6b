"""A data set in memory: examples to train on, to validate on, and to test on once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from digitrec.arrays import Int64Array, Uint8Array
from digitrec.config.checks import check
from digitrec.data.validation_split import stratified_split

__all__ = ["NO_DIGIT", "Arrays", "DataSet", "Examples", "Share", "checksum", "split_off_validation"]

NO_DIGIT = -1  # label of an image that shows none

Arrays = tuple[Uint8Array, Int64Array]


@dataclass(frozen=True, eq=False)
class Examples:
    """Images and what they show.

    images: uint8 (N, 1, 28, 28), 0 the ground and 255 full ink.
    labels: int64 (N,), the digits 0 to 9; `NO_DIGIT` only among those to train on.
    """

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    @classmethod
    def of(cls, images: Uint8Array, labels: Int64Array) -> Examples:
        """Take images (N, 28, 28) and labels (N,)."""
        return cls(torch.from_numpy(images)[:, None], torch.from_numpy(labels))

    def to(self, device: torch.device) -> Examples:
        """Return the same examples on a device."""
        return Examples(self.images.to(device), self.labels.to(device))


def checksum(arrays: Arrays) -> str:
    """Return 16 hex digits that identify images and labels."""
    return hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()[:16]


def split_off_validation(
    name: str, identity: str, train: Arrays, test: Arrays, validation: int
) -> DataSet:
    """Make a data set of two parts, a third being held out of its training part.

    Args:
        name: of the data set.
        identity: its checksum.
        train: images uint8 (N, 28, 28) and labels int64 (N,).
        test: the same.
        validation: how many training examples are held out.

    Raises:
        ConfigError: if there are not more than that.
    """
    images, labels = train
    check(
        validation < len(labels),
        "validation",
        f"below the {len(labels)} images to train on",
        validation,
    )
    kept, held_out = stratified_split(labels, validation)
    return DataSet(
        name,
        identity,
        Examples.of(images[kept], labels[kept]),
        Examples.of(images[held_out], labels[held_out]),
        Examples.of(*test),
    )


@dataclass(frozen=True)
class Share:
    """What a source gives to a mix: ``taken`` of its ``count`` examples in each epoch."""

    count: int
    taken: int


@dataclass(frozen=True, eq=False)
class DataSet:
    """A data set in its three parts; ``checksum`` identifies the test part and its source.

    shares: of the sources that ``train`` is made of, in their order; empty where it is one whole.
    tested_on: name and checksum of the data set whose test part this is, where it is another's.
    """

    name: str
    checksum: str
    train: Examples
    validation: Examples
    test: Examples
    shares: tuple[Share, ...] = ()
    tested_on: tuple[str, str] | None = None

    @property
    def test_identity(self) -> tuple[str, str]:
        """Name and checksum of the data set that the test part is of."""
        return self.tested_on or (self.name, self.checksum)

    @property
    def epoch_size(self) -> int:
        """How many training examples an epoch takes."""
        return sum(share.taken for share in self.shares) or len(self.train)

    def order(self, generator: Generator) -> Tensor:
        """Return the indices (epoch_size,) of an epoch's training examples, in random order.

        A source of a mix gives each of its examples equally often, but for one time.
        """
        if not self.shares:
            return torch.randperm(len(self.train), generator=generator)
        parts, first = [], 0
        for share in self.shares:
            passes = 1 + share.taken // share.count
            order = [torch.randperm(share.count, generator=generator) for _ in range(passes)]
            parts.append(first + torch.cat(order)[: share.taken])
            first += share.count
        taken = torch.cat(parts)
        return taken[torch.randperm(len(taken), generator=generator)]
