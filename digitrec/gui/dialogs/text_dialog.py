"""A dialog that shows a text: help, and what this program is."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk

from digitrec.gui.theme import Theme

__all__ = ["show_text"]

WIDTH, MAX_LINES = 64, 26  # characters and lines of the largest dialog


def show_text(root: tk.Tk, theme: Theme, title: str, text: str) -> tk.Toplevel:
    """Open a dialog that shows a text. Escape and Enter close it.

    Args:
        root: The window.
        theme: Colours and sizes.
        title: Title of the dialog.
        text: Paragraphs, separated by an empty line. The first line of each is its heading. It can
            be selected and copied.
    """
    colours = theme.colours
    dialog = tk.Toplevel(root, background=colours.window)
    dialog.title(title)
    dialog.transient(root)
    frame = ttk.Frame(dialog, padding=theme.px(16))
    frame.pack(fill="both", expand=True)
    frame.rowconfigure(0, weight=1)
    frame.columnconfigure(0, weight=1)
    line = theme.px(20)  # pixels, about
    lines = min(MAX_LINES, (root.winfo_screenheight() - theme.px(120)) // line)
    shown = tk.Text(
        frame,
        width=WIDTH,
        height=max(lines, 5),
        wrap="word",
        font=theme.font(14),
        background=colours.window,
        foreground=colours.text,
        selectbackground=colours.accent,
        selectforeground=colours.window,
        relief="flat",
        highlightthickness=0,
        cursor="arrow",
    )
    shown.tag_configure("heading", font=theme.font(14, "bold"))
    for paragraph in text.strip().split("\n\n"):
        heading, _, rest = paragraph.partition("\n")
        shown.insert("end", f"{heading}\n", "heading")
        shown.insert("end", f"{rest}\n\n")
    shown.delete("end-3c", "end")
    shown.configure(state="disabled")
    shown.grid(row=0, column=0, sticky="nsew")
    bar = ttk.Scrollbar(frame, command=shown.yview)

    def scrolled(first: float, last: float) -> None:  # Tk gives texts
        bar.set(first, last)
        if (float(first), float(last)) == (0, 1):  # all of it is seen
            bar.grid_remove()
        else:
            bar.grid(row=0, column=1, sticky="ns")

    shown.configure(yscrollcommand=scrolled)
    close = ttk.Button(frame, text="Close", command=dialog.destroy)
    close.grid(row=1, column=0, columnspan=2, sticky="e", pady=(theme.px(12), 0))
    for key in ("<Escape>", "<Return>"):
        dialog.bind(key, lambda _: dialog.destroy())
    close.focus_set()
    return dialog
