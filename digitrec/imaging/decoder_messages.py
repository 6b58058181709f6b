"""Keeps a decoder written in C from writing to standard error beside our own line.

libtiff, with which Pillow reads compressed TIFF files, tells what is wrong with a damaged one
there, where no program expects it; Pillow raises an error for the same.
"""

from __future__ import annotations

import contextlib
import ctypes
from functools import cache

from PIL import _imaging

__all__ = ["silence_libtiff"]

# See https://libtiff.gitlab.io/libtiff/functions/TIFFError.html: no handler, no message.
_SETTERS = ("TIFFSetErrorHandler", "TIFFSetWarningHandler")


@cache
def silence_libtiff() -> None:
    """Remove libtiff's handlers for errors and warnings, in this process.

    They stay where libtiff is a part of Pillow's own library (Windows), whose functions cannot be
    called from outside.
    """
    with contextlib.suppress(OSError, AttributeError):
        # Through a library, the functions of the libraries that it is linked with are found.
        library = ctypes.CDLL(_imaging.__file__)
        for setter in (getattr(library, name) for name in _SETTERS):
            setter.argtypes, setter.restype = [ctypes.c_void_p], ctypes.c_void_p
            setter(None)
