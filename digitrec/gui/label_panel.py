"""The panel to say which digit a drawing was; its button opens the corrected drawings."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import font, ttk

from digitrec.gui.theme import Theme

__all__ = ["LabelPanel"]

MY_DRAWINGS = "My drawings …"
LEARNING = "Learning {:.0%} …"
LEARNT = "Look what it learnt"


class LabelPanel(ttk.Frame):
    """Ten buttons, one for each digit. Below them, the number of drawings, and a button."""

    def __init__(
        self,
        master: tk.Misc,
        theme: Theme,
        give_label: Callable[[int], None],
        show_drawings: Callable[[], None],
    ) -> None:
        super().__init__(master)
        self.title = ttk.Label(self, text="It was a …")
        self.title.grid(row=0, column=0, columnspan=10, sticky="w", pady=(0, theme.px(4)))
        self.buttons = [
            ttk.Button(
                self,
                text=str(digit),
                width=2,
                style="Digit.TButton",
                command=lambda digit=digit: give_label(digit),  # type: ignore[misc]
            )
            for digit in range(10)
        ]
        for digit, button in enumerate(self.buttons):
            gap = 0 if digit == 0 else theme.px(3)
            button.grid(row=1, column=digit, sticky="ew", padx=(gap, 0))
            self.columnconfigure(digit, weight=1, uniform="digit")
        row = ttk.Frame(self)
        row.grid(row=2, column=0, columnspan=10, sticky="ew", pady=(theme.px(8), 0))
        # As wide as its longest text, so that the canvas keeps its size while drawings are stored.
        widest = font.nametofont("SunValleyCaptionFont", row).measure(_count_text(0, 10))
        row.columnconfigure(0, weight=1, minsize=widest + theme.px(12))
        self.count = ttk.Label(row, style="Muted.TLabel")
        self.count.grid(row=0, column=0, sticky="w")
        self.drawings = ttk.Button(
            row, text=MY_DRAWINGS, width=len(LEARNT) - 1, command=show_drawings
        )
        self.drawings.grid(row=0, column=1, sticky="e")
        self._shown: tuple[int | None, int | None] | None = None
        self._shown_button = MY_DRAWINGS, "TButton"

    def show_label(self, label: int | None, number: int | None) -> None:
        """Show the label that was given to the selected digit.

        Args:
            label: The label, or None.
            number: Which digit is selected, counted from 1. None if there is only one.
        """
        if (label, number) == self._shown:
            return  # a change of style makes Tk arrange the whole row again
        self._shown = label, number
        subject = "It" if number is None else f"Digit {number}"
        self.title.configure(text=f"{subject} was a …")
        for digit, button in enumerate(self.buttons):
            button.configure(style="Digit.Accent.TButton" if digit == label else "Digit.TButton")

    def show_count(
        self, count: int | None, *, lacking: int | None, progress: float | None, learnt: bool
    ) -> None:
        """Show how many corrected drawings there are.

        Args:
            count: How many. None if that is not known yet.
            lacking: How many more are needed to learn from them. None if that is not known yet.
            progress: Share of the learning that is done. None if the network is not learning now.
            learnt: Whether there is a new network to decide on.
        """
        self.count.configure(text="" if count is None else _count_text(count, lacking))
        text = MY_DRAWINGS
        if progress is not None:
            text = LEARNING.format(progress)
        elif learnt:
            text = LEARNT
        style = "Accent.TButton" if learnt else "TButton"
        if (text, style) != self._shown_button:
            self._shown_button = text, style
            self.drawings.configure(text=text, style=style)


def _count_text(count: int, lacking: int | None) -> str:
    if lacking:
        return f"{count} of {count + lacking} drawings"
    return f"{count:,} drawings"
