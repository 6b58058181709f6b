"""Many runs by one command: finished runs are skipped, stopped ones resumed, failures reported.

A job is known by the result that it asks for (`finished_runs.config_key`). So the same command
again, or another that asks for some of the same runs, repeats no work, and two sweeps at the same
time share the work.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from digitrec.sweeps.finished_runs import find_existing_run, is_complete
from digitrec.sweeps.jobs import Job, JobOutcome
from digitrec.sweeps.launchers import launch
from digitrec.training.progress import SweepProgress
from digitrec.training.run_directory import MetricsRow, RunDir

__all__ = ["sweep"]


@dataclass
class SweepResult:
    """What became of the jobs of a sweep.

    Attributes:
        folders: The folders of the finished runs, those that were finished before included.
        failures: Why each of the other jobs has no finished run, one line each.
    """

    folders: list[Path] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def sweep(jobs: Sequence[Job], launcher: Mapping[str, Any]) -> SweepResult:
    """Carry out all jobs, and show on the terminal how far they are.

    Args:
        jobs: The jobs.
        launcher: The settings of one of ``configs/hydra/launcher``; empty to run the jobs in this
            process, one after another.

    Raises:
        Interrupted: after a signal; all jobs have saved their state then.
    """
    result = SweepResult()
    left = []
    for job in jobs:
        before = None if job.again else find_existing_run(job.config)
        if before and is_complete(before):
            result.folders.append(before.path)
        else:
            left.append(job)
    done = len(result.folders)
    skipped = f", {done} of them finished before (--again repeats those)" if done else ""
    print(f"sweep   {len(jobs)} jobs{skipped}", flush=True)
    with SweepProgress(len(jobs), done, sum(job.config.epochs for job in left)) as progress:
        # What other processes are training is left to the end, and waited for then.
        busy = _carry_out(left, launcher, result, progress, wait=False)
        _carry_out(busy, launcher, result, progress, wait=True)
    return result


def _carry_out(
    jobs: Sequence[Job],
    launcher: Mapping[str, Any],
    result: SweepResult,
    progress: SweepProgress,
    wait: bool,
) -> list[Job]:
    """Carry out jobs and note their outcomes; return those that another process is training."""
    if not jobs:
        return []
    busy = []
    epochs = Counter[str]()  # that each job has trained, by its name

    def on_epoch(job: Job, row: MetricsRow) -> None:
        epochs[job.name] += 1
        progress.epoch()

    turn = [replace(job, wait=wait) for job in jobs]
    for job, outcome in launch(turn, launcher, on_epoch, progress.console):
        if outcome.status == "busy" and not wait:
            busy.append(job)
            continue
        if outcome.folder is None:
            result.failures.append(outcome.reason)
        else:
            result.folders.append(Path(outcome.folder))
        rest = job.config.epochs - epochs[job.name]
        progress.end(rest, outcome.folder is None, outcome_line(job, outcome))
    return busy


def outcome_line(job: Job, outcome: JobOutcome) -> str:
    """Say in a line what became of a job."""
    if outcome.folder is None:
        return f"{job.name}  {outcome.status}: {outcome.reason}"
    result = RunDir(Path(outcome.folder)).result()
    assert result is not None  # it says that the run is finished
    found = {"validation": result.validation_accuracy, "test": result.test_accuracy}
    accuracies = [f"{name} {value:.2%}" for name, value in found.items() if value is not None]
    return "  ".join([job.name, *accuracies, outcome.folder])
