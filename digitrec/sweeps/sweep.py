"""Many runs by one command: what is done is skipped, what was cut off is finished, failures told.

Jobs are known by what they ask for (`finished_runs.key`), so the same command again, or another
that asks for some of the same, does no work twice, and two of them at once share the work.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from digitrec.errors import DigitrecError
from digitrec.sweeps import finished_runs
from digitrec.sweeps.launchers import Job, Outcome, launch
from digitrec.training.progress import SweepProgress
from digitrec.training.run_directory import RunDir

__all__ = ["sweep"]


def sweep(jobs: Sequence[Job], launcher: Mapping[str, Any]) -> int:
    """Carry out all jobs, and print the comparison of their runs.

    launcher: the settings of one of configs/hydra/launcher; empty to run them here, in turn.
    Returns the exit code: 0, or 1 where some of the jobs failed.

    Raises:
        DigitrecError: if all of them failed.
        Interrupted: when asked to stop.
    """
    folders, todo = _sort(jobs)
    reasons: list[str] = []
    seen = Counter[str]()  # epochs of each job
    epochs = sum(job.config.epochs for job in todo)
    with SweepProgress(len(jobs), len(folders), epochs) as shown:

        def on_epoch(job: Job, row: dict[str, Any]) -> None:
            seen[job.name] += 1
            shown.epoch()

        for wait in (False, True):  # for what other processes are at, when all else is done
            busy = []
            turn = [replace(job, wait=wait) for job in todo]
            for job, outcome in launch(turn, launcher, on_epoch, shown.console) if turn else ():
                if outcome.status == "busy" and not wait:
                    busy.append(job)
                    continue
                if outcome.folder is None:
                    reasons.append(outcome.reason)
                else:
                    folders.append(Path(outcome.folder))
                left = job.config.epochs - seen[job.name]
                shown.end(left, outcome.folder is None, _line(job, outcome))
            todo = busy
    if folders:
        from digitrec.compare import summary

        try:
            print(f"\n{summary(folders).rstrip()}", flush=True)
        except DigitrecError as error:  # without test scores, for example
            print(f"no comparison: {error}", flush=True)
    if reasons and not folders:
        raise DigitrecError(f"all {len(jobs)} jobs failed; the first: {reasons[0]}")
    if reasons:
        print(
            f"{len(reasons)} of {len(jobs)} jobs failed; the same command again tries them again",
            file=sys.stderr,
        )
    return 1 if reasons else 0


def _sort(jobs: Sequence[Job]) -> tuple[list[Path], list[Job]]:
    """Return the folders of the jobs that are done, and the jobs that are not."""
    folders, todo = [], []
    for job in jobs:
        before = None if job.again else finished_runs.find(job.config)
        if before and finished_runs.is_done(before):
            folders.append(before.path)
        else:
            todo.append(job)
    done = f", {len(folders)} of them done before (--again repeats those)" if folders else ""
    print(f"sweep   {len(jobs)} jobs{done}", flush=True)
    return folders, todo


def _line(job: Job, outcome: Outcome) -> str:
    if outcome.folder is None:
        return f"{job.name}  {outcome.status}: {outcome.reason}"
    result = RunDir(Path(outcome.folder)).result()
    found = {
        "validation": result.get("validation_accuracy"),
        "test": result.get("test_accuracy"),
    }
    accuracies = [f"{name} {value:.2%}" for name, value in found.items() if value is not None]
    return "  ".join([job.name, *accuracies, outcome.folder])
