"""Errors of the system when a file is written: a full disk, and what to do about the others."""

from __future__ import annotations

import errno
from pathlib import Path

__all__ = ["DiskFullError", "remedy"]


class DiskFullError(OSError):
    """A file that is larger than the disk or a limit has room for. What was there before is kept.

    Its ``strerror`` says how much room the file needs, and what to do.

    Args:
        number: The ``errno``.
        reason: What the system says.
        file: The file.
        needed: The number of bytes that were to be written.
        whole: Whether that is all of the file, or what there was of it when room ran out.
    """

    def __init__(
        self, number: int, reason: str, file: Path, needed: int, whole: bool = True
    ) -> None:
        room = f"{'' if whole else 'more than '}{max(needed / 1e6, 0.001):.3f} MB"
        advice = f", so make room in {file.absolute().parent}"
        if number == errno.EFBIG:
            advice = (
                ", which is beyond the limit of this process or file system; "
                "raise ulimit -f, or choose another place"
            )
        super().__init__(number, f"{reason}: it needs {room}{advice}", str(file))
        self._given = number, reason, file, needed, whole

    def __reduce__(self) -> tuple[type[DiskFullError], tuple[int, str, Path, int, bool]]:
        return DiskFullError, self._given  # by default, made again of the arguments of OSError

    def of(self, place: Path) -> DiskFullError:
        """Return the same error of the file or folder that the user knows, for which it was."""
        number, reason, _, needed, whole = self._given
        return DiskFullError(number, reason, place, needed, whole)

    @property
    def problem(self) -> str:
        """The file, how much room it needs, and what to do, in one line."""
        return f"{self.filename} cannot be written: {self.strerror}"


def remedy(error: OSError) -> str:
    """Return what to do about an error of writing a file, after a semicolon; nothing if unknown."""
    remedies = {
        errno.EACCES: "; allow it, or name another place",
        errno.EPERM: "; allow it, or name another place",
        errno.EROFS: "; name another place",
        errno.ENOENT: "; its folder was removed, or was never there",
        errno.ENAMETOOLONG: "; choose a shorter name",
        errno.ELOOP: "; name another place",
    }
    return remedies.get(error.errno or 0, "")
