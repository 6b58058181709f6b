"""Pictures of a folder as the networks see them, kept in the cache folder.

A picture is opened and normalised only once, in the same way as by `Recognizer.recognize`. The file
``image_folders/<id>.h5`` holds the images with a fingerprint of the pictures' files, of the code
that normalises, and of the network that finds ink. If any of these changes, all images are made
again.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from digitrec import imaging, models
from digitrec.arrays import BoolArray, NamedArrays, Uint8Array
from digitrec.data.data_folder import cache_folder
from digitrec.data.image_folder.class_folders import ClassFolders
from digitrec.errors import HDF5Error, PictureError
from digitrec.imaging.files.picture_files import open_picture
from digitrec.imaging.normalise import SIZE, normalise
from digitrec.storage import hdf5
from digitrec.storage.locks import locked
from digitrec.storage.regular_files import read_bytes
from digitrec.storage.resources import shipped_ink

__all__ = ["NormalisedPictures", "read"]

VERSION = 1
"""Goes up whenever the content of the cache file changes."""
THREADS = 2  # on two processors twice as fast as one; more gain nothing because of Python's lock
MAX_BYTES = 256 * 2**20  # of a picture file: a picture within the limit of pixels has fewer
CHUNK = 1024  # pictures that wait to be opened at a time


@dataclass(frozen=True, eq=False)
class NormalisedPictures:
    """The pictures of a folder that could be used, and why the others could not.

    Attributes:
        images: uint8 (N, 28, 28), 0 the background and 255 full ink.
        digests: uint64 (N,), the same for two files of the same content.
        used: bool (M,), which of the M pictures that were found these are.
        faults: For each of the other pictures, one line that names it and says what is wrong.
    """

    images: Uint8Array
    digests: npt.NDArray[np.uint64]
    used: BoolArray
    faults: Sequence[str]


def read(found: ClassFolders) -> NormalisedPictures:
    """Normalise pictures, or take them from the cache where it is up to date.

    On a terminal, a bar shows how far it is.
    """
    fingerprint = _fingerprint(found)
    file = _cache_file(found.root)
    with ExitStack() as held:
        if file is not None:
            try:  # another process, such as another job of a sweep, may be making the same
                held.enter_context(locked(file.with_suffix(".lock"), str(file), wait=True))
            except OSError:  # without a cache, it only takes longer
                file = None
        pictures = _load(file, fingerprint, len(found.names)) if file else None
        if pictures is None:
            pictures = _normalise(found)
            if file is not None:
                _save(file, fingerprint, pictures)
    return pictures


def _normalise(found: ClassFolders) -> NormalisedPictures:
    images, digests, faults = [], [], []
    used = np.zeros(len(found.names), np.bool_)
    for index, result in enumerate(_results(found)):
        if isinstance(result, PictureError):
            faults.append(str(result))
        else:
            used[index] = True
            images.append(result[0])
            digests.append(result[1])
    shape = (len(images), SIZE, SIZE)
    return NormalisedPictures(
        np.array(images, np.uint8).reshape(shape), np.array(digests, np.uint64), used, faults
    )


_Normalised = tuple[Uint8Array, int]
"""An image (28, 28), and the digest of the file that it is from."""


def _results(found: ClassFolders) -> Iterator[_Normalised | PictureError]:
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("reading pictures"), BarColumn(bar_width=20), MofNCompleteColumn(),
        TimeRemainingColumn(compact=True),
        console=console, transient=True, disable=not console.is_terminal,
    )  # fmt: skip
    task = bar.add_task("", total=len(found.names))
    with bar, ThreadPoolExecutor(THREADS) as pool:
        for start in range(0, len(found.names), CHUNK):
            paths = [found.root / name for name in found.names[start : start + CHUNK]]
            for result in pool.map(_attempt, paths):
                bar.advance(task)
                yield result


def _attempt(path: Path) -> _Normalised | PictureError:
    try:
        image = normalise(open_picture(path, str(path)))
        if not image.any():
            return PictureError("no ink is found in it", str(path))
        digest = hashlib.sha256(read_bytes(path, MAX_BYTES)).digest()
    except PictureError as error:
        return error if error.name else PictureError(error.problem, str(path))
    except OSError as error:
        return PictureError(str(error.strerror), str(path))
    return np.rint(image * 255).astype(np.uint8), int.from_bytes(digest[:8], "big")


# --- the cache ---------------------------------------------------------------------------------


def _cache_file(root: Path) -> Path | None:
    name = hashlib.sha256(str(root.absolute()).encode(errors="surrogateescape")).hexdigest()[:16]
    try:
        return cache_folder() / "image_folders" / f"{name}.h5"
    except RuntimeError:  # there is no home folder
        return None


def _fingerprint(found: ClassFolders) -> str:
    """Return what changes if a picture comes, goes or is written, or if normalising changes."""
    digest = hashlib.sha256(f"{VERSION} {_code()} {_ink_network()}\n".encode())
    for name in found.names:
        try:
            status = (found.root / name).stat()
            state = f"{status.st_size} {status.st_mtime_ns}"
        except OSError:  # it has just been removed; opening it says so
            state = "gone"
        digest.update(f"{name}\0{state}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()


@cache
def _code() -> str:
    """Return a digest of the modules that find ink and normalise it, those of networks included."""
    digest = hashlib.sha256()
    for package in (imaging, models):
        for file in sorted(Path(str(package.__file__)).parent.rglob("*.py")):
            digest.update(file.read_bytes())
    return digest.hexdigest()


def _ink_network() -> str:
    """Return a digest of the checkpoint file of the network that finds ink."""
    try:
        return hashlib.sha256(shipped_ink().read_bytes()).hexdigest()
    except OSError:  # looking for ink says so
        return "none"


def _save(file: Path, fingerprint: str, pictures: NormalisedPictures) -> None:
    arrays: NamedArrays = {
        "images": pictures.images,
        "digests": pictures.digests,
        "used": pictures.used.astype(np.uint8),
        "faults": np.frombuffer(json.dumps(pictures.faults).encode(), np.uint8),
    }
    try:
        hdf5.write(file, {"version": VERSION, "fingerprint": fingerprint}, arrays)
    except OSError as error:
        print(f"warning: cannot write {file}: {error.strerror}", file=sys.stderr)


def _load(file: Path, fingerprint: str, count: int) -> NormalisedPictures | None:
    """Return what a cache file holds; None if it is of other pictures, or damaged."""
    try:
        content = hdf5.read(file)
        if content.attributes != {"version": VERSION, "fingerprint": fingerprint}:
            return None
        arrays = content.arrays
        found = NormalisedPictures(
            arrays["images"],
            arrays["digests"],
            arrays["used"] > 0,
            [str(fault) for fault in json.loads(arrays["faults"].tobytes())],
        )
    except (HDF5Error, KeyError, ValueError, TypeError):
        return None
    right = (
        found.images.dtype == np.uint8
        and found.digests.dtype == np.uint64
        and found.used.shape == (count,)
        and found.images.shape == (found.used.sum(), SIZE, SIZE)
        and found.digests.shape == (len(found.images),)
        and len(found.faults) == count - len(found.images)
    )
    return found if right else None
