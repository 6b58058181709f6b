"""The dialogs that ask which file to open or to save."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from pathlib import Path
from tkinter import filedialog
from typing import Any

__all__ = ["ask_model", "ask_open", "ask_save"]


def ask_open(parent: tk.Misc) -> Path | None:
    """Ask for a picture or a file of strokes to open. None if the user cancels."""
    # Imported here, because it is slow and the window opens before a dialog does.
    from digitrec.imaging.files.pdf_pages import reads_pdf
    from digitrec.imaging.files.picture_files import SUFFIXES

    suffixes = [".json", *sorted(SUFFIXES), *([".pdf"] if reads_pdf() else [])]
    if _on_x11(parent):  # elsewhere, a pattern stands for large letters too
        suffixes += [suffix.upper() for suffix in suffixes]
    patterns = " ".join(f"*{suffix}" for suffix in suffixes)
    return _answer(
        filedialog.askopenfilename,
        parent,
        title="Open a picture or a drawing",
        filetypes=[("Pictures and drawings", patterns), ("All files", "*")],
    )


def ask_model(parent: tk.Misc, title: str, folder: Path) -> Path | None:
    """Ask for a checkpoint file, starting in ``folder``. None if the user cancels."""
    return _answer(
        filedialog.askopenfilename,
        parent,
        title=title,
        initialdir=folder,
        filetypes=[("Checkpoint files", "*.h5"), ("All files", "*")],
    )


def ask_save(parent: tk.Misc) -> Path | None:
    """Ask where to save the drawing. None if the user cancels."""
    # A name without a suffix gets that of the chosen type, but on X11 only without a default.
    return _answer(
        filedialog.asksaveasfilename,
        parent,
        title="Save the drawing",
        defaultextension="" if _on_x11(parent) else ".png",
        filetypes=[("Picture", "*.png"), ("Drawing that can be edited again", "*.json")],
    )


def _on_x11(widget: tk.Misc) -> bool:
    return bool(widget.tk.call("tk", "windowingsystem") == "x11")


def _answer(ask: Callable[..., object], parent: tk.Misc, **options: Any) -> Path | None:
    """Ask by one of Tk's dialogs. None if the user cancels, or closes the window meanwhile."""
    try:
        answer = ask(parent=parent, **options)
    except tk.TclError:
        if _is_open(parent):
            raise
        return None
    return Path(str(answer)) if answer else None


def _is_open(window: tk.Misc) -> bool:
    try:
        return bool(window.winfo_exists())
    except tk.TclError:  # the whole program that it belongs to is closed
        return False
