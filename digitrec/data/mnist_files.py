"""MNIST's four files: found or downloaded, checked bit for bit, and read as arrays.

The files lie uncompressed in torchvision's layout, ``ROOT/MNIST/raw/train-images-idx3-ubyte`` and
so on. A root that the user names is only ever read. Without one, a cache folder of the user's
is kept whole by downloading what is missing or damaged there.

Source of the data: LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document
recognition", Proc. IEEE 86 (1998).
"""

from __future__ import annotations

import gzip
import hashlib
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from digitrec.arrays import Int64Array, Uint8Array
from digitrec.data.data_folder import locate, way_out
from digitrec.data.download import brief, fetch
from digitrec.errors import DigitrecError
from digitrec.storage.atomic import write_bytes

RAW = Path("MNIST", "raw")  # within a root, as torchvision has it
INSTEAD = (
    "name a folder that holds MNIST/raw with data.root=FOLDER, or choose data=synthetic, which "
    "needs no download"
)


@dataclass(frozen=True)
class IdxFile:
    """One of MNIST's files: bytes behind a header that repeats their shape."""

    name: str
    shape: tuple[int, ...]
    md5: str

    @property
    def header_size(self) -> int:
        """Bytes before the data: a magic number and each dimension, four bytes apiece."""
        return 4 + 4 * len(self.shape)

    @property
    def size(self) -> int:
        """Bytes of the whole file."""
        return self.header_size + math.prod(self.shape)


FILES = (
    IdxFile("train-images-idx3-ubyte", (60_000, 28, 28), "6bbc9ace898e44ae57da46a324031adb"),
    IdxFile("train-labels-idx1-ubyte", (60_000,), "a25bea736e30d166cdddb491f175f624"),
    IdxFile("t10k-images-idx3-ubyte", (10_000, 28, 28), "2646ac647ad5339dbf082846283269ea"),
    IdxFile("t10k-labels-idx1-ubyte", (10_000,), "27ae3e4e09519cfbb04c329615203637"),
)


@dataclass(frozen=True, eq=False)
class Mnist:
    """The whole data set, in the original order; ink is 255 on a background of 0."""

    train_images: Uint8Array = field(repr=False)  # (60000, 28, 28)
    train_labels: Int64Array = field(repr=False)  # (60000,)
    test_images: Uint8Array = field(repr=False)  # (10000, 28, 28)
    test_labels: Int64Array = field(repr=False)  # (10000,)
    checksum: str  # 16 hex digits that identify the data set
    root: Path


class _Unfit(DigitrecError):
    """A file is missing or damaged: what a download puts right."""


def read(root: str | None = None) -> Mnist:
    """Read MNIST, after checking the sum of each file.

    Args:
        root: the folder that holds ``MNIST/raw``. None takes the environment variable
            ``DIGITREC_DATA``; without that too, `cache_folder`, which is filled by `download`.

    Raises:
        DigitrecError: if a named root lacks a file or holds a damaged one, or if the download
            into the cache folder fails.
    """
    check_root(root)
    folder, setting = locate(root)
    try:
        arrays = [_load(folder, file) for file in FILES]
    except _Unfit as fault:
        if setting is not None:
            raise DigitrecError(
                f"{fault}; put the original file there, or {way_out(setting, 'MNIST')}"
            ) from None
        download(folder)
        arrays = [_load(folder, file) for file in FILES]
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
    """Check, reading nothing, that a named root is a folder with the four files in it.

    Takes ``root`` as `read` does. The cache folder always passes, as it can be filled.

    Raises:
        DigitrecError: if it does not exist, is no folder, or lacks files; says which.
    """
    folder, setting = locate(root)
    if setting is None:
        return
    advice = f"name the folder that holds MNIST/raw, or {way_out(setting, 'MNIST')}"
    try:
        if not folder.is_dir():
            fault = "is a file, not a folder" if folder.exists() else "does not exist"
            raise DigitrecError(f"{setting}: {folder} {fault}; {advice}")
        missing = [file.name for file in FILES if not (folder / RAW / file.name).is_file()]
        if missing:
            fault = f"{folder / RAW} lacks {', '.join(missing)}{_found(folder, missing[0])}"
            raise DigitrecError(f"{setting}: {fault}; {advice}")
    except OSError as error:  # for instance a folder above that may not be searched
        raise DigitrecError(f"{setting}: cannot look into {folder}: {brief(error)}") from None


