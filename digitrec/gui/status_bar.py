"""The status bar at the bottom of the window: a message, and sometimes a button."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk

from digitrec.gui.session.messages import Message
from digitrec.gui.theme import Theme

__all__ = ["StatusBar"]

TIP = "The right mouse button erases. Press 0 to 9 to say which digit it was. F1 shows all keys."


class StatusBar(ttk.Frame):
    """A message, and a button to choose another network if the last one could not be loaded."""

    def __init__(self, master: tk.Misc, theme: Theme, choose_model: Callable[[], None]) -> None:
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
        self.choose_another.grid(row=0, column=1, padx=(theme.px(10), 0))
        # The row is always as high as the button, so that nothing jumps when it appears.
        self.rowconfigure(0, minsize=self.choose_another.winfo_reqheight())
        self._shown: tuple[Message, bool] | None = None
        self.show(Message(), offer_choice=False)

    def show(self, message: Message, *, offer_choice: bool) -> None:
        """Show a message, or a tip if its text is empty.

        Args:
            message: The message.
            offer_choice: Whether to show the button.
        """
        if (message, offer_choice) == self._shown:
            return
        self._shown = message, offer_choice
        self.message.configure(text=message.text or TIP, style=f"{message.tone}.TLabel")
        if offer_choice:
            self.choose_another.grid()
        else:
            self.choose_another.grid_remove()
