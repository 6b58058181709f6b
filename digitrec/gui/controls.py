"""Below the canvas: the pen, the steps back and forth, and reading."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from dataclasses import dataclass
from tkinter import ttk

from digitrec.gui.look import Look, mix

__all__ = ["Actions", "Controls"]

ONE_ROW_UP_TO = 1.3  # times the usual size; larger buttons would need too wide a screen
THINNEST, THICKEST = 3.0, 40.0  # diameter of the pen, in pixels of a screen of 96 dots an inch


@dataclass(frozen=True)
class Actions:
    """What the buttons do."""

    undo: Callable[[], None]
    redo: Callable[[], None]
    clear: Callable[[], None]
    recognize: Callable[[], None]
    live: Callable[[bool], None]
    erase: Callable[[bool], None]
    pen: Callable[[float], None]


class Controls(ttk.Frame):
    """A slider for the pen, and buttons."""

    def __init__(
        self, master: tk.Misc, look: Look, actions: Actions, *, pen: float, live: bool
    ) -> None:
        super().__init__(master)
        self.look, self._actions = look, actions
        gap = look.px(6)
        side = look.px(THICKEST)
        colours = look.colours
        row = ttk.Frame(self)
        row.pack(fill="x")
        last = row
        if look.scale > ONE_ROW_UP_TO:
            last = ttk.Frame(self)
            last.pack(fill="x", pady=(gap, 0))
        self._dot = tk.Canvas(
            row, width=side, height=side, background=colours.window, highlightthickness=0
        )
        self._dot.pack(side="left")
        self.pen = ttk.Scale(
            row,
            from_=THINNEST,
            to=THICKEST,
            value=pen,
            length=look.px(92),
            style=look.slider_style,
            command=lambda value: self._set_pen(float(value)),
        )
        self.pen.pack(side="left", padx=(gap, 2 * gap))
        self.eraser = _toggle(row, "Eraser", actions.erase, on=False)
        self.undo = ttk.Button(row, text="Undo", command=actions.undo)
        self.redo = ttk.Button(row, text="Redo", command=actions.redo)
        self.clear = ttk.Button(row, text="Clear", command=actions.clear)
        for button in (self.eraser, self.undo, self.redo, self.clear):
            button.pack(side="left", padx=(0, gap))
        self.recognize = ttk.Button(
            last, text="Recognize", style="Accent.TButton", command=actions.recognize
        )
        self.recognize.pack(side="right")
        self.live = _toggle(last, "Live", actions.live, on=live)
        self.live.pack(side="right", padx=(2 * gap, gap))
        self._set_pen(pen)

    def show(self, *, undoable: bool, redoable: bool, clearable: bool) -> None:
        """Let only those buttons be pressed that would do something."""
        states = ((self.undo, undoable), (self.redo, redoable), (self.clear, clearable))
        for button, possible in states:
            if button.instate(["disabled"]) == possible:
                button.state(["!disabled" if possible else "disabled"])

    def _set_pen(self, width: float) -> None:
        middle, size, colours = self.look.px(THICKEST) / 2, self.look.px(width), self.look.colours
        self._dot.delete("all")
        # A point with a round cap is rounder than Tk's ovals; a fainter one takes the steps off.
        for more, colour in ((1, mix(colours.window, colours.ink, 0.35)), (-1, colours.ink)):
            self._dot.create_line(
                *(middle,) * 4, width=max(size + more, 1), capstyle="round", fill=colour
            )
        self._actions.pen(width)


def _toggle(
    master: tk.Misc, text: str, change: Callable[[bool], None], *, on: bool
) -> ttk.Checkbutton:
    """Make a button that stays down; it needs no variable, for its state says all."""
    button = ttk.Checkbutton(
        master,
        text=text,
        style="Toggle.TButton",
        command=lambda: change(button.instate(["selected"])),
    )
    button.state(["!alternate", "selected" if on else "!selected"])
    return button
