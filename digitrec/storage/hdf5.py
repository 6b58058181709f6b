"""HDF5 files that hold data and nothing else: flat attributes, and arrays at most one group deep.

A file with anything else is refused on reading: links out of the file or in circles, storage in
other files, filters (which may load plug-ins), references, compound types, and arrays that declare
more than the file holds (which would fill the memory). HDF5's own library still parses the file,
and a damaged length of a text can make it ask for up to 4 GB before it fails.
"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt

from digitrec.errors import HDF5Error
from digitrec.storage.atomic import write_bytes

__all__ = ["Attribute", "Content", "read", "write"]

Array = npt.NDArray[Any]
Attribute = str | int | float


@dataclass(frozen=True)
class Content:
    """All that a file holds.

    Attributes:
        attributes: of the root, by name.
        arrays: by path, "name" or "group/name".
    """

    attributes: dict[str, Attribute]
    arrays: dict[str, Array]

    def group(self, name: str) -> dict[str, Array]:
        """Return the arrays of one group, by their names in it."""
        prefix = f"{name}/"
        return {k.removeprefix(prefix): v for k, v in self.arrays.items() if k.startswith(prefix)}


def write(path: Path, attributes: Mapping[str, Attribute], arrays: Mapping[str, Array]) -> None:
    """Write a whole file in one step.

    Args:
        path: of the file.
        attributes: of the root. A text is stored in UTF-8 with variable length.
        arrays: by path; stored little-endian and contiguous, without filters.

    Raises:
        OSError: if the file cannot be written.
    """
    # In memory first: HDF5 cannot close a file that it cannot finish, as on a full disk. By default
    # h5py stores no times, so equal contents make equal files.
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for name, value in attributes.items():
            file.attrs[name] = value
        for name, array in arrays.items():
            file.create_dataset(name, data=np.asarray(array, array.dtype.newbyteorder("<")))
    write_bytes(path, buffer.getvalue())


def read(path: Path) -> Content:
    """Read a whole file, refusing whatever is not plain data.

    Raises:
        HDF5Error: one line that names the file and what is wrong with it.
    """
    try:
        if not path.exists():
            raise HDF5Error(path, "does not exist")
        if path.is_dir():
            raise HDF5Error(path, "is a folder, not an .h5 file")
        if not path.is_file():  # opening a pipe would wait for whoever writes to it
            raise HDF5Error(path, "is not a file")
        if path.stat().st_size == 0:
            raise HDF5Error(path, "is empty")
        with path.open("rb"):  # is_hdf5 says no of a file that cannot be read
            pass
        if not h5py.is_hdf5(path):
            raise HDF5Error(path, "is not an .h5 file (no HDF5 signature)")
        with h5py.File(path, "r") as file:
            if file.userblock_size:
                raise HDF5Error(path, "is refused: something else precedes its HDF5 data")
            attributes = _attributes(file, path)
            # A scalar is read as a number of NumPy's, which is not an array.
            arrays = {name: np.asarray(array[()]) for name, array in _arrays(file, path)}
            return Content(attributes, arrays)
    except HDF5Error:
        raise
    except PermissionError as error:
        raise HDF5Error(path, f"cannot be read: {error.strerror}", "allow it to be read") from None
    except BlockingIOError:
        raise HDF5Error(
            path, "is open for writing in another program", "try again when that has closed it"
        ) from None
    # A damaged file makes h5py raise almost anything, whichever structure the damage hit.
    except Exception as error:
        raise HDF5Error(path, f"cannot be read, it is truncated or damaged ({error})") from None


def _attributes(file: Any, path: Path) -> dict[str, Attribute]:
    found: dict[str, Attribute] = {}
    for name in file.attrs:
        _check_name(name, path)
        stored = file.attrs.get_id(name)
        text = h5py.check_string_dtype(stored.dtype) is not None
        if stored.shape != () or not (text or stored.dtype.kind in "fiu"):
            raise HDF5Error(
                path, f"is refused: its attribute {name!r} is not a plain text or number"
            )
        value = file.attrs[name]
        value = value.item() if isinstance(value, np.generic) else value
        try:
            found[name] = value.decode() if isinstance(value, bytes) else value
        except UnicodeDecodeError:
            raise HDF5Error(path, f"is refused: its attribute {name!r} is not UTF-8 text") from None
    return found


def _arrays(file: Any, path: Path) -> list[tuple[str, Any]]:
    """List the data sets, checked but not yet read."""
    found = []
    for name, item in _members(file, path):
        if isinstance(item, h5py.Group):
            if len(item.attrs):
                raise HDF5Error(path, f"is refused: its group {name!r} has attributes")
            if not len(item):
                raise HDF5Error(path, f"is refused: its group {name!r} is empty")
            found += [(f"{name}/{key}", inner) for key, inner in _members(item, path)]
        else:
            found.append((name, item))
    for name, item in found:
        if not isinstance(item, h5py.Dataset):
            raise HDF5Error(path, f"is refused: {name!r} is not an array")
        where = f"is refused: its array {name!r}"
        if item.is_virtual or item.external or item.chunks is not None:
            raise HDF5Error(path, f"{where} is not stored as one plain block in this file")
        if item.dtype.kind not in "fiu" or item.dtype.names is not None:
            raise HDF5Error(path, f"{where} has the type {item.dtype}, and not plain numbers")
        if item.shape is None or item.id.get_storage_size() != _bytes(item):
            raise HDF5Error(path, f"{where} declares {item.shape} numbers that are not all there")
        if len(item.attrs):
            raise HDF5Error(path, f"{where} has attributes")
    # One array can be there under many names, and its bytes but once.
    if sum(_bytes(item) for _, item in found) > path.stat().st_size:
        raise HDF5Error(path, "is refused: its arrays overlap")
    return found


def _bytes(item: Any) -> int:
    size: int = math.prod(item.shape) * item.dtype.itemsize
    return size


def _members(group: Any, path: Path) -> list[tuple[str, Any]]:
    for name in group:
        _check_name(name, path)
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            raise HDF5Error(path, f"is refused: {name!r} is a link to elsewhere")
    return [(name, group[name]) for name in group]


def _check_name(name: Any, path: Path) -> None:
    # h5py gives names that are no UTF-8 as bytes.
    if not isinstance(name, str):
        raise HDF5Error(path, f"is refused: its name {name!r} is not UTF-8 text")