def download(
    root: Path,
    mirrors: Sequence[str] | None = None,
    resources: Sequence[tuple[str, str]] | None = None,
) -> None:
    """Fetch into ``root`` those of the four files that are missing or damaged there.

    A file appears under its name only when it is whole and right, so processes that download at
    the same time, or are stopped on the way, do no harm. Says on stderr what it fetches.

    Args:
        root: the folder that gets ``MNIST/raw``; made when it is missing.
        mirrors: addresses to try in turn, each ending in "/"; torchvision's by default.
        resources: (archive name, its md5) of each file; torchvision's by default.

    Raises:
        DigitrecError: if no mirror gives a file, or the folder cannot be written.
    """
    if mirrors is None or resources is None:
        from torchvision.datasets import MNIST  # takes seconds, and is rarely needed

        mirrors = MNIST.mirrors if mirrors is None else mirrors
        resources = MNIST.resources if resources is None else resources
    files = {f"{file.name}.gz": file for file in FILES}
    raw = root / RAW
    try:
        raw.mkdir(parents=True, exist_ok=True)
        for archive, md5 in resources:
            file = files[archive]
            try:
                _load(root, file)
                continue
            except _Unfit as fault:
                if (raw / file.name).exists():
                    print(f"warning: {fault}; downloading it again", file=sys.stderr)
            print(f"downloading {archive} to {raw}", file=sys.stderr)
            addresses = [f"{mirror}{archive}" for mirror in mirrors]
            content = fetch(addresses, partial(_unpack, md5, file.md5), INSTEAD)
            write_bytes(raw / file.name, content)
    except OSError as error:
        raise DigitrecError(
            f"cannot write MNIST to {raw}: {brief(error)}; make it writable, or name a folder "
            "that holds MNIST/raw with data.root=FOLDER, or choose data=synthetic"
        ) from None


def _md5(content: Any) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def _load(root: Path, file: IdxFile) -> Uint8Array:
    """Read one file once; what is hashed is what is returned."""
    path = root / RAW / file.name
    try:
        content = np.fromfile(path, dtype=np.uint8)
    except (FileNotFoundError, NotADirectoryError):
        raise _Unfit(f"{path} is missing") from None
    except OSError as error:
        raise DigitrecError(f"cannot read {path}: {brief(error)}; make it readable") from None
    md5 = _md5(content)
    if md5 == file.md5:  # vouches for the header too, so there is nothing in it to parse
        return content[file.header_size :].reshape(file.shape)

    sizes = f"{content.size:,} of {file.size:,} bytes"
    twin = next((other.name for other in FILES if other.md5 == md5), None)
    if twin is not None:
        fault = f"holds what belongs in {twin}"
    elif content.size < file.size:
        fault = f"is truncated: {sizes}"
    elif content.size > file.size:
        fault = f"is too long: {sizes}"
    else:
        fault = f"is corrupt: its md5 is {md5}, not {file.md5}"
    raise _Unfit(f"{path} {fault}")


def _unpack(archive_md5: str, content_md5: str, archive: bytes) -> bytes:
    if _md5(archive) == archive_md5:
        content = gzip.decompress(archive)
        if _md5(content) == content_md5:
            return content
    raise ValueError("not the file")


def _found(root: Path, name: str) -> str:
    """Say where a missing file is, if it is one of the places where people have put it."""
    if (root / RAW / f"{name}.gz").is_file():
        return " (only the .gz, which needs unpacking)"
    for folder in (root, root / "raw", root / "MNIST"):
        if (folder / name).is_file():
            return f" (found in {folder}, which has to be the MNIST/raw of the root)"
    return ""
