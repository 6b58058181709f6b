"""Stop on Ctrl-C, SIGTERM and SIGHUP (a closed terminal), but only where a loop asks for it."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType

__all__ = ["StopRequest"]

ALWAYS = (signal.SIGINT, signal.SIGTERM)
# Windows has no SIGHUP.
STOPPING = (*ALWAYS, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else []))


class StopRequest:
    """A context in which the first SIGINT, SIGTERM or SIGHUP is only recorded.

    A second one acts as usual.

    A SIGHUP that is ignored, as under ``nohup``, stays ignored.

    Python handles signals in the main thread only. In another thread nothing is recorded.

    Attributes:
        signal_number: The signal that was received; None before.
    """

    def __init__(self) -> None:
        self.signal_number: int | None = None
        self._previous: dict[int, object] = {}

    def __enter__(self) -> StopRequest:
        if threading.current_thread() is threading.main_thread():
            for number in STOPPING:
                if signal.getsignal(number) is signal.SIG_IGN and number not in ALWAYS:
                    continue
                self._previous[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._restore()

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.signal_number = number
        self._restore()

    def _restore(self) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        self._previous.clear()
