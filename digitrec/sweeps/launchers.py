"""Where the jobs of a sweep run: in this process in turn, in parallel processes, or on SLURM."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console

from digitrec.config.choice_names import LAUNCHER, names_in
from digitrec.errors import ConfigError, Interrupted
from digitrec.sweeps.jobs import EndedJobs, Job, OnEpoch, perform, stopped
from digitrec.sweeps.parallel import launch_parallel
from digitrec.sweeps.slurm import launch_slurm
from digitrec.training.signals import StopRequest

__all__ = ["launch"]


def launch(
    jobs: Sequence[Job],
    launcher: Mapping[str, Any],
    on_epoch: OnEpoch,
    console: Console | None = None,
) -> EndedJobs:
    """Carry out jobs and return each when it has ended, with its outcome.

    Args:
        jobs: The jobs.
        launcher: The settings of one of ``configs/hydra/launcher``; empty to run the jobs in this
            process, one after another.
        on_epoch: Called at the end of each epoch of a job, where the launcher can tell.
        console: Where jobs in this process show their progress.

    Raises:
        ConfigError: for an unknown launcher, or a wrong setting of one.
        Interrupted: after a signal; all jobs have saved their state then.
    """
    name = launcher.get("name")
    settings = {key: value for key, value in launcher.items() if key != "name"}
    if name is None:
        return _launch_here(jobs, on_epoch, console)
    if name == "parallel":
        return launch_parallel(jobs, settings["jobs"], on_epoch)
    if name == "slurm":
        return launch_slurm(jobs, settings)
    known = " or ".join(names_in(LAUNCHER))
    raise ConfigError(f"{LAUNCHER}={name}: choose {known}, or leave it out")


def _launch_here(jobs: Sequence[Job], on_epoch: OnEpoch, console: Console | None) -> EndedJobs:
    with StopRequest() as stop:
        for job in jobs:
            if stop.signal_number:
                raise stopped(stop.signal_number, again=job.again)
            try:
                outcome = perform(job, functools.partial(on_epoch, job), console)
            except Interrupted as interrupted:
                raise stopped(interrupted.signal_number, again=job.again) from None
            yield job, outcome
