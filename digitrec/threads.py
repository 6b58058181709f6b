"""Threads that leave room for others: how they wait, and how many cores are free for them.

PyTorch shares each layer out among threads of OpenMP, which then wait for each other. They wait by
spinning, for milliseconds: on a machine whose cores are busy with something else, a thread that
spins holds the core that the one it waits for would need. So they are told to sleep after
microseconds. Part of oneDNN (the gradients of a convolution's weights) spins however it is told;
so a run also takes no more threads than there are free cores.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping, MutableMapping
from pathlib import Path

__all__ = ["OWN", "free_cores", "sleep_when_idle", "threads_to_share", "usable_cores"]

OWN = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")
"""Variables by which a user says how threads wait: if one of them is set, all stay as they are."""

SPINS = 2_000  # some 40 µs: the time between two layers, in which sleeping would cost more
COUNTS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")
STAT = Path("/proc/stat")
SECONDS = 0.1  # in which it is seen which cores are busy; the system counts hundredths


def sleep_when_idle(variables: MutableMapping[str, str] = os.environ) -> None:
    """Have OpenMP's threads sleep soon while they wait; it has to be told before PyTorch loads.

    GNU's OpenMP (Linux) counts turns of its loop, LLVM's and Intel's (macOS, Windows) milliseconds.
    """
    if not any(name in variables for name in OWN):
        variables["GOMP_SPINCOUNT"], variables["KMP_BLOCKTIME"] = str(SPINS), "1"


def free_cores(variables: Mapping[str, str] = os.environ) -> int | None:
    """Return how many of the cores that this process may use are free now; 1 at least.

    Returns:
        None where the user has chosen a number of threads by a variable, or where the system does
        not say which cores are busy.
    """
    if any(name in variables for name in COUNTS) or not hasattr(os, "sched_getaffinity"):
        return None
    mine = os.sched_getaffinity(0)
    before = busy_and_all(_read())
    time.sleep(SECONDS)
    after = busy_and_all(_read())
    if not mine <= before.keys() & after.keys():
        return None
    free = 0
    for core in mine:
        busy, whole = (late - early for early, late in zip(before[core], after[core], strict=True))
        free += 2 * busy <= whole
    return max(1, free)


def threads_to_share(variables: Mapping[str, str] = os.environ) -> int:
    """Return among how many threads a computation is to be shared out that PyTorch does not do.

    They are as many as PyTorch has been told to take, where it is loaded; else as many as the user
    has chosen by a variable, or as there are cores that this process may use.
    """
    # While another thread imports PyTorch, it is there without its functions.
    if ask := getattr(sys.modules.get("torch"), "get_num_threads", None):
        return int(ask())
    for name in COUNTS:
        if (chosen := variables.get(name, "")).isdecimal():
            return max(1, int(chosen))
    return usable_cores()


def usable_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _read() -> str:
    try:
        return STAT.read_text()
    except OSError:
        return ""


def busy_and_all(stat: str) -> dict[int, tuple[int, int]]:
    """Return, for each core in the text of /proc/stat, ticks of work and ticks in all."""
    found = {}
    for line in stat.splitlines():
        name, *numbers = line.split()
        if name.startswith("cpu") and name[3:].isdecimal() and len(numbers) >= 5:
            ticks = [int(number) for number in numbers[:8]]
            idle = ticks[3] + ticks[4]  # doing nothing, and waiting for a disk
            found[int(name[3:])] = sum(ticks) - idle, sum(ticks)
    return found
