"""The canvas to draw on: it turns what the mouse or the pen does into strokes.

The right button is an eraser. It removes every stroke that it touches between press and release, as
one step of undo. Only whole strokes are erased, because a stroke is what a pen really drew, with
its times, and nobody ever drew half of it.
"""

from __future__ import annotations

import math
import time
import tkinter as tk
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digitrec.gui.canvas.overlays import Overlays
from digitrec.gui.canvas.stroke_layer import StrokeLayer
from digitrec.gui.theme import Theme

# The window is shown before NumPy and what needs it are imported, so that is done in functions.
if TYPE_CHECKING:
    from digitrec.drawing.strokes import Drawing, Stroke
    from digitrec.recognition.results import Digit

__all__ = ["CanvasActions", "DrawingCanvas"]

UNFINISHED_SECONDS = 0.08  # from one reading of an unfinished stroke to the next
MIN_SIDE = 320  # pixels; less where everything is smaller, as on a small screen
CLICK = 4  # pixels of a screen of 96 dpi: how far a click may move
ERASER_RADIUS = 6  # pixels of a screen of 96 dpi

Point = tuple[float, float, float]  # x and y in pixels, seconds since the drawing was started


@dataclass(frozen=True)
class CanvasActions:
    """What a `DrawingCanvas` calls.

    Attributes:
        add: Called with a stroke that is finished.
        show_unfinished: Called from time to time with the stroke that is being drawn.
        erase: Called with the strokes that were erased.
        resize: Called with the new width and height in pixels.
        click: Called with the index of the digit of a picture that was clicked on, or None.
    """

    add: Callable[[Stroke], None]
    show_unfinished: Callable[[Stroke], None]
    erase: Callable[[Sequence[Stroke]], None]
    resize: Callable[[int, int], None]
    click: Callable[[int | None], None]


