"""Signals that wait while others' modules are imported, which may take an exception for a fault."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

__all__ = ["held_signals"]

# Windows has no SIGHUP.
NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


@contextlib.contextmanager
def held_signals() -> Iterator[None]:
    """Let the signals that stop a command wait until the end of this context.

    The exception that Python raises after a signal would be lost in compiled modules: while they
    are imported they turn it into an ImportError, as if they were damaged or missing. Signals that
    are ignored, or end the process at once, do so here, too.

    Python handles signals in the main thread only; in another one this does nothing.
    """
    came: list[int] = []

    def note(number: int, _: FrameType | None) -> None:
        came.append(number)

    handlers = {}
    if threading.current_thread() is threading.main_thread():
        numbers = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
        found = {number: signal.getsignal(number) for number in numbers}
        handlers = {number: handler for number, handler in found.items() if callable(handler)}
    try:
        for number in handlers:  # a signal may come between two of them
            signal.signal(number, note)
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        if came:
            signal.raise_signal(came[0])
