"""Let Tk count on the dots per inch in which the desktop wants fonts to be drawn."""

from __future__ import annotations

import ctypes
import math
import tkinter as tk

from digitrec.gui.xlib_display import xlib_display

__all__ = ["use_font_density"]

POINTS_PER_INCH = 72


def use_font_density(root: tk.Tk) -> None:
    """Scale the window as the desktop scales fonts, where it says how.

    Desktops on X11 set the resource ``Xft.dpi``, 192 for "200 %" and 120 for "125 %", and leave the
    density of the screen at 96. Tk 8.6 knows the latter alone, but the library that draws its
    fonts heeds the former: without this, all text would be twice as large, in a window that has
    room for text of half that size.
    """
    density = _font_density(root)
    if density is not None:
        root.tk.call("tk", "scaling", density / POINTS_PER_INCH)


def _font_density(root: tk.Tk) -> float | None:
    """Return the resource in dots per inch; None where there is none, or no number."""
    display = xlib_display(root)
    if display is None:
        return None
    try:
        get_default = display.library.XGetDefault  # libXft asks by it, too
    except AttributeError:
        return None
    get_default.restype = ctypes.c_char_p
    get_default.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p]
    try:
        density = float(get_default(display.xlib, b"Xft", b"dpi") or b"")
    except ValueError:
        return None
    return density if density > 0 and math.isfinite(density) else None
