"""digitrec: train small networks to read handwritten digits, and read what people draw."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from digitrec.threads import sleep_when_idle

if TYPE_CHECKING:
    from digitrec.recognition.recognizer import Recognizer
    from digitrec.recognition.results import Mark, Page, Prediction

__all__ = ["Mark", "Page", "Prediction", "Recognizer", "__version__"]

__version__ = "0.1.0"

sleep_when_idle()  # before anything imports PyTorch

# PyTorch takes seconds to import: what does not need it, such as --help, does not wait for it.
_IMPORTED_ON_USE = {
    "Mark": "digitrec.recognition.results",
    "Page": "digitrec.recognition.results",
    "Prediction": "digitrec.recognition.results",
    "Recognizer": "digitrec.recognition.recognizer",
}


def __getattr__(name: str) -> Any:
    if name in _IMPORTED_ON_USE:
        return getattr(importlib.import_module(_IMPORTED_ON_USE[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
