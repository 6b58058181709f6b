"""Stop on Ctrl-C, SIGTERM and SIGHUP (a closed terminal), but only where a loop checks."""

from __future__ import annotations

import signal
import threading
from types import FrameType

__all__ = ["STOPPING", "StopRequest"]

ALWAYS = (signal.SIGINT, signal.SIGTERM)
# Windows has no SIGHUP.
STOPPING = (*ALWAYS, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else []))
"""The signals that stop a run or a sweep."""


class StopRequest:
    """A context in which the first SIGINT, SIGTERM or SIGHUP is only recorded.

    A second one acts as usual.

    A SIGHUP that is ignored, as under ``nohup``, stays ignored.

    One context may stand in another, as a run does in a sweep: both record the signal. A run whose
    last step is taken comes to its end all the same, and then the sweep stops.

    Python handles signals in the main thread only. In another thread nothing is recorded.

    Attributes:
        signal_number: The signal that was received; None before.
    """

    def __init__(self) -> None:
        self.signal_number: int | None = None
        self._previous: dict[int, object] = {}
        self._outer: StopRequest | None = None

    def __enter__(self) -> StopRequest:
        if threading.current_thread() is threading.main_thread():
            for number in STOPPING:
                if signal.getsignal(number) is signal.SIG_IGN and number not in ALWAYS:
                    continue
                previous = signal.signal(number, self._note)
                self._previous[number] = previous
                outer = getattr(previous, "__self__", None)
                self._outer = outer if isinstance(outer, StopRequest) else None
        return self

    def __exit__(self, *_: object) -> None:
        self._restore()

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.signal_number = number
        self._restore()
        if self._outer is not None:
            self._outer._note(number, frame)

    def _restore(self) -> None:
        # Of a copy: a signal meanwhile is noted, which puts all of them back.
        for number, handler in list(self._previous.items()):
            signal.signal(number, handler)  # type: ignore[arg-type]
        self._previous.clear()
