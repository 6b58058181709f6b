"""A data set in memory: examples to train on, to validate on, and to test on once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Generic, TypeVar

import torch
from torch import Generator, Tensor

from digitrec.arrays import Int64Array, Uint8Array
from digitrec.config.checks import check
from digitrec.data.clusters import Clusters
from digitrec.data.validation_split import stratified_split

__all__ = [
    "NO_DIGIT",
    "AnyDataSet",
    "Arrays",
    "DataSet",
    "Examples",
    "Share",
    "checksum",
    "combine_checksums",
    "split_off_validation",
]

NO_DIGIT = -1
"""The label of an image that does not show a digit. Only training examples have it."""

Arrays = tuple[Uint8Array, Int64Array]
"""Images uint8 (N, 28, 28), 0 the background and 255 full ink, and labels int64 (N,)."""


@dataclass(frozen=True, eq=False)
class Examples:
    """Images and their labels.

    Attributes:
        images: uint8 (N, 1, 28, 28), 0 the background and 255 full ink; of marks, uint8
            (N, 1, 32, 96), made by `digitrec.imaging.lines.mark_windows`.
        labels: int64 (N,), the digits 0 to 9, or `NO_DIGIT`; of marks, classes of
            `digitrec.models.marks`.
        clusters: Of test images, which of them depend on each other; None if all are taken as
            independent.
    """

    images: Tensor
    labels: Tensor
    clusters: Clusters | None = None

    def __len__(self) -> int:
        return len(self.labels)

    @classmethod
    def from_arrays(
        cls, images: Uint8Array, labels: Int64Array, clusters: Clusters | None = None
    ) -> Examples:
        """Make examples of images (N, 28, 28) and labels (N,), without copying them."""
        return cls(torch.from_numpy(images)[:, None], torch.from_numpy(labels), clusters)

    def to(self, device: torch.device) -> Examples:
        """Return the same examples on a device."""
        return Examples(self.images.to(device), self.labels.to(device), self.clusters)


@dataclass(frozen=True)
class Share:
    """How many examples of a source are in an epoch of a mix.

    Attributes:
        count: The examples that the source has.
        taken: The examples that an epoch takes from it; more than ``count`` repeats some.
    """

    count: int
    taken: int


_Examples = TypeVar("_Examples")


@dataclass(frozen=True, eq=False)
class AnyDataSet(Generic[_Examples]):
    """A data set of any task, in its three parts.

    Attributes:
        name: Of the data set.
        checksum: Identifies all that it is made from. A stopped run continues only with the same.
        train: Examples to train on.
        validation: Examples held out of training, to choose settings by; may be none.
        test: Examples on which a trained network is tested once.
        tested_on: If the test part is that of another data set, or stays when there is more to
            train on, the name and the checksum that identify the test part.
    """

    name: str
    checksum: str
    train: _Examples
    validation: _Examples
    test: _Examples
    tested_on: tuple[str, str] | None = None

    @property
    def test_identity(self) -> tuple[str, str]:
        """The name and the checksum of the data set that the test part belongs to."""
        return self.tested_on or (self.name, self.checksum)


@dataclass(frozen=True, eq=False)
class DataSet(AnyDataSet[Examples]):
    """A data set of digits, or of windows with marks.

    Attributes:
        shares: If the data set is a mix, those of its sources, in the order in which ``train``
            joins them; otherwise empty.
    """

    shares: tuple[Share, ...] = ()

    @property
    def epoch_size(self) -> int:
        """How many training examples an epoch takes."""
        return sum(share.taken for share in self.shares) or len(self.train)

    def order(self, generator: Generator) -> Tensor:
        """Choose the training examples of an epoch, and their order, at random.

        Each example of a source of a mix is taken equally often, give or take one.

        Returns:
            Indices into ``train``, int64 (epoch_size,).
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


def checksum(arrays: Arrays) -> str:
    """Return 16 hex digits that identify images and labels."""
    return hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()[:16]


def combine_checksums(*checksums: object) -> str:
    """Return 16 hex digits that identify a data set made of several, or of several parts."""
    return hashlib.sha256(" ".join(map(str, checksums)).encode()).hexdigest()[:16]


def split_off_validation(
    name: str, identity: str, train: Arrays, test: Arrays, validation: int
) -> DataSet:
    """Make a data set, and hold out some of its training examples to validate on.

    Args:
        name: Of the data set.
        identity: Its checksum.
        train: The training part.
        test: The test part.
        validation: How many training examples are held out (`stratified_split` chooses them).

    Raises:
        ConfigError: if no training example would be left.
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
        Examples.from_arrays(images[kept], labels[kept]),
        Examples.from_arrays(images[held_out], labels[held_out]),
        Examples.from_arrays(*test),
    )
