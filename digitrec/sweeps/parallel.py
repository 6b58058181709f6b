"""Jobs of a sweep in parallel on this machine, each in a process of its own.

Hydra's launcher for joblib uses a pool of processes and loses all of its jobs when one process is
killed. Here a killed process ends its own job only.
"""

from __future__ import annotations

import contextlib
import importlib.util
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess, parent_process
from pathlib import Path
from typing import Any

from digitrec.config.checks import check
from digitrec.errors import Interrupted
from digitrec.sweeps.jobs import (
    EndedJobs,
    Job,
    JobOutcome,
    OnEpoch,
    new_log_folder,
    perform,
    stopped,
)
from digitrec.training.signals import STOPPING, StopRequest

__all__ = ["launch_parallel", "process_context"]

SECONDS_TO_SAVE = 10.0  # after which a process is killed

PRELOADED = "digitrec.training.run"
"""The module that takes long to import, because it imports PyTorch."""


@dataclass
class _Worker:
    """A process that carries out a job.

    Attributes:
        job: The job.
        process: The process.
        log: The file of what it prints.
        outcome: What became of the job, as soon as the process has told it.
    """

    job: Job
    process: BaseProcess
    log: Path
    outcome: JobOutcome | None = None


class _Workers:
    """The processes of a sweep, and the jobs that wait for one.

    Attributes:
        running: Each process that has not ended, by the connection to it.
    """

    def __init__(self, jobs: Sequence[Job], count: int) -> None:
        """Prepare to carry out jobs, up to ``count`` at once."""
        self._waiting, self._count = deque(enumerate(jobs)), count
        self._context = process_context()
        _start_server(self._context)
        self._logs = new_log_folder()
        self._logs.mkdir(parents=True)
        self._threads = max(1, _cores() // count)  # of each job
        self._asked_to_stop = False
        self.running: dict[Connection, _Worker] = {}

    @property
    def has_work(self) -> bool:
        """Whether a job waits or is being carried out."""
        return bool(self._waiting or self.running)

    @property
    def can_start(self) -> bool:
        """Whether a job waits that can be started."""
        return bool(self._waiting) and len(self.running) < self._count

    def start(self) -> None:
        """Start the next job."""
        index, job = self._waiting.popleft()
        ours, theirs = self._context.Pipe()
        log = self._logs / f"{index + 1}.log"
        arguments = (theirs, replace(job, threads=self._threads), str(log))
        process = self._context.Process(target=_work, args=arguments)
        process.start()
        theirs.close()
        self.running[ours] = _Worker(job, process, log)

    def ask_to_stop(self) -> None:
        """Ask all jobs, once, to save their state and stop."""
        if not self._asked_to_stop:
            self._asked_to_stop = True
            self._terminate()

    def wait(self, on_epoch: OnEpoch) -> EndedJobs:
        """Wait for news of the jobs for a moment, and yield those that have ended."""
        ready = wait([*self.running], timeout=0.2)
        for connection in [one for one in self.running if one in ready]:
            worker = self.running[connection]
            try:
                message = connection.recv()
            except (EOFError, OSError):
                del self.running[connection]
                yield worker.job, _outcome_of(worker, self._asked_to_stop)
                continue
            if isinstance(message, JobOutcome):
                worker.outcome = message
            else:
                on_epoch(worker.job, message)

    def end(self) -> None:
        """End all processes; they have `SECONDS_TO_SAVE` to save their state."""
        self._terminate()
        for worker in self.running.values():
            worker.process.join(SECONDS_TO_SAVE)
            worker.process.kill()
            worker.process.join()

    def _terminate(self) -> None:
        for worker in self.running.values():
            worker.process.terminate()


def launch_parallel(jobs: Sequence[Job], count: int | None, on_epoch: OnEpoch) -> EndedJobs:
    """Run up to ``count`` jobs at once; as many as there are cores if it is None.

    Raises:
        ConfigError: if ``count`` is not a whole number of at least 1.
        Interrupted: after a signal; all jobs have saved their state then.
    """
    check(
        count is None or (type(count) is int and count >= 1),
        "hydra.launcher.jobs", "at least 1", count,
    )  # fmt: skip
    workers = _Workers(jobs, min(count or _cores(), len(jobs)))
    with StopRequest() as stop:
        try:
            while workers.has_work:
                while workers.can_start and not stop.signal_number:
                    workers.start()
                if stop.signal_number:
                    workers.ask_to_stop()
                if not workers.running:
                    break
                yield from workers.wait(on_epoch)
        finally:
            # Where nobody takes their outcomes any more, such as after a broken pipe, they save
            # their state first.
            workers.end()
        if stop.signal_number:
            raise stopped(stop.signal_number, again=any(job.again for job in jobs))


def process_context() -> Any:
    """Return the way to start processes: copies of one that has imported PyTorch and no more.

    Where the system cannot do that (Windows), each process imports PyTorch itself.

    Raises:
        ModuleNotFoundError: if there is no module `PRELOADED`. Python itself would ignore that
            and start each process without PyTorch, which is slow.
    """
    if importlib.util.find_spec(PRELOADED) is None:
        raise ModuleNotFoundError(f"no module is called {PRELOADED}")
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([PRELOADED])
    return context


def _start_server(context: Any) -> None:
    """Start the process that the jobs are copies of, deaf to the signals that stop a sweep.

    They are for the sweep, which stops its jobs. While the server imports PyTorch, Ctrl-C would
    otherwise end it with a traceback, and the sweep with another.
    """
    if context.get_start_method() != "forkserver":
        return
    from multiprocessing import forkserver, resource_tracker

    resource_tracker.ensure_running()  # started together, it would lift the block
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _outcome_of(worker: _Worker, asked_to_stop: bool) -> JobOutcome:
    """Return what became of a job whose process has ended, perhaps because it was asked to."""
    worker.process.join()
    code = worker.process.exitcode
    if worker.outcome is None and asked_to_stop and code == -signal.SIGTERM:
        return JobOutcome("interrupted", reason="stopped before it began")
    if worker.outcome is None:
        died = f"was killed by signal {-code}" if code and code < 0 else f"ended with code {code}"
        same = "trains it from the start" if worker.job.again else "resumes it"
        reason = f"its process {died}; the same command again {same}"
        return JobOutcome("failed", reason=f"{reason} (output: {worker.log})")
    if worker.outcome.status == "failed":
        return replace(worker.outcome, reason=f"{worker.outcome.reason} (output: {worker.log})")
    return worker.outcome


def _work(connection: Connection, job: Job, log: str) -> None:
    """Carry out a job in a process of its own; the process runs this function and ends."""
    if hasattr(os, "setsid"):
        os.setsid()  # Ctrl-C is for the sweep, which then asks its jobs to stop, once
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)  # see `_start_server`
    threading.Thread(target=_stop_with_parent, daemon=True).start()
    with open(log, "wb", buffering=0) as file:  # noqa: PTH123
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    try:
        outcome = perform(job, connection.send)
    except Interrupted as error:
        outcome = JobOutcome("interrupted", reason=str(error), signal_number=error.signal_number)
    connection.send(outcome)


def _stop_with_parent() -> None:
    """Stop this process, its state saved, when the sweep's process has ended or was killed."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)


def _cores() -> int:
    """Return how many cores this process may use."""
    with contextlib.suppress(AttributeError):  # this function exists on Linux alone
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
