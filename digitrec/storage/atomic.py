"""Files that are whole or not there: written beside their name, then moved onto it in one step."""

from __future__ import annotations

import contextlib
import errno
import glob
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from digitrec.storage.file_names import cut_name, target_of
from digitrec.storage.writing_errors import DiskFullError

__all__ = ["NO_SPACE", "atomic_path", "remove_partial", "write_bytes", "write_text"]

NO_SPACE = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))


@contextmanager
def atomic_path(path: Path, new: bool = False) -> Iterator[Path]:
    """Give a temporary path beside ``path``; what is written there becomes ``path`` at the end.

    The bytes are on the disk before the name is, so a crash at any moment leaves the old file or
    the new one. An error, Ctrl-C included, leaves the old file and no temporary one; SIGKILL may
    leave a temporary file, which `remove_partial` finds. A link stays, and what it points to is
    written. A file that is replaced leaves its permissions to the new one.

    Args:
        path: Of the file.
        new: Replace no file, not even one that another process writes meanwhile.

    Raises:
        FileExistsError: if there is a file of this name that is not to be replaced.
        OSError: naming the file, if the folder cannot be written, or if there is a pipe or a device
            of this name, whose place no file takes; `DiskFullError` if the folder is full.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        raise OSError(errno.EINVAL, "a pipe or a device is not a file", str(path))
    if not path.name:  # as of "." and "/", beside which there is no place
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    target = target_of(path)
    part = target.with_name(f".{cut_name(target.name)}.{secrets.token_hex(4)}.part")
    mode = stat.S_IMODE(target.stat().st_mode) if target.is_file() else None
    try:
        if mode is not None:
            part.touch(0o600)  # what only its owner may read is not for others meanwhile
        yield part
        with part.open("r+b") as stream:  # Windows syncs no file that is open for reading only
            os.fsync(stream.fileno())
        if mode is not None:
            with contextlib.suppress(OSError):  # of file systems without permissions
                part.chmod(mode)
        if new:
            _give_new_name(part, target)
        else:
            part.replace(target)
    except OSError as error:
        written = _size(part)
        _remove(part)
        raise _about(path, error, written) from None
    except BaseException:
        _remove(part)
        raise


def _give_new_name(part: Path, target: Path) -> None:
    """Move a file to a name that no file has, in one step where the file system has links."""
    try:
        os.link(part, target)
    except FileExistsError:
        raise
    except OSError:
        target.touch(exist_ok=False)
        part.replace(target)
    else:
        part.unlink()


def _about(path: Path, error: OSError, written: int) -> OSError:
    """Return the same error, naming the file that the user knows and not the temporary one."""
    if isinstance(error, DiskFullError) or error.errno is None:
        return error
    if error.errno in NO_SPACE:
        return DiskFullError(error.errno, error.strerror or "", path, written, whole=False)
    return OSError(error.errno, error.strerror, str(path))


def _size(part: Path) -> int:
    with contextlib.suppress(OSError):
        return part.stat().st_size
    return 0


def _remove(part: Path) -> None:
    with contextlib.suppress(OSError):  # its folder may have been removed
        part.unlink(missing_ok=True)


def write_bytes(path: Path, content: bytes, new: bool = False) -> None:
    """Write a whole file, or leave what was there; ``new`` and errors as of `atomic_path`."""
    with atomic_path(path, new) as part:
        try:
            part.write_bytes(content)
        except OSError as error:
            if error.errno is None or error.errno not in NO_SPACE:
                raise
            reason = error.strerror or ""
            raise DiskFullError(error.errno, reason, path, len(content)) from None


def write_text(path: Path, content: str) -> None:
    """Write a whole UTF-8 file, or leave what was there."""
    write_bytes(path, content.encode())


def remove_partial(folder: Path, file_name: str | None = None) -> None:
    """Remove the temporary files that killed processes left in a folder.

    Args:
        folder: The folder. No other process may write to it now.
        file_name: Remove only the temporary files of the file of this name, so that other processes
            may write other files to the folder.
    """
    name = "*" if file_name is None else glob.escape(cut_name(file_name))
    patterns = [".*.part"] if file_name is None else [f".{name}.*.part"]
    # Libraries that tell a format by the end of a name were given one with that end.
    patterns.append(f".{name}.{'[0-9a-f]' * 8}.part.*")
    for pattern in patterns:
        for part in folder.glob(pattern):
            part.unlink(missing_ok=True)
