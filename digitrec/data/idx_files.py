"""Files in MNIST's format, IDX: bytes of data after a header that holds their shape."""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from digitrec.arrays import Uint8Array
from digitrec.data.download import error_reason
from digitrec.errors import DigitrecError
from digitrec.storage.regular_files import open_regular

__all__ = ["BadFileError", "IdxFile", "md5_sum", "read_idx_file"]


@dataclass(frozen=True)
class IdxFile:
    """What an IDX file of a data set has to be.

    Attributes:
        name: Of the file.
        shape: Of the data.
        md5: The MD5 sum of the original file.
    """

    name: str
    shape: tuple[int, ...]
    md5: str

    @property
    def header_size(self) -> int:
        """Bytes before the data: a magic number and each dimension, four bytes each."""
        return 4 + 4 * len(self.shape)

    @property
    def size(self) -> int:
        """Bytes of the whole file."""
        return self.header_size + math.prod(self.shape)


class BadFileError(DigitrecError):
    """A file is missing or is not the original; a download replaces it."""


def read_idx_file(folder: Path, file: IdxFile, files: Sequence[IdxFile]) -> Uint8Array:
    """Read a file after checking its sum.

    Args:
        folder: Where the file is.
        file: The file.
        files: All files of the data set, among which one with another's content is recognised.

    Returns:
        The data, uint8 of ``file.shape``.

    Raises:
        BadFileError: if the file is missing or damaged; says how.
        DigitrecError: if it cannot be read.
    """
    path = folder / file.name
    try:
        with open_regular(path) as stream:
            # One byte more than the largest file shows that it is another one. All of it may be
            # larger than memory, as a sparse file.
            content = np.fromfile(stream, np.uint8, max(other.size for other in files) + 1)
            size = max(os.fstat(stream.fileno()).st_size, content.size)
    except (FileNotFoundError, NotADirectoryError):
        raise BadFileError(f"{path} is missing") from None
    except OSError as error:
        raise DigitrecError(
            f"cannot read {path}: {error_reason(error)}; make it readable"
        ) from None
    md5 = md5_sum(content.data)
    if md5 == file.md5:  # also vouches for the header, which therefore needs no parsing
        return content[file.header_size :].reshape(file.shape)

    shape = _shape_in_header(content)
    sizes = f"{size:,} of {file.size:,} bytes"
    other = next((other.name for other in files if other.md5 == md5), None)
    if other is not None:
        fault = f"holds the contents of {other}"
    elif shape and shape != file.shape and size == IdxFile(file.name, shape, md5).size:
        fault = (
            f"is a complete file, but not MNIST's: it holds {_by(shape)} bytes of data, not "
            f"{_by(file.shape)}; for pictures of your own, choose data=folder"
        )
    elif size < file.size:
        fault = f"is truncated: {sizes}"
    elif size > file.size:
        fault = f"is too long: {sizes}"
    else:
        fault = f"is corrupt: its md5 is {md5}, not {file.md5}"
    raise BadFileError(f"{path} {fault}")


def _shape_in_header(content: Uint8Array) -> tuple[int, ...] | None:
    """Return the shape in the header of an IDX file of bytes; None if it has no such header."""
    magic = content[:4].tolist()
    if len(magic) < 4 or magic[:3] != [0, 0, 8]:
        return None
    sizes = content[4 : 4 + 4 * magic[3]].tobytes()
    if len(sizes) < 4 * magic[3]:
        return None
    return tuple(np.frombuffer(sizes, ">u4").tolist())


def _by(shape: tuple[int, ...]) -> str:
    return "×".join(f"{size:,}" for size in shape)


def md5_sum(content: bytes | memoryview) -> str:
    """Return the MD5 sum of some bytes, in hex digits."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
