"""The path of --output: the format that its ending sets, whether it can be written, its lock."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

from digitrec.errors import DigitrecError, Interrupted
from digitrec.run_command import signal_of
from digitrec.storage.file_names import cut_name, target_of
from digitrec.storage.locks import locked
from digitrec.storage.output_files import check_is_file_name
from digitrec.storage.writing_errors import DiskFullError

__all__ = ["FORMATS", "format_of", "is_there", "output_lock", "own_files", "told_to_resume"]

FORMATS = {"json": "JSON", "jsonl": "JSON Lines", "csv": "CSV", "parquet": "Parquet"}
ENDINGS = {
    ".csv": "csv", ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet",
    ".txt": "text", "": "text",
}  # fmt: skip


def format_of(output: str) -> str:
    """Return the format that the ending of a name sets; a name without one means text.

    Raises:
        DigitrecError: if it stands for none.
    """
    ending = Path(output).suffix
    if ending.lower() not in ENDINGS:
        *some, last = filter(None, ENDINGS)
        options = ", ".join(f"--{name}" for name in FORMATS)
        raise DigitrecError(
            f"--output {output}: the ending {ending} is no known format; name a file that ends in "
            f"{', '.join(some)} or {last}, or choose one of {options}"
        )
    return ENDINGS[ending.lower()]


def is_there(output: Path, what: str = "file") -> DigitrecError:
    """Return the error for an output that already exists and is not to be resumed."""
    return DigitrecError(
        f"{output} already exists; add --resume to read what is left, or name another {what}"
    )


def own_files(output: str | None, boxes: Path | None) -> Iterator[tuple[Path, re.Pattern[str]]]:
    """Find what a command writes: folders, and the names of its files there.

    Args:
        output: The word of the command for the answers, which have a lock beside them.
        boxes: The folder for pictures with boxes.
    """
    if output is not None:
        path = Path(output).absolute()
        for file in {path, target_of(path)}:
            names = file.name, _lock_file(file).name
            yield file.parent, re.compile("|".join(map(re.escape, names)))
    if boxes is not None:  # see `drawn_boxes.save_beside`
        yield boxes, re.compile(r".*-boxes(-[0-9]+)?\.png(\.[0-9a-f]+\.part)?", re.DOTALL)


def _lock_file(path: Path) -> Path:
    """Return the lock of an output, which is one for all links to it."""
    target = target_of(path.absolute())
    return target.with_name(f".{cut_name(target.name)}.lock")


@contextlib.contextmanager
def output_lock(output: str, form: str, resume: bool) -> Iterator[None]:
    """Keep a second call from writing to the same place.

    Nothing is made, not even for a moment, where nothing can be written.

    Args:
        output: The word of the command.
        form: The format; Parquet is a folder of files.
        resume: Whether it may be there.

    Raises:
        DigitrecError: if it cannot be an output, or exists although ``resume`` is false.
        LockedError: if another process writes to it.
    """
    check_is_file_name("--output", output, folder=form == "parquet")
    path = Path(output)
    file = _lock_file(path)
    # A process that writes there has made its lock file before.
    if form != "parquet" and not resume and path.exists() and not file.exists():
        raise is_there(path)
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(locked(file, f"writing {output}", remove=True))
        except OSError as error:
            raise OSError(error.errno, os.strerror(error.errno or 0), output) from None
        yield


@contextlib.contextmanager
def told_to_resume(output: str | None) -> Iterator[None]:
    """Say of a stop in here how to go on: the answers that were written before stay.

    Args:
        output: The word of the command; None where answers are printed, and none stay.

    Raises:
        Interrupted: for a signal.
        DigitrecError: for a full disk, if there is an output.
    """
    try:
        yield
    except KeyboardInterrupt as stop:
        advice = "; --resume reads what is left" if output else ""
        raise Interrupted(f"interrupted{advice}", signal_of(stop)) from None
    except DiskFullError as error:
        if output is None:
            raise
        raise DigitrecError(
            f"{error.problem}; what was written before is kept, and --resume reads what is left"
        ) from None
