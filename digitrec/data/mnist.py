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
import os
import sys
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import numpy as np
from numpy.typing import NDArray

from digitrec.atomic import write_bytes
from digitrec.errors import DigitrecError

ROOT_VARIABLE = "DIGITREC_DATA"
RAW = Path("MNIST", "raw")  # within a root, as torchvision has it
TIMEOUT = 30.0  # seconds that a mirror may stay silent
ARCHIVE_LIMIT = 64 * 2**20  # bytes; the largest archive has 10 MB, an endless answer has more


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

    train_images: NDArray[np.uint8] = field(repr=False)  # (60000, 28, 28)
    train_labels: NDArray[np.int64] = field(repr=False)  # (60000,)
    test_images: NDArray[np.uint8] = field(repr=False)  # (10000, 28, 28)
    test_labels: NDArray[np.int64] = field(repr=False)  # (10000,)
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
    folder, setting = _locate(root)
    try:
        arrays = [_load(folder, file) for file in FILES]
    except _Unfit as fault:
        if setting is not None:
            raise DigitrecError(
                f"{fault}; put the original file there, or {_way_out(setting)}"
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
    folder, setting = _locate(root)
    if setting is None:
        return
    advice = f"name the folder that holds MNIST/raw, or {_way_out(setting)}"
    try:
        if not folder.is_dir():
            fault = "is a file, not a folder" if folder.exists() else "does not exist"
            raise DigitrecError(f"{setting}: {folder} {fault}; {advice}")
        missing = [file.name for file in FILES if not (folder / RAW / file.name).is_file()]
        if missing:
            fault = f"{folder / RAW} lacks {', '.join(missing)}{_found(folder, missing[0])}"
            raise DigitrecError(f"{setting}: {fault}; {advice}")
    except OSError as error:  # for instance a folder above that may not be searched
        raise DigitrecError(f"{setting}: cannot look into {folder}: {_brief(error)}") from None


def cache_folder() -> Path:
    """Return the user's own folder for downloads, as the platform has it; it may not exist yet."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME", ""))
        if not base.is_absolute():  # the XDG specification has relative paths ignored
            base = Path.home() / ".cache"
    return base / "digitrec"


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
            write_bytes(raw / file.name, _fetch(mirrors, archive, md5, file.md5))
    except OSError as error:
        raise DigitrecError(
            f"cannot write MNIST to {raw}: {_brief(error)}; make it writable, or name a folder "
            "that holds MNIST/raw with data.root=FOLDER, or choose data=synthetic"
        ) from None


def _locate(root: str | None) -> tuple[Path, str | None]:
    """Return the root and the setting that names it, None where it is the cache folder."""
    named, setting = root, "data.root"
    if not named:
        named, setting = os.environ.get(ROOT_VARIABLE), ROOT_VARIABLE
    try:
        return (Path(named).expanduser().absolute(), setting) if named else (cache_folder(), None)
    except RuntimeError as error:  # no home folder to be found
        raise DigitrecError(f"{error} Name the data folder with data.root=FOLDER") from None


def _md5(content: Any) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def _load(root: Path, file: IdxFile) -> NDArray[np.uint8]:
    """Read one file once; what is hashed is what is returned."""
    path = root / RAW / file.name
    try:
        content = np.fromfile(path, dtype=np.uint8)
    except (FileNotFoundError, NotADirectoryError):
        raise _Unfit(f"{path} is missing") from None
    except OSError as error:
        raise DigitrecError(f"cannot read {path}: {_brief(error)}; make it readable") from None
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


def _fetch(mirrors: Sequence[str], archive: str, archive_md5: str, content_md5: str) -> bytes:
    """Return the uncompressed bytes of an archive from the first mirror that has the right ones.

    Held in memory (57 MB at most) until both sums are checked: nothing unchecked meets the disk.
    """
    failures = []
    for mirror in mirrors:
        try:
            request = Request(f"{mirror}{archive}", headers={"User-Agent": "digitrec"})
            with urlopen(request, timeout=TIMEOUT) as response:
                compressed = response.read(ARCHIVE_LIMIT)
            if _md5(compressed) == archive_md5:
                content = gzip.decompress(compressed)
                if _md5(content) == content_md5:
                    return content
            failure = f"sent {len(compressed):,} bytes that are not the file"
        except HTTPError as error:
            error.close()
            failure = f"answered {error.code} {error.reason}"
        except (OSError, HTTPException, EOFError, zlib.error) as error:
            failure = _brief(error)
        failures.append(f"{urlsplit(mirror).netloc}: {failure}")
    raise DigitrecError(
        f"cannot download {archive} ({'; '.join(failures)}); name a folder that holds MNIST/raw "
        "with data.root=FOLDER, or choose data=synthetic, which needs no download"
    )


def _found(root: Path, name: str) -> str:
    """Say where a missing file is, if it is one of the places where people have put it."""
    if (root / RAW / f"{name}.gz").is_file():
        return " (only the .gz, which needs unpacking)"
    for folder in (root, root / "raw", root / "MNIST"):
        if (folder / name).is_file():
            return f" (found in {folder}, which has to be the MNIST/raw of the root)"
    return ""


def _way_out(setting: str) -> str:
    leave = "leave data.root out" if setting == "data.root" else f"unset {setting}"
    return f"{leave} to have MNIST downloaded, or choose data=synthetic"


def _brief(error: Exception) -> str:
    """Return an error's own words, without its class, number and path."""
    reason = error.reason if isinstance(error, URLError) else error
    return getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
