"""MNIST, read from its four files in the data folder.

The files lie uncompressed where torchvision puts them, in ``MNIST/raw`` of the data folder. Files
in a folder that the user names are only read. In the cache folder, missing and damaged files are
downloaded.

Source of the data: Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied
to document recognition", Proc. IEEE 86 (1998).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from digitrec.arrays import Int64Array, Uint8Array
from digitrec.config.train_config import HELD_OUT_IMAGES
from digitrec.data.data_folder import download_advice, find_data_folder
from digitrec.data.download import error_reason
from digitrec.data.idx_files import BadFileError, IdxFile, read_idx_file
from digitrec.data.mnist_download import download_mnist
from digitrec.data.parts import Part
from digitrec.data.validation_split import stratified_split
from digitrec.errors import DigitrecError

__all__ = ["check_root", "read"]

RAW = Path("MNIST", "raw")
"""The folder of the files in a data folder."""

FILES = (
    IdxFile("train-images-idx3-ubyte", (60_000, 28, 28), "6bbc9ace898e44ae57da46a324031adb"),
    IdxFile("train-labels-idx1-ubyte", (60_000,), "a25bea736e30d166cdddb491f175f624"),
    IdxFile("t10k-images-idx3-ubyte", (10_000, 28, 28), "2646ac647ad5339dbf082846283269ea"),
    IdxFile("t10k-labels-idx1-ubyte", (10_000,), "27ae3e4e09519cfbb04c329615203637"),
)


@dataclass(frozen=True, eq=False)
class Mnist:
    """The whole data set, in its original order.

    Attributes:
        train_images: uint8 (60000, 28, 28), 0 the background and 255 full ink.
        train_labels: int64 (60000,).
        test_images: uint8 (10000, 28, 28).
        test_labels: int64 (10000,).
        checksum: 16 hex digits that identify the four files.
        root: The data folder.
    """

    train_images: Uint8Array = field(repr=False)
    train_labels: Int64Array = field(repr=False)
    test_images: Uint8Array = field(repr=False)
    test_labels: Int64Array = field(repr=False)
    checksum: str
    root: Path

    def of(self, part: Part) -> tuple[Uint8Array, Int64Array]:
        """Return images and labels of a part; those that validate are of the training images."""
        if part == Part.TEST:
            return self.test_images, self.test_labels
        train, validation = stratified_split(self.train_labels, HELD_OUT_IMAGES)
        chosen = validation if part == Part.VALIDATION else train
        return self.train_images[chosen], self.train_labels[chosen]


def read(root: str | None = None) -> Mnist:
    """Read MNIST, after checking the sum of each file.

    Args:
        root: The data folder, which holds ``MNIST/raw``. By default the one that the environment
            variable ``DIGITREC_DATA`` names, or else the user's cache folder.

    Raises:
        DigitrecError: if a file is missing or damaged in a folder that the user names, or cannot be
            downloaded into the cache folder.
    """
    check_root(root)
    folder, setting = find_data_folder(root)
    raw = folder / RAW
    try:
        arrays = [read_idx_file(raw, file, FILES) for file in FILES]
    except BadFileError as fault:
        if setting is not None:
            raise DigitrecError(
                f"{fault}; put the original file there, or {download_advice(setting, 'MNIST')}"
            ) from None
        download_mnist(raw, FILES)
        arrays = [read_idx_file(raw, file, FILES) for file in FILES]
    train_images, train_labels, test_images, test_labels = arrays
    return Mnist(
        train_images,
        train_labels.astype(np.int64),
        test_images,
        test_labels.astype(np.int64),
        checksum=hashlib.sha256("".join(file.md5 for file in FILES).encode()).hexdigest()[:16],
        root=folder,
    )


def check_root(root: str | None) -> None:
    """Check that a data folder that the user names has the four files, without reading them.

    The cache folder always passes the check, because the files can be downloaded.

    Args:
        root: As in `read`.

    Raises:
        DigitrecError: if the folder does not exist, is not a folder, or lacks files; says which.
    """
    folder, setting = find_data_folder(root)
    if setting is None:
        return
    advice = f"name the folder that holds MNIST/raw, or {download_advice(setting, 'MNIST')}"
    try:
        if not folder.is_dir():
            fault = "is a file, not a folder" if folder.exists() else "does not exist"
            raise DigitrecError(f"{setting}: {folder} {fault}; {advice}")
        missing = [file.name for file in FILES if not (folder / RAW / file.name).is_file()]
        if missing:
            fault = f"{folder / RAW} lacks {', '.join(missing)}{_misplaced(folder, missing[0])}"
            raise DigitrecError(f"{setting}: {fault}; {advice}")
    except OSError as error:  # for instance if a folder above must not be searched
        raise DigitrecError(f"{setting}: cannot open {folder}: {error_reason(error)}") from None


def _misplaced(folder: Path, name: str) -> str:
    """Say where a missing file is, if it is in one of the places where people put it by mistake."""
    if (folder / RAW / f"{name}.gz").is_file():
        return " (only the .gz, which needs unpacking)"
    for place in (folder, folder / "raw", folder / "MNIST"):
        if (place / name).is_file():
            return f" (found in {place}, but it must be in MNIST/raw of the data folder)"
    return ""
