"""Keeps Pillow and its decoders from writing to standard error beside our own line.

libtiff, with which Pillow reads compressed TIFF files, writes there what is wrong with a damaged
file, although Pillow also raises an error. Pillow itself warns of missing data that it can do
without, such as some of the data about a photograph.
"""

from __future__ import annotations

import contextlib
import ctypes
import re
import warnings
from collections.abc import Iterator
from functools import cache
from threading import Lock

from PIL import _imaging

__all__ = ["silence_libtiff", "without_pillow_warnings"]

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


_PILLOW = r"(PIL|pillow_heif)\."
_IGNORED = ("ignore", None, Warning, re.compile(_PILLOW), 0)  # as `warnings` keeps it
_lock = Lock()
_decoding = 0


@contextlib.contextmanager
def without_pillow_warnings() -> Iterator[None]:
    """Ignore what Pillow warns of, in all threads, while at least one of them is in here.

    Warnings are filtered for the whole process. `warnings.catch_warnings` would undo at its end
    what other threads have set meanwhile, as those that import PyTorch do.
    """
    global _decoding
    with _lock:
        if not _decoding:
            warnings.filterwarnings("ignore", module=_PILLOW)
        _decoding += 1
    try:
        yield
    finally:
        with _lock:
            _decoding -= 1
            if not _decoding:
                with contextlib.suppress(ValueError):  # other code has replaced all filters
                    warnings.filters.remove(_IGNORED)  # type: ignore[attr-defined]
