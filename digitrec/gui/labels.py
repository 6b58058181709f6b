"""The row in which one says what a drawing was, and how many are kept."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk

from digitrec.gui.look import Look

__all__ = ["LabelPanel"]


class LabelPanel(ttk.Frame):
    """Ten buttons, one a digit; below them how many drawings are kept to learn from.

    ``learning`` is the row below, for what is done with them.
    """

    def __init__(self, master: tk.Misc, look: Look, say: Callable[[int], None]) -> None:
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
        self.learning = ttk.Frame(self)
        self.learning.grid(row=2, column=0, columnspan=10, sticky="ew", pady=(look.px(6), 0))
        self.count = ttk.Label(self.learning, style="Muted.TLabel")
        self.count.pack(side="left")
        self._shown: tuple[int | None, int | None, int | None] = (-1, None, None)

    def show(self, label: int | None, stored: int | None, place: int | None) -> None:
        """Show what was said of the digit selected; place: which it is, where there are several."""
        if (label, stored, place) == self._shown:
            return  # changing a style lays the whole row out anew
        self._shown = label, stored, place
        which = "It" if place is None else f"Digit {place}"
        self.title.configure(text=f"{which} was a …")
        for digit, button in enumerate(self.buttons):
            button.configure(style="Digit.Accent.TButton" if digit == label else "Digit.TButton")
        if stored is None:
            said = ""
        elif stored == 0:
            said = "No drawings kept yet."
        else:
            said = f"{stored:,} drawing{'s' if stored > 1 else ''} kept."
        self.count.configure(text=said)
