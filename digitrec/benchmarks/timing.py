"""Timing: of jobs that take turns on one thread, and of how much one core gets done."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

__all__ = ["in_turns", "one_thread", "processor_seconds", "rate"]

Clock = Callable[[], float]
"""Tells seconds, from any moment on."""


@contextmanager
def one_thread() -> Iterator[None]:
    """Let PyTorch compute on one thread, and afterwards on as many as before."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def in_turns(
    jobs: Mapping[str, Callable[[], object]], repeats: int, clock: Clock = time.perf_counter
) -> dict[str, list[float]]:
    """Time jobs that take turns, so that a change of the machine's speed affects all.

    Args:
        jobs: By name.
        repeats: How often each is timed, after a run that warms it up.
        clock: Tells the seconds.

    Returns:
        The seconds of each job's runs, in their order.
    """
    times: dict[str, list[float]] = {name: [] for name in jobs}
    for repeat in range(repeats + 1):
        for name, job in jobs.items():
            started = clock()
            job()
            if repeat:
                times[name].append(clock() - started)
    return times


def processor_seconds() -> float:
    """Return the processor time of this process and of the ended processes that it started."""
    spent = os.times()
    return time.process_time() + spent.children_user + spent.children_system


def rate(what: str, job: Callable[[], int], repeats: int) -> str:
    """Say how many things a second of the processor a job gets done; it returns how many it did."""
    job()
    rates = []
    for _ in range(repeats):
        started = time.process_time()
        count = job()
        rates.append(count / (time.process_time() - started))
    return f"{statistics.median(rates):,.0f} {what} a second of one core (median of {repeats})"
