"""Let Tk report every movement of the pointer, even those that had to wait."""

from __future__ import annotations

import ctypes
import tkinter as tk

from digitrec.gui.xlib_display import xlib_display

__all__ = ["keep_every_motion"]

# In these versions the function takes Tk's own record of the display, although its declaration
# asks for that of Xlib: handed the latter, it would write into memory of Xlib.
VERSIONS = ("8.6", "9.0")


def keep_every_motion(root: tk.Tk) -> bool:
    """Ask Tk not to merge movements of the pointer that wait to be handled.

    While a program is busy, Tk keeps only the last of the movements that wait. A stroke that is
    drawn meanwhile loses its corners. Tk can be told not to do so, but only by its C interface
    (``Tk_CollapseMotionEvents`` in Tk's manual). This merging is known from X11 alone.

    Returns:
        Whether it was possible. If not, a stroke may lose points while the computer is busy.
    """
    display = xlib_display(root)
    if display is None or str(root.tk.call("set", "tk_version")) not in VERSIONS:
        return False
    try:
        collapse = display.library.Tk_CollapseMotionEvents
    except AttributeError:
        return False
    collapse.restype, collapse.argtypes = ctypes.c_int, [ctypes.c_void_p, ctypes.c_int]
    return bool(collapse(display.tk, 0))  # it returns what was so before: by default, merging
