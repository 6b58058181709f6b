"""A thread that does the slow work in turn, so that the window never waits."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = ["Outcome", "Worker"]


@dataclass(frozen=True)
class Outcome:
    """How a job ended: its value, or the error it raised."""

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


class Worker:
    """Does jobs one after the other, in a thread of its own; what comes of them waits in a queue.

    All methods are called from one thread, the window's.
    """

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._outcomes: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self._latest: dict[str, int] = {}
        self._tickets = 0
        self._waiting = 0
        # A daemon: a window that is closed does not wait for a network that is still loading.
        self._thread = threading.Thread(target=self._work, name="digitrec-worker", daemon=True)
        self._thread.start()

    def submit(self, kind: str, call: Callable[[], Any], *, latest_only: bool = False) -> int:
        """Queue a job and return its ticket.

        latest_only: it is dropped, without an outcome's value, once a later one of its kind waits.
        """
        self._tickets += 1
        self._waiting += 1
        self._latest[kind] = self._tickets
        self._jobs.put(_Job(kind, self._tickets, call, latest_only))
        return self._tickets

    @property
    def busy(self) -> bool:
        """Whether there are jobs whose outcome nobody has collected."""
        return self._waiting > 0

    def collect(self) -> list[Outcome]:
        """Return what was done since the last call, without waiting."""
        found = []
        while not self._outcomes.empty():
            found.append(self._outcomes.get())
            self._waiting -= 1
        return [outcome for outcome in found if outcome.kind]

    def close(self, timeout: float = 0.0) -> None:
        """Take no more jobs; wait at most ``timeout`` seconds for those queued."""
        self._jobs.put(None)
        self._thread.join(timeout)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            if job.latest_only and self._latest[job.kind] != job.ticket:
                self._outcomes.put(Outcome("", job.ticket))
                continue
            try:
                outcome = Outcome(job.kind, job.ticket, job.call())
            except Exception as error:
                outcome = Outcome(job.kind, job.ticket, error=error)
            self._outcomes.put(outcome)
