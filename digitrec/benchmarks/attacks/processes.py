"""Processes to be attacked: they start at once, because slow imports were done before."""

from __future__ import annotations

from typing import Any

from digitrec.sweeps.parallel import process_context

__all__ = ["attacked_processes"]

PRELOADED = ["digitrec.benchmarks.attacks"]  # with all that the work and the readers import


def attacked_processes() -> Any:
    """Return the way to start them, as `multiprocessing.get_context` does."""
    context = process_context()
    if context.get_start_method() == "forkserver":
        context.set_forkserver_preload(PRELOADED)
    return context
