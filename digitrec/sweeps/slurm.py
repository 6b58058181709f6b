"""Jobs of a sweep on a SLURM cluster, through the package submitit."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from digitrec.errors import ConfigError, DigitrecError
from digitrec.storage.optional_packages import need
from digitrec.sweeps.jobs import EndedJobs, Job, JobOutcome, new_log_folder, perform, stopped
from digitrec.training.signals import StopRequest

__all__ = ["launch_slurm"]


def launch_slurm(jobs: Sequence[Job], settings: Mapping[str, Any]) -> EndedJobs:
    """Submit jobs to a cluster and wait for them.

    Args:
        jobs: The jobs.
        settings: Submitit's parameters, and ``cluster``: ``slurm``, or ``local`` for processes on
            this machine.

    Raises:
        ConfigError: for settings that submitit does not accept.
        DigitrecError: if submitit is missing.
        Interrupted: after a signal; the jobs that have not ended are cancelled.
    """
    need("hydra/launcher=slurm", "slurm", "submitit")
    import submitit

    folder = new_log_folder()
    parameters = dict(settings)
    cluster, threads = parameters.pop("cluster", None), parameters.get("cpus_per_task")
    try:
        executor = submitit.AutoExecutor(folder=folder, cluster=cluster)
        executor.update_parameters(name="digitrec", **parameters)
    except Exception as error:  # submitit raises many kinds for what it does not know
        raise ConfigError(f"hydra/launcher=slurm: {type(error).__name__}: {error}") from None
    with executor.batch():
        handles = [executor.submit(perform, replace(job, threads=threads)) for job in jobs]
    left = dict(zip(handles, jobs, strict=True))
    print(f"submitted {len(jobs)} jobs; their output is in {folder}", flush=True)
    with StopRequest() as stop:
        while left:
            for handle in [handle for handle in left if handle.done()]:
                yield left.pop(handle), _outcome_of(handle)
            if stop.signal_number:
                for handle in left:
                    handle.cancel()
                raise stopped(stop.signal_number, again=any(job.again for job in jobs))
            time.sleep(0.2 if cluster == "local" else 2)


def _outcome_of(handle: Any) -> JobOutcome:
    try:
        outcome: JobOutcome = handle.result()
    except Exception as error:  # what the job raised, or submitit's own error if the job died
        first = next(iter(str(error).strip().splitlines()), "")
        reason = f"{type(error).__name__}: {first} (output: {handle.paths.stdout})"
        return JobOutcome("failed", reason=str(DigitrecError(reason)))
    return outcome
