"""The line at the foot of the window: what there is to say, and a way out where one is needed."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk

from digitrec.gui.look import Look
from digitrec.gui.messages import Message

__all__ = ["Foot"]

TIP = "The right button erases. The keys 0 to 9 say what it was. F1 shows all keys."


class Foot(ttk.Frame):
    """A message, and beside it a button to choose another network while there is none to use."""

    def __init__(self, master: tk.Misc, look: Look, choose_model: Callable[[], None]) -> None:
        super().__init__(master)
        self.columnconfigure(0, weight=1)
        self.message = ttk.Label(self, anchor="w")
        self.message.grid(row=0, column=0, sticky="ew")
        self.message.bind(
            "<Configure>", lambda event: self.message.configure(wraplength=event.width)
        )
        self.choose_another = ttk.Button(
            self, text="Choose another network …", command=choose_model
        )
        self.choose_another.grid(row=0, column=1, padx=(look.px(10), 0))
        # Its row is as high as the button, whether that is there or not: nothing jumps.
        self.rowconfigure(0, minsize=self.choose_another.winfo_reqheight())
        self._shown: tuple[Message, bool] | None = None
        self.show(Message(), offer=False)

    def show(self, message: Message, *, offer: bool) -> None:
        """Say this, or a tip where there is nothing to say; offer to choose another network."""
        if (message, offer) == self._shown:
            return
        self._shown = message, offer
        self.message.configure(text=message.text or TIP, style=f"{message.tone}.TLabel")
        if offer:
            self.choose_another.grid()
        else:
            self.choose_another.grid_remove()
