"""Get a picture from the clipboard."""

from __future__ import annotations

import tkinter as tk
from pathlib import Path

__all__ = ["picture_in_clipboard"]

# Types of pictures in X11's clipboard, and how their bytes start.
_SIGNATURES = {"image/png": b"\x89PNG", "image/bmp": b"BM", "image/jpeg": b"\xff\xd8"}


def picture_in_clipboard(root: tk.Misc) -> Path | bytes | None:
    """Return the picture in the clipboard, or the file that it names.

    Args:
        root: The window.

    Returns:
        The bytes of a picture file, or a path, or None if there is neither.
    """
    x11 = root.tk.call("tk", "windowingsystem") == "x11"
    found = _picture_on_x11(root) if x11 else _picture_on_other_systems()
    return found or _path_in_text(root)


def _picture_on_x11(root: tk.Misc) -> bytes | None:
    for kind, signature in _SIGNATURES.items():
        try:
            data = _to_bytes(str(root.tk.call("clipboard", "get", "-type", kind)))
        except tk.TclError:
            continue
        if data.startswith(signature):  # some programs return their text for any type
            return data
    return None


def _picture_on_other_systems() -> Path | bytes | None:
    from PIL import ImageGrab

    found = ImageGrab.grabclipboard()
    if isinstance(found, list):
        return Path(found[0]) if found else None
    if found is None:
        return None
    import io

    stream = io.BytesIO()
    found.save(stream, "PNG")
    return stream.getvalue()


def _path_in_text(root: tk.Misc) -> Path | None:
    """Return the file that the text in the clipboard names, if there is one."""
    try:
        text = root.clipboard_get().strip()
    except tk.TclError:
        return None
    try:
        if text.startswith("file://"):
            from urllib.parse import urlsplit
            from urllib.request import url2pathname

            return Path(url2pathname(urlsplit(text).path)) if "\n" not in text else None
        path = Path(text)
        return path if path.is_file() else None
    except (OSError, ValueError):  # text that cannot be the name of a file, or its address
        return None


def _to_bytes(data: str) -> bytes:
    """Decode what Tk returns for bytes: numbers such as 0x89, or one character for each byte."""
    words = data.split()
    if words and all(word.startswith("0x") for word in words):
        return b"".join(
            int(word, 16).to_bytes(max((len(word) - 1) // 2, 1), "little") for word in words
        )
    return data.encode("latin-1", "replace")
