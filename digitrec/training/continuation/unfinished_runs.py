"""What is written down and said when a run ends before it is finished."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from digitrec.config.shell_words import command, path_setting
from digitrec.errors import DigitrecError, Interrupted
from digitrec.storage.writing_errors import DiskFullError
from digitrec.training.finish import status_after, unfinished
from digitrec.training.learner import Learner
from digitrec.training.loggers.log import Log
from digitrec.training.run_directory import RunDir, Status

__all__ = ["record_end", "record_status"]

SIGPIPE = 13  # which Windows lacks


def record_end(
    error: BaseException, folder: RunDir, learner: Learner, log: Log
) -> DigitrecError | None:
    """Write down in the run directory, and tell the loggers, that an error ends a run.

    Returns:
        An error that tells more of it, to be raised in its place; None if none does.
    """
    lost = _lost_place(error, folder)
    status = "finished" if folder.has_ended else status_after(error)
    if lost is not None and status == "failed":
        status = "interrupted"
    if status != "finished":  # else only the last lines could not be printed
        record_status(folder, learner, status)
    if status == "pruned":
        folder.end()
    log.close(status)
    if lost is None and isinstance(error, BrokenPipeError) and status == "interrupted":
        return _no_reader(folder)
    return lost


def record_status(folder: RunDir, learner: Learner, status: Status) -> None:
    """Write down how a run ended; not where that fails, for why is what the caller says."""
    with suppress(OSError):  # a full disk, a removed folder
        folder.write_result(unfinished(learner.config, learner.network, status))


def _lost_place(error: BaseException, folder: RunDir) -> DigitrecError | None:
    """Say what became of the run directory; None where the error is about something else."""
    if not isinstance(error, OSError) or error.filename is None:
        return None
    if folder.path not in Path(str(error.filename)).parents:
        return None
    if not folder.path.is_dir():
        return DigitrecError(f"{folder.path} was removed while the run was trained; train it again")
    if isinstance(error, DiskFullError):
        problem = error.problem
    else:
        problem = f"{error.filename} cannot be written: {error.strerror}; fix that"
    resume = command("train", path_setting("resume", folder.path))
    return DigitrecError(f"{problem}, and resume with: {resume}")


def _no_reader(folder: RunDir) -> Interrupted:
    """Stop as by SIGPIPE: nobody reads the output, as after ``| head``."""
    resume = command("train", path_setting("resume", folder.path))
    return Interrupted(
        f"stopped, because nothing reads the output any more; resume with: {resume}", SIGPIPE
    )