class DrawingCanvas(tk.Frame):
    """Shows a drawing and reports what the user draws and erases. It does not change the drawing.

    Attributes:
        area: Tk's canvas.
        strokes: The strokes that are shown on it.
        overlays: What else is shown on it.
        pen_width: Diameter of the pen in pixels.
    """

    drawing: Drawing | None = None  # none until `start`

    def __init__(self, master: tk.Misc, theme: Theme, actions: CanvasActions) -> None:
        super().__init__(master, background=theme.colours.border, padx=1, pady=1)
        self.theme, self.actions = theme, actions
        self.pen_width = 16.0
        self._erasing = False
        self._points: list[Point] = []  # of the stroke that is being drawn
        self._clicking = False  # whether the button is down on a picture and has not moved
        self._early: list[tuple[list[Point], float]] = []  # strokes drawn before `start`
        self._started_at = math.inf  # when this drawing was started; infinite until a stroke is
        self._shown_at = 0.0  # when the unfinished stroke was reported last, since that start
        self._eraser_path: list[tuple[float, float]] = []
        self._erased: dict[int, Stroke] = {}  # by the eraser while its button is down
        self.area = tk.Canvas(
            self,
            background=theme.colours.canvas,
            highlightthickness=0,
            borderwidth=0,
            takefocus=True,
            width=min(MIN_SIDE, theme.px(MIN_SIDE)),
            height=min(MIN_SIDE, theme.px(MIN_SIDE)),
        )
        self.area.pack(fill="both", expand=True)
        self.strokes = StrokeLayer(self.area, theme)
        self.overlays = Overlays(self.area, theme)
        self.erasing = False
        self._bind()

    def destroy(self) -> None:
        """Destroy the canvas and its images."""
        super().destroy()
        self.strokes.delete()
        self.overlays.delete()

    def start(self, drawing: Drawing) -> None:
        """Let the user draw on this drawing from now on.

        What was drawn before is added to it, also the beginning of a stroke that is not finished.
        """
        self.drawing = drawing
        if self.area.winfo_width() > 1:  # else it is not laid out yet, and that will be told
            self._resized(self.area.winfo_width(), self.area.winfo_height())
        early, self._early = self._early, []
        for points, width in early:
            self._add(_stroke(points, width))

    def _bind(self) -> None:
        area, macos = self.area, self.tk.call("tk", "windowingsystem") == "aqua"
        area.bind("<ButtonPress-1>", self._press)
        area.bind("<B1-Motion>", self._move)
        area.bind("<ButtonRelease-1>", self._release)
        for button in (2, 3) if macos else (3,):
            area.bind(f"<ButtonPress-{button}>", self._erase)
            area.bind(f"<B{button}-Motion>", self._erase)
            area.bind(f"<ButtonRelease-{button}>", lambda _: self._finish_erasing())
        area.bind("<Configure>", lambda event: self._resized(event.width, event.height))
        area.bind("<FocusIn>", lambda _: self.configure(background=self.theme.colours.accent))
        area.bind("<FocusOut>", lambda _: self.configure(background=self.theme.colours.border))

    @property
    def erasing(self) -> bool:
        """Whether the left button erases too."""
        return self._erasing

    @erasing.setter
    def erasing(self, erasing: bool) -> None:
        self._erasing = erasing
        self.area.configure(cursor="dotbox" if erasing else "pencil")

    @property
    def button_down(self) -> bool:
        """Whether the user is drawing or erasing now."""
        return bool(self._points or self._eraser_path)

    def finish_input(self) -> None:
        """End what the user is drawing or erasing as if the button had been released."""
        self._finish_stroke()
        self._finish_erasing()

    # --- the pen ------------------------------------------------------------------------------

    def _press(self, event: tk.Event[tk.Canvas]) -> None:
        self.area.focus_set()
        if self._erasing:
            self._erase(event)
            return
        self.finish_input()  # if its release never came, as when a dialog was opened
        self._set_clock(_seconds(event))
        self._points = [self._point(event)]
        self._clicking = self.overlays.picture_shown
        if not self._clicking:
            self.overlays.hide()
            self.strokes.extend_unfinished(self._points * 2, self.pen_width)

    def _set_clock(self, now: float) -> None:
        """Let the times of a stroke that begins now follow those of the strokes before it."""
        last = self._last_seconds()
        # The strokes may be timed by another clock: that of an earlier canvas, or of a file.
        if last is None or now - self._started_at < last:
            self._started_at = now - (last or 0.0)
            self._shown_at = 0.0

    def _last_seconds(self) -> float | None:
        """Return the last time of the strokes; 0 if it is unknown, None if there are no strokes."""
        if self.drawing is None:
            return max((points[-1][2] for points, _ in self._early), default=None)
        times = (stroke.times for stroke in self.drawing.strokes)
        return max((0.0 if known is None else float(known[-1]) for known in times), default=None)

    def _move(self, event: tk.Event[tk.Canvas]) -> None:
        if self._eraser_path:
            self._erase(event)
        if not self._points:
            return
        point = self._point(event)
        if point[:2] == self._points[-1][:2]:
            return
        self._points.append(point)
        if self._clicking:
            if math.dist(point[:2], self._points[0][:2]) > self.theme.px(CLICK):
                self._clicking = False  # it is a stroke, which takes the picture's place
                self.overlays.hide()
                self.strokes.extend_unfinished(self._points, self.pen_width)
            return
        self.strokes.extend_unfinished(self._points[-2:], self.pen_width)
        if self.drawing is not None and point[2] - self._shown_at >= UNFINISHED_SECONDS:
            self._shown_at = point[2]
            self.actions.show_unfinished(_stroke(self._points, self.pen_width))

    def _release(self, event: tk.Event[tk.Canvas]) -> None:
        if self._eraser_path:
            self._finish_erasing()
        elif self._points:
            self._move(event)
            self._finish_stroke()

    def _finish_stroke(self) -> None:
        if not self._points:
            return
        points, self._points = self._points, []
        if self._clicking:
            self._clicking = False
            self.actions.click(self.overlays.digit_at(*points[0][:2]))
        elif self.drawing is None:
            self._early.append((points, self.pen_width))
        else:
            self._add(_stroke(points, self.pen_width))

    def _add(self, stroke: Stroke) -> None:
        self.strokes.finish(stroke)
        self.actions.add(stroke)

    def _point(self, event: tk.Event[tk.Canvas]) -> Point:
        # Pixel x covers x to x + 1, and the tip of the pen is in its centre.
        seconds = max(_seconds(event) - self._started_at, 0.0)
        if self._points:
            seconds = max(seconds, self._points[-1][2])
        return event.x + 0.5, event.y + 0.5, seconds

    # --- the eraser ---------------------------------------------------------------------------

    def _erase(self, event: tk.Event[tk.Canvas]) -> None:
        import numpy as np

        from digitrec.drawing.eraser import strokes_touched

        if self.drawing is None:
            return
        self._finish_stroke()
        self._eraser_path.append((event.x + 0.5, event.y + 0.5))
        path = np.array(self._eraser_path[-2:])
        left = [stroke for stroke in self.drawing.strokes if id(stroke) not in self._erased]
        touched = strokes_touched(left, path, self.theme.px(ERASER_RADIUS))
        if touched:
            self._erased |= {id(stroke): stroke for stroke in touched}
            self.strokes.repaint([stroke for stroke in left if id(stroke) not in self._erased])

    def _finish_erasing(self) -> None:
        erased = list(self._erased.values())
        self._eraser_path, self._erased = [], {}
        if erased:
            self.actions.erase(erased)

    # --- what is shown ------------------------------------------------------------------------

    def show_hint(self, shown: bool) -> None:
        """Show what the empty canvas is for, but not while the user draws."""
        self.overlays.show_hint(shown and not self.button_down)

    def show_boxes(self, digits: Sequence[Digit], selected: int) -> None:
        """Show a box around each digit of a number, but not while the user draws."""
        self.overlays.show_boxes(() if self.button_down else digits, selected)

    def lines_to_pixels(self) -> None:
        """Show all strokes as pixels, but not while the user draws."""
        if not self.button_down:
            self.strokes.lines_to_pixels()

    def _resized(self, width: int, height: int) -> None:
        if self.drawing is None:
            self.show_hint(not self._early)
            return
        self.strokes.resize(width, height)
        self.actions.resize(width, height)


def _stroke(points: Sequence[Point], width: float) -> Stroke:
    import numpy as np

    from digitrec.drawing.strokes import Stroke

    array = np.array(points)  # (P, 3)
    return Stroke(array[:, :2], width, array[:, 2])


def _seconds(event: tk.Event[tk.Canvas]) -> float:
    """Return when an event happened, and not when it is handled, which may be later."""
    # An event that a program made up has no time.
    return event.time / 1000 if event.time else time.perf_counter()
