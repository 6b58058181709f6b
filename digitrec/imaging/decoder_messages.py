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
    """Take libtiff its handlers for errors and warnings, in this process.

    It speaks on where it is a part of Pillow's own library (Windows), whose functions nobody else
    can call.
    """
    with contextlib.suppress(OSError, AttributeError):
        # What a library was linked with is found through it.
        library = ctypes.CDLL(_imaging.__file__)
        for setter in (getattr(library, name) for name in _SETTERS):
            setter.argtypes, setter.restype = [ctypes.c_void_p], ctypes.c_void_p
            setter(None)
