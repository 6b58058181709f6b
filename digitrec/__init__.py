"""digitrec: train small networks to read handwritten digits, and read what people draw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from digitrec.recognition.recognizer import Prediction, Recognizer

__all__ = ["Prediction", "Recognizer", "__version__"]

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    # PyTorch takes seconds to import: what does not need it, such as --help, does not wait for it.
    if name in ("Prediction", "Recognizer"):
        from digitrec.recognition import recognizer

        return getattr(recognizer, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
