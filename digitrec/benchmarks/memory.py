"""Peak memory of a training, and how much memory this process holds."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from digitrec.errors import DigitrecError

__all__ = ["resident_megabytes", "training_memory"]


def training_memory(words: Sequence[str]) -> str:
    """Train for an epoch in a process of its own, and return a line with its peak memory.

    Args:
        words: Settings of training, ``key=value``.

    Raises:
        DigitrecError: if the system does not say how much memory a process took, or the training
            fails.
    """
    if not hasattr(os, "wait4"):
        raise DigitrecError(
            "bench memory needs Linux or macOS: this system does not say how much memory a process "
            "took"
        )
    with tempfile.TemporaryDirectory() as place:
        given = ["epochs=1", *words]
        command = [sys.executable, "-m", "digitrec.train", *given, f"run_dir={place}/run"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise DigitrecError(f"the training ended with exit code {process.returncode}")
    # macOS counts bytes, Linux kilobytes.
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return f"peak resident memory of digitrec train {' '.join(given)}: {peak / 1e9:.2f} GB"


def resident_megabytes() -> float:
    """Return the memory that this process holds in MB; 0 where the system reports it otherwise."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0.0
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        # Memory that is free, but kept by the allocator, is given back first.
        ctypes.CDLL(None).malloc_trim(0)
    return int(status.read_text().partition("VmRSS:")[2].split()[0]) / 2**10
