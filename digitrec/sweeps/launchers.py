"""Where the jobs of a sweep run: here one after another, in processes of their own, or on SLURM.

Hydra's launcher plug-ins have the same places. Its joblib one loses every job at once when one is
killed, for joblib gives up its pool of processes then; here each job has its own process.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import multiprocessing
import os
import shlex
import signal
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess, parent_process
from pathlib import Path
from typing import Any

from rich.console import Console

from digitrec.config.checks import check
from digitrec.config.train_config import TrainConfig
from digitrec.errors import ConfigError, DigitrecError, Interrupted, LockedError, Pruned
from digitrec.storage.locks import locked
from digitrec.sweeps import finished_runs
from digitrec.training.run_directory import EXPERIMENTS, experiment_name, new_run_name
from digitrec.training.signals import StopRequest

__all__ = ["Job", "Outcome", "launch", "perform", "stopped"]


@dataclass(frozen=True, kw_only=True)
class Job:
    """A run that is to be there in the end, and what may be done for it."""

    name: str  # the settings that tell it from the other jobs
    config: TrainConfig
    again: bool = False  # whether to train it anew even if that was done before
    wait: bool = False  # for another process that is at the same run; else it is busy
    threads: int | None = None  # its share of the CPU's, where the configuration gives none


@dataclass(frozen=True)
class Outcome:
    """What became of a job: finished, found (done before), busy, failed or interrupted."""

    status: str
    folder: str | None = None
    reason: str = ""
    signal_number: int = 0  # of an interruption


Row = dict[str, Any]  # of metrics.csv
OnEpoch = Callable[[Job, Row], None]
Ended = Iterator[tuple[Job, Outcome]]


def launch(
    jobs: Sequence[Job],
    launcher: Mapping[str, Any],
    on_epoch: OnEpoch,
    console: Console | None = None,
) -> Ended:
    """Carry out jobs where the launcher's settings say, and yield each when it has ended.

    Args:
        jobs: The jobs, in their order.
        launcher: The settings of one of configs/hydra/launcher; empty to run jobs in this process.
        on_epoch: Called with the job and the row of metrics.csv of each epoch that ends.
        console: Where runs in this process show their progress.

    Raises:
        ConfigError: for a launcher that is not known, or a wrong setting of one.
        Interrupted: when asked to stop; all jobs have saved their state then.
    """
    name, settings = launcher.get("name"), dict(launcher)
    settings.pop("name", None)
    if name is None:  # Hydra's own
        return _here(jobs, on_epoch, console)
    if name == "parallel":
        return _in_processes(jobs, settings["jobs"], on_epoch)
    if name == "slurm":
        return _on_slurm(jobs, settings)
    raise ConfigError(f"hydra/launcher={name}: choose parallel or slurm, or leave it out")


def perform(
    job: Job,
    on_epoch: Callable[[Row], None] = lambda row: None,
    console: Console | None = None,
) -> Outcome:
    """Do what is left to do of a job, in this process; raises `Interrupted` or `Pruned` alone."""
    import torch

    from digitrec.training.loop import run

    threads = torch.get_num_threads()
    if job.threads is not None:
        torch.set_num_threads(min(threads, job.threads))
    try:
        with _claim(job):
            config = job.config
            before = None if job.again else finished_runs.find(config)
            if before and finished_runs.is_done(before):
                return Outcome("found", str(before.path))
            if before:
                config = replace(config, resume=str(before.path))
            if config.compile:
                torch.compiler.reset()  # what other jobs compiled counts against a limit
            return Outcome("finished", run(config, on_epoch, console).run_dir)
    except LockedError as error:
        return Outcome("busy", reason=str(error))
    except (Interrupted, Pruned):
        raise
    except DigitrecError as error:
        return Outcome("failed", reason=str(error))
    except Exception as error:
        traceback.print_exc()
        return Outcome("failed", reason=str(DigitrecError(f"{type(error).__name__}: {error}")))
    finally:
        torch.set_num_threads(threads)


def _claim(job: Job) -> contextlib.AbstractContextManager[None]:
    """Keep other processes from beginning the same run; a folder with a name does so itself."""
    if job.config.run_dir is not None:
        return contextlib.nullcontext()
    name = f"{experiment_name(job.config)}-{finished_runs.key(job.config)}"
    return locked(EXPERIMENTS / ".locks" / name, job.name, job.wait)


def stopped(signal_number: int) -> Interrupted:
    """Make the exception that tells how to go on with a command of many runs."""
    command = shlex.join(["python", "-m", "digitrec.train", *sys.argv[1:]])
    return Interrupted(f"stopped; the same command goes on: {command}", signal_number)


def _here(jobs: Sequence[Job], on_epoch: OnEpoch, console: Console | None) -> Ended:
    for job in jobs:
        try:
            outcome = perform(job, functools.partial(on_epoch, job), console)
        except Interrupted as stop:
            raise stopped(stop.signal_number) from None
        yield job, outcome


# --- processes -------------------------------------------------------------------------------


@dataclass
class _Worker:
    job: Job
    process: BaseProcess
    log: Path
    outcome: Outcome | None = None


def _in_processes(jobs: Sequence[Job], count: int | None, on_epoch: OnEpoch) -> Ended:
    check(
        count is None or (type(count) is int and count >= 1),
        "hydra.launcher.jobs", "at least 1", count,
    )  # fmt: skip
    count = min(count or _cores(), len(jobs))
    # A process that has imported PyTorch and done nothing else; each job starts as a copy of it.
    known = multiprocessing.get_all_start_methods()
    context: Any = multiprocessing.get_context("forkserver" if "forkserver" in known else "spawn")
    if context.get_start_method() == "forkserver":
        context.set_forkserver_preload(["digitrec.training.loop"])
    logs = _new_folder()
    logs.mkdir(parents=True)
    waiting = deque(enumerate(jobs))
    running: dict[Connection, _Worker] = {}
    share = max(1, _cores() // count)
    with StopRequest() as stop:
        told = False
        try:
            while waiting or running:
                while waiting and len(running) < count and not stop.signal_number:
                    index, job = waiting.popleft()
                    ours, theirs = context.Pipe()
                    log = logs / f"{index + 1}.log"
                    arguments = (theirs, replace(job, threads=share), str(log))
                    process = context.Process(target=_work, args=arguments)
                    process.start()
                    theirs.close()
                    running[ours] = _Worker(job, process, log)
                if stop.signal_number and not told:
                    told = True
                    for worker in running.values():
                        worker.process.terminate()
                if not running:
                    break
                for ready in wait([*running], timeout=0.2):
                    assert isinstance(ready, Connection)
                    worker = running[ready]
                    try:
                        message = ready.recv()
                    except (EOFError, OSError):
                        del running[ready]
                        yield worker.job, _outcome_of(worker)
                        continue
                    if isinstance(message, Outcome):
                        worker.outcome = message
                    else:
                        on_epoch(worker.job, message)
        finally:
            for worker in running.values():
                worker.process.kill()
                worker.process.join()
        if stop.signal_number:
            raise stopped(stop.signal_number)


def _outcome_of(worker: _Worker) -> Outcome:
    worker.process.join()
    code = worker.process.exitcode
    if worker.outcome is None:
        died = f"was killed by signal {-code}" if code and code < 0 else f"ended with code {code}"
        reason = f"its process {died}; the same command again goes on with it"
        return Outcome("failed", reason=f"{reason} (output: {worker.log})")
    if worker.outcome.status == "failed":
        return replace(worker.outcome, reason=f"{worker.outcome.reason} (output: {worker.log})")
    return worker.outcome


def _work(connection: Connection, job: Job, log: str) -> None:
    """Be the process of a job."""
    if hasattr(os, "setsid"):
        os.setsid()  # Ctrl-C is for the sweep, which then asks its jobs to stop, once
    threading.Thread(target=_stop_with_parent, daemon=True).start()
    with open(log, "wb", buffering=0) as file:  # noqa: PTH123
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    try:
        outcome = perform(job, connection.send)
    except Interrupted as error:
        outcome = Outcome("interrupted", reason=str(error), signal_number=error.signal_number)
    connection.send(outcome)


def _stop_with_parent() -> None:
    """Ask this process to stop when the sweep is gone, killed perhaps: its state is saved then."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)


