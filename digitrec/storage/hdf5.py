"""HDF5 files that hold data and nothing else: flat attributes, and arrays at most one group deep.

A file with anything else is refused on reading: links out of the file or in circles, storage in
other files, filters (which may load plug-ins), references, compound types, and arrays that declare
more than the file holds (which would fill the memory). The C library of HDF5 only writes; what
anyone may have made is parsed by `digitrec.storage.hdf5_structure`, which cannot hang or grow.

Texts are stored in UTF-8 with a fixed length. Files of the first versions hold texts of variable
length, and are read as well.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from digitrec.errors import HDF5Error
from digitrec.storage.atomic import write_bytes
from digitrec.storage.hdf5_blocks import StructureError
from digitrec.storage.hdf5_structure import Attribute, Stored, parse
from digitrec.storage.regular_files import open_regular

__all__ = ["Attribute", "Content", "read", "write"]

Array = npt.NDArray[Any]
MAX_WRITTEN_TEXT = 65_000  # bytes, a little less than an attribute of HDF5 can have


@dataclass(frozen=True)
class Content:
    """All that a file holds.

    Attributes:
        attributes: Of the root, by name.
        arrays: By path, "name" or "group/name".
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
        path: Of the file.
        attributes: Of the root, ``format`` among them. A text has at most 65,000 bytes of UTF-8,
            and does not end in a zero.
        arrays: By path; stored little-endian and contiguous, without filters.

    Raises:
        OSError: if the file cannot be written.
        ValueError: if a text is too long, or ends in a zero, which reading would take away.
    """
    import h5py

    # In memory first: HDF5 cannot close a file that it cannot finish, as on a full disk. By default
    # h5py stores no times, so equal contents make equal files. The earliest version of HDF5's
    # format is what `parse` knows.
    buffer = io.BytesIO()
    with h5py.File(buffer, "w", libver=("earliest", "v108")) as file:
        for name, value in attributes.items():
            stored = _fixed(name, value) if isinstance(value, str) else value
            file.attrs.create(name, stored, dtype=_text_type(stored))
        for name, array in arrays.items():
            file.create_dataset(name, data=np.asarray(array, array.dtype.newbyteorder("<")))
    parse(buffer, ())  # what could not be read again is not written
    write_bytes(path, buffer.getvalue())


def _fixed(name: str, text: str) -> bytes:
    content = text.encode()
    if len(content) > MAX_WRITTEN_TEXT:
        raise ValueError(f"the text {name} has {len(content)} bytes, more than {MAX_WRITTEN_TEXT}")
    if content.endswith(b"\0"):
        raise ValueError(f"the text {name} ends in a zero")
    return content


def _text_type(value: Attribute | bytes) -> Any:
    import h5py

    return h5py.string_dtype(length=len(value) or 1) if isinstance(value, bytes) else None


def read(path: Path, *formats: str) -> Content:
    """Read a whole file, refusing whatever is not plain data.

    Args:
        path: Of the file.
        formats: What its attribute ``format`` may be, which is looked at before all else; anything
            if none is given.

    Raises:
        HDF5Error: one line that names the file and what is wrong with it.
    """
    try:
        with open_regular(path) as stream:
            _share(path, stream)
            structure = parse(stream, formats)
            arrays = {name: _array(stream, stored) for name, stored in structure.arrays.items()}
            return Content(structure.attributes, arrays)
    except StructureError as error:
        raise HDF5Error(path, str(error)) from None
    except (FileNotFoundError, NotADirectoryError):
        raise HDF5Error(path, "does not exist") from None
    except IsADirectoryError:
        raise HDF5Error(path, "is a folder, not an .h5 file") from None
    except PermissionError as error:
        raise HDF5Error(path, f"cannot be read: {error.strerror}", "allow it to be read") from None
    except OSError as error:
        raise HDF5Error(path, f"cannot be read: {error.strerror or error}") from None


def _share(path: Path, stream: BinaryIO) -> None:
    """Check that no other program has the file open for writing; HDF5 holds a lock meanwhile."""
    with contextlib.suppress(ImportError):  # on Windows
        import fcntl

        try:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            raise HDF5Error(
                path,
                "is open for writing in another program",
                "try again when that has closed it",
            ) from None
        except OSError:
            pass  # a file system without locks


def _array(stream: io.BufferedReader, stored: Stored) -> Array:
    content = np.empty(stored.size, np.uint8)
    if stored.size:
        stream.seek(stored.address)
        if stream.readinto(content.data) != stored.size:
            raise StructureError("cannot be read, it is truncated or damaged (it ends too early)")
    return content.view(stored.dtype).reshape(stored.shape)
