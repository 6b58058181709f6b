"""Let Tk report every movement of the pointer, even those that had to wait."""

from __future__ import annotations

import ctypes
import tkinter as tk

__all__ = ["keep_every_motion"]

# In these versions the function takes Tk's own record of the display, although its declaration
# asks for that of Xlib; see the note below.
VERSIONS = ("8.6", "9.0")


def keep_every_motion(root: tk.Tk) -> bool:
    """Ask Tk not to merge movements of the pointer that wait to be handled.

    While a program is busy, Tk keeps only the last of the movements that wait. A stroke that is
    drawn meanwhile loses its corners. Tk can be told not to do so, but only by its C interface
    (``Tk_CollapseMotionEvents`` in Tk's manual). This merging is known from X11 alone.

    Returns:
        Whether it was possible. If not, a stroke may lose points while the computer is busy.
    """
    windowing, version = root.tk.call("tk", "windowingsystem"), root.tk.call("set", "tk_version")
    if windowing != "x11" or str(version) not in VERSIONS:
        return False
    try:
        import _tkinter

        # The library that holds Tk is found by way of the one that is linked to it.
        library = ctypes.PyDLL(getattr(_tkinter, "__file__", None))
        main_window, collapse = library.Tk_MainWindow, library.Tk_CollapseMotionEvents
    except (ImportError, OSError, AttributeError):
        return False
    pointers = ctypes.POINTER(ctypes.c_void_p)
    main_window.restype, main_window.argtypes = pointers, [ctypes.c_void_p]
    collapse.restype, collapse.argtypes = ctypes.c_int, [ctypes.c_void_p, ctypes.c_int]
    window = main_window(root.tk.interpaddr())
    if not window:
        return False
    # A window of Tk begins with pointers to Xlib's record of its display and to Tk's own, which
    # begins with the same pointer (Tk_FakeWin in tk.h, TkDisplay in tkInt.h). The function looks
    # for its flag in the latter: handed the former, it would write into memory of Xlib.
    xlib_display, tk_display = window[0], window[1]
    if not tk_display or ctypes.cast(tk_display, pointers)[0] != xlib_display:
        return False
    return bool(collapse(tk_display, 0))  # it returns what was so before: by default, merging
