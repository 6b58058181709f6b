"""Replay a drawing on the canvas, as fast as it was drawn."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from digitrec.gui.canvas.drawing_canvas import DrawingCanvas

if TYPE_CHECKING:
    from digitrec.drawing.strokes import Stroke

__all__ = ["ReplayPlayer"]

FRAME = 16  # milliseconds from one frame to the next


class ReplayPlayer:
    """Replays strokes on a canvas until the end, until it is stopped, or until the user draws."""

    def __init__(self, canvas: DrawingCanvas, done: Callable[[], None]) -> None:
        """Replay on ``canvas``, and call ``done`` at the end."""
        self._canvas, self._done = canvas, done
        self._next_frame = ""  # Tk's name of the call that is pending

    @property
    def playing(self) -> bool:
        """Whether it is playing."""
        return bool(self._next_frame)

    def play(self, strokes: Sequence[Stroke]) -> None:
        """Start to replay these strokes."""
        from digitrec.gui.session.replay_timetable import drawn_until, timetable

        self.stop()
        table, started = timetable(strokes), time.perf_counter()

        def show_frame() -> None:
            seconds = time.perf_counter() - started
            if seconds >= table[-1][-1] or self._canvas.button_down:
                self._next_frame = ""
                self._done()
                return
            self._canvas.strokes.show(drawn_until(strokes, table, seconds))
            self._next_frame = self._canvas.after(FRAME, show_frame)

        show_frame()

    def stop(self) -> None:
        """Stop. The caller shows what the canvas should show then."""
        if self._next_frame:
            self._canvas.after_cancel(self._next_frame)
            self._next_frame = ""
