"""The jobs of a sweep: what a job is, how it is carried out, and what may become of it."""

from __future__ import annotations

import contextlib
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from rich.console import Console

from digitrec.config.shell_words import module_command, shell_word
from digitrec.config.train_config import TrainConfig
from digitrec.errors import DigitrecError, Interrupted, LockedError, Pruned
from digitrec.storage.locks import locked
from digitrec.sweeps.finished_runs import config_key, find_existing_run, is_complete
from digitrec.training.run_directory import (
    EXPERIMENTS,
    MetricsRow,
    check_target,
    experiment_name,
    new_run_name,
)

__all__ = [
    "EndedJobs",
    "Job",
    "JobOutcome",
    "OnEpoch",
    "new_log_folder",
    "perform",
    "stopped",
]


@dataclass(frozen=True, kw_only=True)
class Job:
    """A run that a sweep needs.

    Attributes:
        name: The settings that tell it from the other jobs.
        config: The configuration of the run.
        again: Whether to train it even if such a run is finished.
        wait: Whether to wait for another process that trains the same run. If not, the job ends
            as busy.
        threads: Its share of the processor's threads, for a configuration that sets no number.
    """

    name: str
    config: TrainConfig
    again: bool = False
    wait: bool = False
    threads: int | None = None


@dataclass(frozen=True)
class JobOutcome:
    """What became of a job.

    Attributes:
        status: ``found`` means that the run was finished before, ``busy`` that another process
            trains it.
        folder: Of the run, if it is finished.
        reason: In one line, why there is no finished run.
        signal_number: Of the signal that interrupted the job.
    """

    status: Literal["finished", "found", "busy", "failed", "interrupted", "pruned"]
    folder: str | None = None
    reason: str = ""
    signal_number: int = 0


OnEpoch = Callable[[Job, MetricsRow], None]
"""Called at the end of each epoch of a job."""

EndedJobs = Iterator[tuple[Job, JobOutcome]]
"""What a launcher returns: each job when it has ended, with its outcome."""


def perform(
    job: Job,
    on_epoch: Callable[[MetricsRow], None] = lambda row: None,
    console: Console | None = None,
) -> JobOutcome:
    """Carry out a job in this process: train its run, or what is left of it.

    Args:
        job: The job.
        on_epoch: Called at the end of each epoch. May raise `Pruned` to stop the run.
        console: Where the run shows its progress; by default on one of its own.

    Raises:
        Interrupted: after a signal; the run's state is saved.
        Pruned: if ``on_epoch`` raised it.
    """
    import torch

    from digitrec.training.run import run

    threads = torch.get_num_threads()
    if job.threads is not None:
        torch.set_num_threads(min(threads, job.threads))
    try:
        with _claim(job):
            config = job.config
            before = None if job.again else find_existing_run(config)
            if before and is_complete(before):
                return JobOutcome("found", str(before.path))
            if before:
                config = replace(config, resume=str(before.path))
            if config.compile:
                torch.compiler.reset()  # what other jobs compiled counts against a limit
            return JobOutcome("finished", run(config, on_epoch, console).run_dir)
    except LockedError as error:
        return JobOutcome("busy", reason=str(error))
    except (Interrupted, Pruned):
        raise
    except DigitrecError as error:
        return JobOutcome("failed", reason=str(error))
    except Exception as error:
        traceback.print_exc()
        return JobOutcome("failed", reason=str(DigitrecError(f"{type(error).__name__}: {error}")))
    finally:
        torch.set_num_threads(threads)


def stopped(signal_number: int, *, again: bool = False) -> Interrupted:
    """Make the exception for a sweep or search that a signal stopped: it says how to go on.

    Args:
        signal_number: Of the signal.
        again: Whether the jobs are trained even if such runs are finished. Then the same command
            does not know the runs of this one.
    """
    if again:
        return Interrupted(
            "stopped; with --again, the same command trains all jobs from the start; "
            f"{module_command('train')} resume=RUN resumes one of them",
            signal_number,
        )
    same = " ".join([module_command("train"), *map(shell_word, sys.argv[1:])])
    return Interrupted(f"stopped; the same command resumes: {same}", signal_number)


def new_log_folder() -> Path:
    """Name a new folder for the output of a sweep's jobs. The caller makes it."""
    return EXPERIMENTS / ".sweeps" / new_run_name()


def _claim(job: Job) -> contextlib.AbstractContextManager[None]:
    """Keep other processes from starting the same run.

    A run in a folder that the user named needs no claim: the folder can be made only once.

    Raises:
        DigitrecError: if nothing can be written where the run and its lock are to be.
    """
    if job.config.run_dir is not None:
        return contextlib.nullcontext()
    check_target(job.config)
    name = f"{experiment_name(job.config)}-{config_key(job.config)}"
    return locked(EXPERIMENTS / ".locks" / name, job.name, job.wait)
