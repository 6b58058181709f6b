"""A thread that does slow jobs one after another, so that the window never waits for them."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = ["BackgroundThread", "Completed"]


@dataclass(frozen=True)
class Completed:
    """A job that is done.

    Attributes:
        kind: The kind of job, as given to `BackgroundThread.submit`.
        ticket: The number that `BackgroundThread.submit` returned.
        value: What the job returned. None if it raised an error.
        error: The error that the job raised.
    """

    kind: str
    ticket: int
    value: Any = None
    error: Exception | None = None


@dataclass(frozen=True)
class _Job:
    kind: str
    ticket: int
    call: Callable[[], Any]
    latest_only: bool


class BackgroundThread:
    """Runs jobs one after another in a thread of its own and keeps their results in a queue.

    All methods must be called from the same thread, which is the one of the window.
    """

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._completed: queue.SimpleQueue[Completed | None] = queue.SimpleQueue()
        self._latest: dict[str, int] = {}
        self._tickets = 0
        self._uncollected = 0
        # A daemon, so that closing the window does not wait for a network that is still loading.
        self._thread = threading.Thread(target=self._run, name="digitrec-background", daemon=True)
        self._thread.start()

    def submit(self, kind: str, call: Callable[[], Any], *, latest_only: bool = False) -> int:
        """Add a job to the queue.

        Args:
            kind: A name for jobs of this kind.
            call: The job.
            latest_only: Skip the job if another one of its kind is waiting behind it.

        Returns:
            The ticket of the job: a number that no other job has.
        """
        self._tickets += 1
        self._uncollected += 1
        self._latest[kind] = self._tickets
        self._jobs.put(_Job(kind, self._tickets, call, latest_only))
        return self._tickets

    @property
    def busy(self) -> bool:
        """Whether there are jobs that `collect` has not returned yet."""
        return self._uncollected > 0

    @property
    def ready(self) -> bool:
        """Whether a job is done that `collect` has not returned yet."""
        return not self._completed.empty()

    def collect(self) -> list[Completed]:
        """Return the jobs that were completed since the last call, without waiting."""
        found = []
        while self.ready:
            completed = self._completed.get()
            self._uncollected -= 1
            if completed is not None:
                found.append(completed)
        return found

    def close(self, timeout: float = 0.0) -> None:
        """Accept no more jobs, and wait up to ``timeout`` seconds for those in the queue."""
        self._jobs.put(None)
        self._thread.join(timeout)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            if job.latest_only and self._latest[job.kind] != job.ticket:
                self._completed.put(None)  # skipped
                continue
            try:
                completed = Completed(job.kind, job.ticket, job.call())
            except Exception as error:
                completed = Completed(job.kind, job.ticket, error=error)
            self._completed.put(completed)
