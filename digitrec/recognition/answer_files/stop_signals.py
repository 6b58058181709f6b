"""SIGTERM, and SIGHUP of a closed terminal, which stop a command as Ctrl-C does: in good order."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import NoReturn

from digitrec.errors import Interrupted

__all__ = ["signal_of", "stopped_in_good_order"]

# Windows has no SIGHUP.
NAMES = ("SIGTERM", "SIGHUP")


def signal_of(stop: KeyboardInterrupt) -> int:
    """Return the number of the signal that it stands for."""
    return stop.args[0] if stop.args else signal.SIGINT


@contextlib.contextmanager
def stopped_in_good_order() -> Iterator[None]:
    """Let each signal raise KeyboardInterrupt, the first time; a second one acts as usual.

    A signal that is ignored, as SIGHUP is under ``nohup``, stays ignored. Python handles signals in
    the main thread only; in another one this does nothing.

    Raises:
        Interrupted: for a KeyboardInterrupt of such a signal that nobody else has caught.
    """
    numbers = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    usual = {number: handler for number, handler in before.items() if handler == signal.SIG_DFL}
    if threading.current_thread() is not threading.main_thread():
        usual = {}

    def restore() -> None:
        for number, handler in usual.items():
            signal.signal(number, handler)

    def stop(number: int, _: FrameType | None) -> NoReturn:
        restore()
        raise KeyboardInterrupt(number)

    for number in usual:
        signal.signal(number, stop)
    try:
        yield
    except KeyboardInterrupt as error:
        if not error.args:
            raise
        raise Interrupted("interrupted", signal_of(error)) from None
    finally:
        restore()
