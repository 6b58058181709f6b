"""A folder for files that are needed for a while, and a clear line where it is full."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from digitrec.errors import DigitrecError
from digitrec.storage.atomic import NO_SPACE

__all__ = ["temporary_folder"]

NEARLY_FULL = 2**22  # bytes left; some libraries remove what they wrote before room ran out
ADVICE = "make room there, or name another with TMPDIR=FOLDER"


@contextlib.contextmanager
def temporary_folder() -> Iterator[Path]:
    """Give a new folder, which is removed at the end with all that is in it.

    Raises:
        DigitrecError: If no folder for temporary files can be written, or it is full.
    """
    with contextlib.ExitStack() as held:
        try:
            folder = Path(held.enter_context(tempfile.TemporaryDirectory()))
        except OSError as error:
            raise DigitrecError(f"cannot write temporary files: {error.strerror}") from None
        try:
            yield folder
        except DigitrecError:
            raise
        except Exception as error:
            if not _is_of(folder, error):
                raise
            problem = f"the folder of temporary files, {folder.parent}, is full"
            raise DigitrecError(f"{problem}; {ADVICE}") from None


def _is_of(folder: Path, error: Exception) -> bool:
    """Return whether an error comes from the full disk of this folder, as far as can be told.

    Where a compiled library writes half a file and says nothing, reading it again fails somehow.
    """
    if isinstance(error, OSError):
        if error.errno not in NO_SPACE:
            return False
        if error.filename is not None:
            return folder in Path(str(error.filename)).parents
    return shutil.disk_usage(folder).free < NEARLY_FULL
