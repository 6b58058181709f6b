"""Questions: which file to open or save, and what the keys are."""

from __future__ import annotations

import tkinter as tk
from pathlib import Path
from tkinter import filedialog, ttk

from digitrec.gui.look import Look

__all__ = ["KEYS", "ask_model", "ask_open", "ask_save", "clipboard", "show_keys"]

PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp")
_KINDS = {"image/png": b"\x89PNG", "image/bmp": b"BM", "image/jpeg": b"\xff\xd8"}
KEYS = (
    ("Enter", "read what is drawn"),
    ("Esc", "clear the canvas"),
    ("{}Z", "undo"),
    ("{}Shift-Z", "redo"),
    ("Right button", "erase the strokes touched"),
    ("E", "the left button erases, or draws"),
    ("0 … 9", "say what it was, and keep it"),
    ("← →", "go from digit to digit of a number"),
    ("{}O", "open a picture or strokes"),
    ("{}V", "paste a picture"),
    ("{}S", "save the drawing"),
    ("{}R", "replay the drawing"),
    ("{}M", "choose another network"),
    ("{}D", "dark or light"),
    ("{}+  {}-  {}0", "larger, smaller, usual size"),
    ("F1", "show these keys"),
)


def ask_open(parent: tk.Misc) -> Path | None:
    """Ask for a picture or strokes to open; None where the person thinks better of it."""
    patterns = " ".join(f"*{suffix}" for suffix in (*PICTURES, ".json"))
    return _path(
        filedialog.askopenfilename(
            parent=parent,
            title="Open a picture or strokes",
            filetypes=[("Pictures and strokes", patterns), ("All files", "*")],
        )
    )


def ask_model(parent: tk.Misc, title: str, folder: Path) -> Path | None:
    """Ask for a weights file."""
    return _path(
        filedialog.askopenfilename(
            parent=parent,
            title=title,
            initialdir=folder,
            filetypes=[("Weights", "*.h5"), ("All files", "*")],
        )
    )


def ask_save(parent: tk.Misc) -> Path | None:
    """Ask where to save the drawing."""
    # A name without an ending takes that of the type chosen; on X11 only where none is given here.
    x11 = parent.tk.call("tk", "windowingsystem") == "x11"
    return _path(
        filedialog.asksaveasfilename(
            parent=parent,
            title="Save the drawing",
            defaultextension="" if x11 else ".png",
            filetypes=[("Picture", "*.png"), ("Strokes, to be opened again", "*.json")],
        )
    )


def _path(answer: object) -> Path | None:
    return Path(str(answer)) if answer else None


def clipboard(root: tk.Misc) -> Path | bytes | None:
    """Return the picture in the clipboard, or the file it names; None where there is neither."""
    if root.tk.call("tk", "windowingsystem") == "x11":
        for kind, beginning in _KINDS.items():
            try:
                data = _bytes(str(root.tk.call("clipboard", "get", "-type", kind)))
            except tk.TclError:
                continue
            if data.startswith(beginning):  # some programs give their text, whatever is asked for
                return data
    else:
        from PIL import ImageGrab

        found = ImageGrab.grabclipboard()
        if isinstance(found, list):
            return Path(found[0]) if found else None
        if found is not None:
            import io

            stream = io.BytesIO()
            found.save(stream, "PNG")
            return stream.getvalue()
    try:
        text = root.clipboard_get().strip()
    except tk.TclError:
        return None
    if text.startswith("file://"):
        from urllib.parse import urlsplit
        from urllib.request import url2pathname

        return Path(url2pathname(urlsplit(text).path)) if "\n" not in text else None
    path = Path(text)
    try:
        return path if path.is_file() else None
    except (OSError, ValueError):  # text, and no name of a file
        return None


def _bytes(data: str) -> bytes:
    """Turn what Tk gives for bytes into bytes: numbers such as 0x89, or a character each."""
    words = data.split()
    if words and all(word.startswith("0x") for word in words):
        return b"".join(
            int(word, 16).to_bytes(max((len(word) - 1) // 2, 1), "little") for word in words
        )
    return data.encode("latin-1", "replace")


def show_keys(root: tk.Tk, look: Look) -> tk.Toplevel:
    """Show what the keys do, in a window that any key closes."""
    window = tk.Toplevel(root, background=look.colours.window)
    window.title("Keys")
    window.transient(root)
    window.resizable(False, False)
    frame = ttk.Frame(window, padding=look.px(20))
    frame.pack()
    command = "⌘-" if root.tk.call("tk", "windowingsystem") == "aqua" else "Ctrl-"
    for row, (key, meaning) in enumerate(KEYS):
        ttk.Label(frame, text=key.replace("{}", command), style="Strong.TLabel").grid(
            row=row, column=0, sticky="w", padx=(0, look.px(24)), pady=look.px(2)
        )
        ttk.Label(frame, text=meaning).grid(row=row, column=1, sticky="w")
    close = ttk.Button(frame, text="Close", command=window.destroy)
    close.grid(row=len(KEYS), column=1, sticky="e", pady=(look.px(14), 0))
    window.bind("<Escape>", lambda _: window.destroy())
    window.bind("<Return>", lambda _: window.destroy())
    close.focus_set()
    return window
