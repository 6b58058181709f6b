from __future__ import annotations

import threading
import time
from collections.abc import Callable

from digitrec.gui.session.background_thread import BackgroundThread, Completed


def collected(worker: BackgroundThread, count: int) -> list[Completed]:
    found: list[Completed] = []
    end = time.monotonic() + 20
    while len(found) < count and time.monotonic() < end:
        found += worker.collect()
        time.sleep(0.001)
    return found


def test_jobs_are_done_one_after_another_in_another_thread() -> None:
    worker = BackgroundThread()
    tickets = [worker.submit("a", threading.get_ident), worker.submit("b", lambda: 2)]
    assert worker.busy
    first, second = collected(worker, 2)
    assert (first.kind, first.ticket, second.kind, second.ticket) == (
        "a",
        tickets[0],
        "b",
        tickets[1],
    )
    assert first.value != threading.get_ident()
    assert second.value == 2
    assert not worker.busy
    worker.close(10)


def test_an_error_is_returned_and_the_next_job_is_done() -> None:
    worker = BackgroundThread()

    def fail() -> None:
        raise ValueError("no")

    worker.submit("a", fail)
    worker.submit("b", lambda: 1)
    failed, done = collected(worker, 2)
    assert isinstance(failed.error, ValueError)
    assert (done.value, done.error) == (1, None)
    worker.close(10)


def test_of_outdated_jobs_only_the_latest_is_done() -> None:
    worker, gate, done = BackgroundThread(), threading.Event(), []
    worker.submit("wait", lambda: gate.wait(20))
    job: Callable[[int], Callable[[], None]] = lambda i: lambda: done.append(i)  # noqa: E731
    for i in range(5):
        worker.submit("read", job(i), latest_only=True)
        worker.submit("store", job(10 + i))
    gate.set()
    outcomes = collected(worker, 7)
    assert done == [10, 11, 12, 13, 4, 14]
    assert [outcome.kind for outcome in outcomes].count("read") == 1
    end = time.monotonic() + 20
    while worker.busy and time.monotonic() < end:
        worker.collect()
    assert not worker.busy
    worker.close(10)


def test_closing_finishes_the_jobs() -> None:
    worker, done = BackgroundThread(), []
    for i in range(20):
        worker.submit("store", lambda i=i: (time.sleep(0.001), done.append(i)))  # type: ignore[misc]
    worker.close(20)
    assert done == list(range(20))
