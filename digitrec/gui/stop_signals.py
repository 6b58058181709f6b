"""Signals that close the window, noted until it looks for them."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

__all__ = ["noted_signals"]

# Windows has no SIGHUP.
NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


@contextlib.contextmanager
def noted_signals() -> Iterator[list[int]]:
    """Note the first signal that stops a command. A second one acts as it would have done.

    The exception that Python raises after a signal comes up in one of Tk's callbacks, and would
    wait there for the event loop that is to pass it on: while a dialog asks for a file, until the
    user has answered.

    Signals that are ignored, or end the process at once, do so here, too. Python handles signals in
    the main thread only; in another one this does nothing.

    Yields:
        The number of the signal, once it has come.
    """
    came: list[int] = []
    handlers = {}
    if threading.current_thread() is threading.main_thread():
        numbers = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
        found = {number: signal.getsignal(number) for number in numbers}
        handlers = {number: handler for number, handler in found.items() if callable(handler)}

    def restore() -> None:
        for number, handler in handlers.items():
            signal.signal(number, handler)

    def note(number: int, _: FrameType | None) -> None:
        restore()
        came.append(number)

    try:
        for number in handlers:  # a signal may come between two of them
            signal.signal(number, note)
        yield came
    finally:
        restore()
