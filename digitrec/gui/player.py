"""Shows on the canvas how a drawing was drawn."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from digitrec.gui.canvas import Canvas

if TYPE_CHECKING:
    from digitrec.drawing.strokes import Stroke

__all__ = ["Player"]

FRAME = 16  # milliseconds between two frames


class Player:
    """Replays strokes on a canvas, until it is done or stopped, or somebody draws."""

    def __init__(self, canvas: Canvas, done: Callable[[], None]) -> None:
        self._canvas, self._done = canvas, done
        self._next = ""

    @property
    def playing(self) -> bool:
        """Whether a replay is under way."""
        return bool(self._next)

    def play(self, strokes: Sequence[Stroke]) -> None:
        """Begin to draw these strokes once more, from the first."""
        from digitrec.gui.replay import due, timetable

        self.stop()
        table, began = timetable(strokes), time.perf_counter()

        def frame() -> None:
            seconds = time.perf_counter() - began
            if seconds >= table[-1][-1] or self._canvas.drawing_now:
                self._next = ""
                self._done()
                return
            self._canvas.show_strokes(due(strokes, table, seconds))
            self._next = self._canvas.after(FRAME, frame)

        frame()

    def stop(self) -> None:
        """Stop; what the canvas ought to show is for others to say."""
        if self._next:
            self._canvas.after_cancel(self._next)
            self._next = ""
