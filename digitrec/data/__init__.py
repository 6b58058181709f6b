"""The data sets, each as three parts in memory: to train on, to validate on, to test on once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from digitrec.config import Data, DrawingsData, MnistData, SyntheticData
from digitrec.data import drawings, mnist, synthetic
from digitrec.data.split import stratified_split
from digitrec.errors import DigitrecError

__all__ = ["DataSet", "Examples", "check", "load", "load_test"]


@dataclass(frozen=True, eq=False)
class Examples:
    """Images and what they show.

    images: uint8 (N, 1, 28, 28), 0 the ground and 255 full ink.
    labels: int64 (N,), the digits 0 to 9.
    """

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def to(self, device: torch.device) -> Examples:
        """Return the same examples on a device."""
        return Examples(self.images.to(device), self.labels.to(device))


@dataclass(frozen=True, eq=False)
class DataSet:
    """A data set in its three parts; ``checksum`` identifies the test part and its source."""

    name: str
    checksum: str
    train: Examples
    validation: Examples
    test: Examples


def check(config: Data) -> None:
    """Check cheaply, before anything is read, that the data can be there.

    Raises:
        DigitrecError: if the folder that the user named cannot hold them.
    """
    if isinstance(config, MnistData):
        mnist.check_root(config.root)
    if isinstance(config, DrawingsData):
        drawings.read(config.path)


def load(config: Data, validation: int) -> DataSet:
    """Read or make a data set; ``validation`` images are held out of its training part.

    Raises:
        DigitrecError: if it cannot be found, is damaged, or is smaller than what is held out.
    """
    if isinstance(config, SyntheticData):
        return _synthetic(config, validation)
    if isinstance(config, DrawingsData):
        return _drawings(config, validation)
    source = mnist.read(config.root)
    return _split(
        config.name,
        source.checksum,
        (source.train_images, source.train_labels),
        (source.test_images, source.test_labels),
        validation,
    )


def load_test(config: Data) -> tuple[Examples, str]:
    """Return the test part alone, and the data set's checksum; raises as `load`."""
    if isinstance(config, SyntheticData):
        test = _synthetic_test(config)
        return _examples(*test), _checksum(test)
    if isinstance(config, DrawingsData):
        test = drawings.render(drawings.split(drawings.read(config.path)).test)
        return _examples(*test), _checksum(test)
    source = mnist.read(config.root)
    return _examples(source.test_images, source.test_labels), source.checksum


Arrays = tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]


def _synthetic(config: SyntheticData, validation: int) -> DataSet:
    test = _synthetic_test(config)
    train = synthetic.generate(config.train, config.seed)
    return _split(config.name, _checksum(test), train, test, validation)


def _synthetic_test(config: SyntheticData) -> Arrays:
    # Behind the training part in one stream of images: no image is in both.
    return synthetic.generate(config.test, config.seed, start=config.train)


def _drawings(config: DrawingsData, validation: int) -> DataSet:
    parts = drawings.split(drawings.read(config.path))
    train, held_out = parts.train, parts.validation
    if not validation:
        train, held_out = [*train, *held_out], []
    test = drawings.render(parts.test)
    return DataSet(
        config.name,
        _checksum(test),
        _examples(*drawings.render(train)),
        _examples(*drawings.render(held_out)),
        _examples(*test),
    )


def _checksum(arrays: Arrays) -> str:
    return hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()[:16]


def _split(name: str, checksum: str, train: Arrays, test: Arrays, validation: int) -> DataSet:
    images, labels = train
    if validation >= len(labels):
        raise DigitrecError(
            f"validation={validation}: must be below the {len(labels)} images to train on"
        )
    kept, held_out = stratified_split(labels, validation)
    return DataSet(
        name,
        checksum,
        _examples(images[kept], labels[kept]),
        _examples(images[held_out], labels[held_out]),
        _examples(*test),
    )


def _examples(images: npt.NDArray[np.uint8], labels: npt.NDArray[np.int64]) -> Examples:
    # (N, 28, 28) to (N, 1, 28, 28)
    return Examples(torch.from_numpy(images)[:, None], torch.from_numpy(labels))
