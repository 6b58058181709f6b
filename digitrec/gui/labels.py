"""The row in which one says what a drawing was, and the one that lets a network learn from it."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import font, ttk

from digitrec.gui.look import Look

__all__ = ["LabelPanel"]

LEARN = "Learn my hand"


class LabelPanel(ttk.Frame):
    """Ten buttons, one a digit; below them how many drawings are kept, and a button to learn."""

    def __init__(
        self,
        master: tk.Misc,
        look: Look,
        say: Callable[[int], None],
        learn: Callable[[], None],
    ) -> None:
        super().__init__(master)
        self.title = ttk.Label(self, text="It was a …")
        self.title.grid(row=0, column=0, columnspan=10, sticky="w", pady=(0, look.px(4)))
        self.buttons = [
            ttk.Button(
                self,
                text=str(digit),
                width=2,
                style="Digit.TButton",
                command=lambda digit=digit: say(digit),  # type: ignore[misc]
            )
            for digit in range(10)
        ]
        for digit, button in enumerate(self.buttons):
            button.grid(row=1, column=digit, sticky="ew", padx=(0 if digit == 0 else look.px(3), 0))
            self.columnconfigure(digit, weight=1, uniform="digit")
        row = ttk.Frame(self)
        row.grid(row=2, column=0, columnspan=10, sticky="ew", pady=(look.px(8), 0))
        # As wide as its longest text: what is drawn on keeps its size while drawings are kept.
        widest = font.nametofont("SunValleyCaptionFont", row).measure(_kept(0, 10))
        row.columnconfigure(0, weight=1, minsize=widest + look.px(12))
        self.count = ttk.Label(row, style="Muted.TLabel")
        self.count.grid(row=0, column=0, sticky="w")
        self.learn = ttk.Button(row, text=LEARN, width=len(LEARN), command=learn)
        self.learn.grid(row=0, column=1, sticky="e")
        self._shown: object = None

    def show(self, label: int | None, place: int | None) -> None:
        """Show what was said of the digit selected; place: which it is, where there are several."""
        if (label, place) == self._shown:
            return  # changing a style lays the whole row out anew
        self._shown = label, place
        which = "It" if place is None else f"Digit {place}"
        self.title.configure(text=f"{which} was a …")
        for digit, button in enumerate(self.buttons):
            button.configure(style="Digit.Accent.TButton" if digit == label else "Digit.TButton")

    def show_kept(self, stored: int | None, *, lacking: int, learning: bool) -> None:
        """Show how many drawings are kept, how many it lacks to learn, or that it learns now."""
        self.count.configure(text="" if stored is None else _kept(stored, lacking))
        self.learn.configure(text="Learning …" if learning else LEARN)
        ready = stored is not None and not lacking and not learning
        self.learn.state(["!disabled" if ready else "disabled"])


def _kept(stored: int, lacking: int) -> str:
    if lacking:
        return f"{stored} of {stored + lacking} drawings kept"
    return f"{stored:,} drawings kept"
