"""The control bar below the canvas: the pen, the eraser, undo and redo, and reading."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from dataclasses import dataclass
from tkinter import ttk

from digitrec.gui.theme import Theme, mix

__all__ = ["ControlActions", "ControlBar"]

MAX_SCALE_OF_ONE_ROW = 1.3  # larger buttons in one row would need a screen that is too wide
MIN_PEN, MAX_PEN = 3.0, 40.0  # diameter in pixels of a screen of 96 dpi


@dataclass(frozen=True)
class ControlActions:
    """What the buttons and the slider of a `ControlBar` call."""

    undo: Callable[[], None]
    redo: Callable[[], None]
    clear: Callable[[], None]
    recognize: Callable[[], None]
    set_live: Callable[[bool], None]
    set_erasing: Callable[[bool], None]
    set_pen: Callable[[float], None]


class ControlBar(ttk.Frame):
    """A slider for the width of the pen, and buttons."""

    def __init__(
        self, master: tk.Misc, theme: Theme, actions: ControlActions, *, pen: float, live: bool
    ) -> None:
        """Make the bar.

        Args:
            master: The frame that it is part of.
            theme: Colours and sizes.
            actions: What to call.
            pen: Diameter of the pen in pixels of a screen of 96 dpi.
            live: Whether "Live" is switched on.
        """
        super().__init__(master)
        self.theme, self._actions = theme, actions
        gap = theme.px(6)
        side = theme.px(MAX_PEN)
        row = ttk.Frame(self)
        row.pack(fill="x")
        last_row = row
        if theme.scale > MAX_SCALE_OF_ONE_ROW:
            last_row = ttk.Frame(self)
            last_row.pack(fill="x", pady=(gap, 0))
        self._dot = tk.Canvas(
            row, width=side, height=side, background=theme.colours.window, highlightthickness=0
        )
        self._dot.pack(side="left")
        self.pen = ttk.Scale(
            row,
            from_=MIN_PEN,
            to=MAX_PEN,
            value=pen,
            length=theme.px(92),
            style=theme.slider_style,
            command=lambda value: self._set_pen(float(value)),
        )
        self.pen.pack(side="left", padx=(gap, 2 * gap))
        self.eraser = _toggle_button(row, "Eraser", actions.set_erasing, on=False)
        self.undo = ttk.Button(row, text="Undo", command=actions.undo)
        self.redo = ttk.Button(row, text="Redo", command=actions.redo)
        self.clear = ttk.Button(row, text="Clear", command=actions.clear)
        for button in (self.eraser, self.undo, self.redo, self.clear):
            button.pack(side="left", padx=(0, gap))
        # In the order in which they are seen, which is that of the Tab key.
        self.live = _toggle_button(last_row, "Live", actions.set_live, on=live)
        self.recognize = ttk.Button(
            last_row, text="Recognize", style="Accent.TButton", command=actions.recognize
        )
        self.recognize.pack(side="right")
        self.live.pack(side="right", padx=(2 * gap, gap))
        self._set_pen(pen)

    def show(self, *, undoable: bool, redoable: bool, clearable: bool) -> None:
        """Enable the buttons that have an effect, and disable the others."""
        states = ((self.undo, undoable), (self.redo, redoable), (self.clear, clearable))
        for button, possible in states:
            if button.instate(["disabled"]) == possible:
                button.state(["!disabled" if possible else "disabled"])

    def show_erasing(self, erasing: bool) -> None:
        """Show whether the left mouse button erases."""
        self.eraser.state(["selected" if erasing else "!selected"])

    def _set_pen(self, width: float) -> None:
        px, colours = self.theme.px, self.theme.colours
        middle, size = px(MAX_PEN) / 2, px(width)
        self._dot.delete("all")
        # A line of no length with round ends is rounder than Tk's ovals. A fainter and larger one
        # below it makes its edge smooth.
        for more, colour in ((1, mix(colours.window, colours.ink, 0.35)), (-1, colours.ink)):
            self._dot.create_line(
                *(middle,) * 4, width=max(size + more, 1), capstyle="round", fill=colour
            )
        self._actions.set_pen(width)


def _toggle_button(
    master: tk.Misc, text: str, change: Callable[[bool], None], *, on: bool
) -> ttk.Checkbutton:
    """Make a button that stays down. It needs no Tk variable, because it has a state."""
    button = ttk.Checkbutton(
        master,
        text=text,
        style="Toggle.TButton",
        command=lambda: change(button.instate(["selected"])),
    )
    button.state(["!alternate", "selected" if on else "!selected"])
    return button
