"""Downloads MNIST's files from the addresses that torchvision knows."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from digitrec.data.data_folder import other_folder
from digitrec.data.download import download_file, error_reason
from digitrec.data.idx_files import BadFileError, IdxFile, md5_sum, read_idx_file
from digitrec.errors import DigitrecError
from digitrec.storage.atomic import write_bytes

__all__ = ["download_mnist"]


def download_mnist(
    folder: Path,
    files: Sequence[IdxFile],
    mirrors: Sequence[str] | None = None,
    resources: Sequence[tuple[str, str]] | None = None,
) -> None:
    """Download those of MNIST's files that are missing or damaged in a folder.

    A file gets its name only when it is complete and checked. Several processes may therefore
    download at the same time, or be stopped, without harm. What is downloaded is said on stderr.

    Args:
        folder: Where the files are written; made if it is missing.
        files: The files.
        mirrors: Addresses to try in turn, each ending in "/"; torchvision's by default.
        resources: The name of each file's archive, and its MD5 sum; torchvision's by default.

    Raises:
        DigitrecError: if no mirror has a file, or the folder cannot be written.
    """
    if mirrors is None or resources is None:
        from torchvision.datasets import MNIST  # takes seconds, and is rarely needed

        mirrors = MNIST.mirrors if mirrors is None else mirrors
        resources = MNIST.resources if resources is None else resources
    advice = other_folder("MNIST/raw")
    by_archive = {f"{file.name}.gz": file for file in files}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for archive, md5 in resources:
            file = by_archive[archive]
            try:
                read_idx_file(folder, file, files)
                continue
            except BadFileError as fault:
                if (folder / file.name).exists():
                    print(f"warning: {fault}; downloading it again", file=sys.stderr)
            print(f"downloading {archive} to {folder}", file=sys.stderr)
            addresses = [f"{mirror}{archive}" for mirror in mirrors]
            content = download_file(addresses, partial(_unpack, md5, file.md5), advice)
            write_bytes(folder / file.name, content)
    except OSError as error:
        raise DigitrecError(
            f"cannot write MNIST to {folder}: {error_reason(error)}; make it writable, or {advice}"
        ) from None


def _unpack(archive_md5: str, content_md5: str, archive: bytes) -> bytes:
    if md5_sum(archive) == archive_md5:
        content = gzip.decompress(archive)
        if md5_sum(content) == content_md5:
            return content
    raise ValueError("not the file")
