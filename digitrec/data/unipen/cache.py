"""UNIPEN's characters, kept in the cache folder so that its thousands of files are parsed once.

The file ``unipen.h5`` holds the arrays of `Characters` with the fingerprint of the files that they
were read from. A file that is damaged, of an older version or of other data is made anew.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np

from digitrec.arrays import NamedArrays
from digitrec.config.setting_words import setting_word
from digitrec.data.data_folder import cache_folder, find_data_folder
from digitrec.data.unipen.reader import files_of, read_folder
from digitrec.data.unipen.segments import Characters
from digitrec.errors import DigitrecError, HDF5Error
from digitrec.storage import hdf5

__all__ = ["check_root", "read"]

FORMAT, VERSION = "digitrec-unipen", 5
"""Goes up whenever the same files give other characters, or the arrays change."""
FILE = "unipen.h5"
_NUMBERS = ("stroke_starts", "starts", "labels", "writers", "files", "lines")


def check_root(root: str | None) -> Path:
    """Return the folder of UNIPEN in the data folder, after checking that it is there.

    Args:
        root: The data folder; by default the one that the environment variable ``DIGITREC_DATA``
            names, or else the user's cache folder.

    Raises:
        DigitrecError: if the folder lacks UNIPEN.
    """
    path, setting = find_data_folder(root)
    folder = path / "unipen"
    if not all((folder / part).is_dir() for part in ("data", "include")):
        name = setting or setting_word("data.root")
        raise DigitrecError(
            f"{name}: {path} lacks unipen/data and unipen/include; put there "
            "those folders of train_r01_v07, the archive of doi 10.5281/zenodo.1195803"
        )
    return folder


def read(root: str | None = None) -> Characters:
    """Read the characters, from the cache where it is up to date.

    Args:
        root: As in `check_root`.

    Raises:
        DigitrecError: if the folder lacks UNIPEN, or holds no character of it.
    """
    folder = check_root(root)
    fingerprint = _fingerprint(folder)
    try:
        path = cache_folder() / FILE
    except RuntimeError:  # there is no home folder
        path = None
    found = _load(path, fingerprint) if path else None
    if found is None:
        found = read_folder(folder)
        if not len(found):
            raise DigitrecError(
                f"{folder} holds no labelled character in data/1a to data/1d; put there "
                "train_r01_v07, the archive of doi 10.5281/zenodo.1195803"
            )
        if path:
            _save(path, fingerprint, found)
    return found


def _fingerprint(folder: Path) -> str:
    """Return what changes if a file comes, goes, or is written."""
    digest = hashlib.sha256(f"{VERSION} {folder}".encode())
    for files in files_of(folder):
        for path in files:
            status = path.stat()
            digest.update(f"{path}\0{status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _save(path: Path, fingerprint: str, characters: Characters) -> None:
    arrays: NamedArrays = {"points": characters.points}
    arrays |= {name: getattr(characters, name) for name in _NUMBERS}
    dropped = [[*key, count] for key, count in sorted(characters.dropped.items())]
    texts = [characters.writer_names, characters.file_names, dropped]
    arrays["texts"] = np.frombuffer(json.dumps(texts).encode(), np.uint8)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        hdf5.write(path, {"format": FORMAT, "version": VERSION, "fingerprint": fingerprint}, arrays)
    except OSError:
        pass  # without a cache, it only takes longer


def _load(path: Path, fingerprint: str) -> Characters | None:
    """Return the characters in a cache file; None if it is of other files, or damaged."""
    try:
        content = hdf5.read(path, FORMAT)
        found = content.attributes.get("version"), content.attributes.get("fingerprint")
        if found != (VERSION, fingerprint):
            return None
        writer_names, file_names, dropped = json.loads(content.arrays["texts"].tobytes())
        characters = Characters(
            content.arrays["points"],
            **{name: content.arrays[name] for name in _NUMBERS},
            writer_names=tuple(writer_names),
            file_names=tuple(file_names),
            dropped={(rule, source): count for rule, source, count in dropped},
        )
        return characters if _is_whole(characters) else None
    except (HDF5Error, KeyError, ValueError, TypeError):
        return None


def _is_whole(found: Characters) -> bool:
    """Whether the arrays fit one another."""
    count = len(found)
    bounds = (found.starts, len(found.stroke_starts) - 1), (found.stroke_starts, len(found.points))
    return (
        count > 0
        and found.points.dtype == np.float32
        and found.points.shape[1:] == (2,)
        and len(found.starts) == count + 1
        and all(getattr(found, name).dtype == np.int64 for name in _NUMBERS)
        and all(len(getattr(found, name)) == count for name in ("writers", "files", "lines"))
        and all(
            starts[0] == 0 and starts[-1] == end and (np.diff(starts) > 0).all()
            for starts, end in bounds
        )
        and all(
            numbers.min() >= 0 and numbers.max() < limit
            for numbers, limit in (
                (found.labels, 128),
                (found.writers, len(found.writer_names)),
                (found.files, len(found.file_names)),
            )
        )
    )
