"""The file of UCI's pen digits: found in the data folder, or downloaded, and checked by its sum."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from unlzw3 import unlzw

from digitrec.data.data_folder import download_advice, find_data_folder, other_folder
from digitrec.data.download import download_file, error_reason
from digitrec.errors import DigitrecError
from digitrec.storage.atomic import write_bytes
from digitrec.storage.regular_files import read_bytes

__all__ = ["SHA256", "check_root", "read_text"]

FILE = Path("pendigits", "pendigits-orig.tra")
"""The file in a data folder."""
MAX_BYTES = 64 * 2**20  # more than ten times the size of the original
SHA256 = "a66225d68d7d68591e62944df1ad33b3f5aa608e2df2505844b41f5568a80da4"
MIRRORS = ("https://archive.ics.uci.edu/ml/machine-learning-databases/pendigits/",)


def read_text(root: str | None) -> tuple[str, Path]:
    """Return the content of the file and its path, after checking its sum.

    Args:
        root: As in `digitrec.data.mnist_files.read`.

    Raises:
        DigitrecError: if the file is missing or damaged in a folder that the user names, or cannot
            be downloaded into the cache folder.
    """
    check_root(root)
    folder, setting = find_data_folder(root)
    path = folder / FILE
    content = _read(path)
    if content is None:
        if setting is not None:
            raise DigitrecError(
                f"{path} is damaged: its sha256 is not {SHA256[:12]}…; put the original file "
                f"there, or {download_advice(setting, 'it')}"
            )
        content = _download(path)
    return content.decode("ascii"), path


def check_root(root: str | None) -> None:
    """Check that a data folder that the user names has the file, without reading it.

    The cache folder always passes the check, because the file can be downloaded.

    Raises:
        DigitrecError: if the folder lacks the file.
    """
    folder, setting = find_data_folder(root)
    if setting is not None and not (folder / FILE).is_file():
        packed = folder / f"{FILE}.Z"
        found = " (only the .Z, which needs unpacking)" if packed.is_file() else ""
        raise DigitrecError(
            f"{setting}: {folder} lacks {FILE.as_posix()}{found}; put it there, or "
            f"{download_advice(setting, 'it')}"
        )


def _read(path: Path) -> bytes | None:
    """Return the content of the file; None if it is missing or damaged."""
    try:
        content = read_bytes(path, MAX_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        reason = error_reason(error)
        raise DigitrecError(f"cannot read {path}: {reason}; make it readable") from None
    return content if _is_original(content) else None


def _download(path: Path) -> bytes:
    """Download UCI's archive, unpack it to a path, and return the content."""
    archive = f"{path.name}.Z"
    print(f"downloading {archive} to {path.parent}", file=sys.stderr)
    advice = other_folder(FILE.as_posix())
    content = download_file([f"{mirror}{archive}" for mirror in MIRRORS], _unpack, advice)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, content)
    except OSError as error:
        raise DigitrecError(f"cannot write {path}: {error_reason(error)}; {advice}") from None
    return content


def _unpack(archive: bytes) -> bytes:
    """Unpack an archive of Unix ``compress`` (LZW; T. Welch, 1984), and check its content."""
    content: bytes = unlzw(archive)
    if not _is_original(content):
        raise ValueError("not the file")
    return content


def _is_original(content: bytes) -> bool:
    return hashlib.sha256(content).hexdigest() == SHA256