def _cores() -> int:
    with contextlib.suppress(AttributeError):  # of Linux alone: those this process may use
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


# --- SLURM -----------------------------------------------------------------------------------


def _on_slurm(jobs: Sequence[Job], settings: dict[str, Any]) -> Ended:
    if importlib.util.find_spec("submitit") is None:
        raise DigitrecError(
            "hydra/launcher=slurm needs the package submitit: pip install 'digitrec[slurm]'"
        )
    import submitit

    folder = _new_folder()
    cluster, threads = settings.pop("cluster", None), settings.get("cpus_per_task")
    try:
        executor = submitit.AutoExecutor(folder=folder, cluster=cluster)
        executor.update_parameters(name="digitrec", **settings)
    except Exception as error:  # submitit raises of many kinds for what it does not know
        raise ConfigError(f"hydra/launcher=slurm: {type(error).__name__}: {error}") from None
    with executor.batch():
        handles = [executor.submit(perform, replace(job, threads=threads)) for job in jobs]
    left = dict(zip(handles, jobs, strict=True))
    print(f"submitted {len(jobs)} jobs; their output is in {folder}", flush=True)
    with StopRequest() as stop:
        while left:
            for handle in [handle for handle in left if handle.done()]:
                job = left.pop(handle)
                try:
                    outcome: Outcome = handle.result()
                except Exception as error:  # what the job raised, or submitit of its death
                    first = next(iter(str(error).strip().splitlines()), "")
                    reason = f"{type(error).__name__}: {first} (output: {handle.paths.stdout})"
                    outcome = Outcome("failed", reason=str(DigitrecError(reason)))
                yield job, outcome
            if stop.signal_number:
                for handle in left:
                    handle.cancel()
                raise stopped(stop.signal_number)
            time.sleep(0.2 if cluster == "local" else 2)


def _new_folder() -> Path:
    """Name a folder for what the jobs of a sweep print."""
    return EXPERIMENTS / ".sweeps" / new_run_name()
