"""Which networks read: the one chosen, and others beside it for comparison."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tkinter import ttk
from typing import TYPE_CHECKING

from digitrec.gui.look import Look
from digitrec.gui.messages import percent

if TYPE_CHECKING:
    from digitrec.recognition.results import Reading

__all__ = ["ModelActions", "ModelPanel", "shortened"]


@dataclass(frozen=True)
class ModelActions:
    """What can be done with networks."""

    choose: Callable[[], None]
    compare: Callable[[], None]
    drop: Callable[[Path], None]


class ModelPanel(ttk.Frame):
    """A row for each network when there are several: what it reads, and whether it disagrees."""

    def __init__(self, master: tk.Misc, look: Look, actions: ModelActions) -> None:
        super().__init__(master)
        self.look, self._actions = look, actions
        self.columnconfigure(0, weight=1)
        self._models: list[Path] = []
        self.rows: list[tuple[ttk.Label, ttk.Label]] = []
        """The labels of each network's name and answer, where several are compared."""

    def show(self, models: Sequence[Path], names: Sequence[str], reading: Reading | None) -> None:
        """Show what each network reads; nothing where there is but one."""
        if list(models) != self._models:
            self._models = list(models)
            self._build(names)
        for index, (name, answer) in enumerate(self.rows):
            if reading is None or not reading.digits:
                answer.configure(text="", style="TLabel")
                name.configure(style="TLabel")
                continue
            given, other = reading.answers[index], reading.disagreeing[index]
            # How sure a network is of what it refuses says nothing of the number.
            sure = "" if "?" in given.text else f"   {percent(given.confidence)}"
            text = f"{given.text}{sure}"
            answer.configure(
                text=f"≠  {text}" if other else text, style="warning.TLabel" if other else "TLabel"
            )
            name.configure(style="warning.TLabel" if other else "TLabel")

    def _build(self, names: Sequence[str]) -> None:
        for child in self.winfo_children():
            child.destroy()
        self.rows = []
        if len(self._models) < 2:
            # A frame that has lost its last child keeps its size.
            self.configure(height=1)
            return
        px = self.look.px
        for row, (path, name) in enumerate(zip(self._models, names, strict=True)):
            title = ttk.Label(self, text=shortened(name, 18))
            title.grid(row=row, column=0, sticky="w", pady=px(1))
            answer = ttk.Label(self)
            answer.grid(row=row, column=1, sticky="e", padx=px(8))
            self.rows.append((title, answer))
            if row:
                drop = ttk.Button(
                    self,
                    text="×",
                    style="Toolbutton",
                    width=2,
                    command=lambda path=path: self._actions.drop(path),  # type: ignore[misc]
                )
                drop.grid(row=row, column=2)


def shortened(name: str, most: int = 24) -> str:
    """Take the middle out of a long name."""
    return name if len(name) <= most else f"{name[: most // 2 - 1]}…{name[-most // 2 :]}"
