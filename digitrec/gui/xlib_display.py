"""Reach what Tk has no command for: its C interface, and Xlib's record of the display."""

from __future__ import annotations

import ctypes
import tkinter as tk

__all__ = ["xlib_display"]

POINTERS = ctypes.POINTER(ctypes.c_void_p)


class XlibDisplay:
    """The display of a window, on X11.

    Attributes:
        library: The library that Tk is in, and those that it is linked to, Xlib among them.
        xlib: Xlib's record of the display.
        tk: Tk's own record of it.
    """

    def __init__(self, library: ctypes.PyDLL, xlib: int, tk: int) -> None:
        self.library, self.xlib, self.tk = library, xlib, tk


def xlib_display(root: tk.Tk) -> XlibDisplay | None:
    """Return the display of a window. None where it is not X11's, or cannot be reached."""
    if root.tk.call("tk", "windowingsystem") != "x11":
        return None
    try:
        import _tkinter

        # The library that holds Tk is found by way of the one that is linked to it.
        library = ctypes.PyDLL(getattr(_tkinter, "__file__", None))
        main_window = library.Tk_MainWindow
    except (ImportError, OSError, AttributeError):
        return None
    main_window.restype, main_window.argtypes = POINTERS, [ctypes.c_void_p]
    window = main_window(root.tk.interpaddr())
    if not window:
        return None
    # A window of Tk begins with pointers to Xlib's record of its display and to Tk's own, which
    # begins with the same pointer (Tk_FakeWin in tk.h, TkDisplay in tkInt.h).
    xlib, own = window[0], window[1]
    if not xlib or not own or ctypes.cast(own, POINTERS)[0] != xlib:
        return None
    return XlibDisplay(library, xlib, own)
