"""The panel that compares what several networks read."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from pathlib import Path
from tkinter import ttk
from typing import TYPE_CHECKING

from digitrec.gui.session.messages import model_name, percent
from digitrec.gui.theme import Theme

if TYPE_CHECKING:
    from digitrec.recognition.results import Reading

__all__ = ["ModelPanel", "shortened"]


class ModelPanel(ttk.Frame):
    """A row for each network if there are several: its name, its answer, and whether it disagrees.

    Attributes:
        rows: The labels with the name and the answer of each network. Empty if there is only one.
    """

    def __init__(self, master: tk.Misc, theme: Theme, drop: Callable[[Path], None]) -> None:
        super().__init__(master)
        self.theme, self._drop = theme, drop
        self.columnconfigure(0, weight=1)
        self._models: list[Path] = []
        self.rows: list[tuple[ttk.Label, ttk.Label]] = []

    def show(self, models: Sequence[Path], reading: Reading | None) -> None:
        """Show what each network reads. Nothing is shown if there is only one network."""
        if list(models) != self._models:
            self._models = list(models)
            self._build()
        for index, (name, answer) in enumerate(self.rows):
            if reading is None or not reading.digits:
                answer.configure(text="", style="TLabel")
                name.configure(style="TLabel")
                continue
            given, disagrees = reading.answers[index], reading.disagreeing[index]
            # The confidence in a digit that was rejected says nothing about the whole number.
            confidence = "" if "?" in given.text else f"   {percent(given.confidence)}"
            rows = " / ".join(given.text.split("\n"))
            text = f"{shortened(rows)}{confidence}"
            style = "warning.TLabel" if disagrees else "TLabel"
            answer.configure(text=f"≠  {text}" if disagrees else text, style=style)
            name.configure(style=style)

    def _build(self) -> None:
        for child in self.winfo_children():
            child.destroy()
        self.rows = []
        if len(self._models) < 2:
            # A frame keeps its size when its last child is destroyed.
            self.configure(height=1)
            return
        px = self.theme.px
        for row, path in enumerate(self._models):
            # Of a run, the end of its folder's name tells it from the others of that day.
            name = ttk.Label(self, text=shortened(model_name(path).removesuffix("/model.h5"), 18))
            name.grid(row=row, column=0, sticky="w", pady=px(1))
            answer = ttk.Label(self)
            answer.grid(row=row, column=1, sticky="e", padx=px(8))
            self.rows.append((name, answer))
            if row:
                drop = ttk.Button(
                    self,
                    text="×",
                    style="Toolbutton",
                    width=2,
                    command=lambda path=path: self._drop(path),  # type: ignore[misc]
                )
                drop.grid(row=row, column=2)


def shortened(name: str, most: int = 24) -> str:
    """Return a name of at most ``most`` characters, without the middle of a longer one."""
    return name if len(name) <= most else f"{name[: most // 2 - 1]}…{name[-most // 2 :]}"
