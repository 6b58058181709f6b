"""Get a picture from the clipboard."""

from __future__ import annotations

import re
import shutil
import subprocess
import tkinter as tk
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from digitrec.errors import PictureError

__all__ = ["picture_in_clipboard"]

# Types of pictures in X11's clipboard, and how their bytes start.
_SIGNATURES = {
    "image/png": (b"\x89PNG",),
    "image/bmp": (b"BM",),
    "image/jpeg": (b"\xff\xd8",),
    "image/webp": (b"RIFF",),
    "image/tiff": (b"II*\0", b"MM\0*"),
    "image/gif": (b"GIF8",),
}
FILES = "text/uri-list"  # the type in which file managers name the files that were copied
XCLIP_SECONDS = 5  # until a program counts as one that does not answer; Tk waits as long
NO_NUMBER = re.compile(rb"(?<![^ ])(?!0x[0-9a-f]+ )[^ ]")  # the first character of such a word
ADDRESS = "file://"
NAUTILUS = "x-special/nautilus-clipboard"  # a line that it writes before the addresses, as text
NOT_FETCHED = "its content cannot be fetched ({}); save a picture as a file, and open that"


def picture_in_clipboard(root: tk.Misc) -> Path | bytes | None:
    """Return the picture in the clipboard, or the file that it names.

    Args:
        root: The window.

    Returns:
        The bytes of a picture file, or a path, or None if there is neither.

    Raises:
        PictureError: If there is something that cannot be fetched.
    """
    x11 = root.tk.call("tk", "windowingsystem") == "x11"
    found = _found_on_x11(root) if x11 else _found_on_other_systems()
    return found or _path_in_text(root)


def _found_on_x11(root: tk.Misc) -> Path | bytes | None:
    # Tk takes no more than 400 KB in one piece, and xclip takes anything. But it cannot ask this
    # program, which waits for it; and from programs with Tk, Tk takes anything, too.
    held_by_tk = b"TK_APPLICATION" in _from_tk(root, "TARGETS")
    xclip = None if held_by_tk else shutil.which("xclip")
    fetch = partial(_from_xclip, xclip) if xclip else partial(_from_tk, root)
    for kind, signatures in _SIGNATURES.items():
        data = fetch(kind)
        if data.startswith(signatures):  # some programs return their text for any type
            return data
    return _copied_file(fetch(FILES).decode(errors="replace"))


def _from_tk(root: tk.Misc, kind: str) -> bytes:
    """Return what the clipboard holds of this type; nothing if it holds no such type."""
    try:
        return _to_bytes(str(root.tk.call("clipboard", "get", "-type", kind)))
    except tk.TclError as error:
        if "not defined" in str(error):
            return b""
        # It is too large, or the program that holds it does not answer, and would be waited for
        # as long if it were asked for another type.
        raise PictureError(NOT_FETCHED.format(error), "the clipboard") from None


def _from_xclip(xclip: str, kind: str) -> bytes:
    """Return what the clipboard holds of this type; nothing if it holds no such type."""
    command = [xclip, "-selection", "clipboard", "-target", kind, "-out"]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=XCLIP_SECONDS
        )
    except subprocess.TimeoutExpired:
        problem = NOT_FETCHED.format("the program that holds it does not answer")
        raise PictureError(problem, "the clipboard") from None
    except OSError as error:
        problem = NOT_FETCHED.format(f"{xclip}: {error.strerror or error}")
        raise PictureError(problem, "the clipboard") from None
    return done.stdout if done.returncode == 0 else b""


def _found_on_other_systems() -> Path | bytes | None:
    from PIL import ImageGrab

    found = ImageGrab.grabclipboard()
    if isinstance(found, list):
        return _only([Path(name) for name in found])
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
        if text.startswith((ADDRESS, NAUTILUS)):
            return _copied_file(text)
        path = Path(text)
        return path if path.is_file() else None
    except (OSError, ValueError):  # text that cannot be the name of a file
        return None


def _copied_file(text: str) -> Path | None:
    """Return the file whose address is on a line of a text. None if there is none.

    Raises:
        PictureError: If there are several.
    """
    from urllib.parse import urlsplit
    from urllib.request import url2pathname

    addresses = [line.strip() for line in text.splitlines() if line.startswith(ADDRESS)]
    try:
        return _only([Path(url2pathname(urlsplit(address).path)) for address in addresses])
    except ValueError:  # no address of a file, though it begins as one
        return None


def _only(files: Sequence[Path]) -> Path | None:
    if len(files) > 1:
        raise PictureError(f"there are {len(files):,} files in it; copy one", "the clipboard")
    return files[0] if files else None


def _to_bytes(data: str) -> bytes:
    """Decode what Tk returns for bytes: numbers such as 0x89, or one character for each byte."""
    numbers = data.encode("ascii", "replace") + b"  "
    if NO_NUMBER.search(numbers):  # it may be text that only begins like numbers
        return data.encode("latin-1", "replace")
    import numpy as np

    # A large picture is millions of numbers. One by one, they would take seconds.
    text = np.frombuffer(numbers, np.uint8)
    values = np.zeros(256, np.uint8)
    values[[*b"0123456789abcdef"]] = np.arange(16)
    first = np.flatnonzero(text == ord("x")) + 1
    second = text[first + 1]
    single = second == ord(" ")  # numbers are not padded with zeros
    if (text[first + 2][~single] != ord(" ")).any():  # several bytes in one number
        return b"".join(
            int(word, 16).to_bytes(max((len(word) - 1) // 2, 1), "little") for word in data.split()
        )
    high = values[text[first]]
    found = np.where(single, high, high * 16 + values[second])
    return found.astype(np.uint8).tobytes()
