"""The only place where ONNX Runtime is imported, without its telemetry."""

from __future__ import annotations

import importlib
import os
from typing import Any

from digitrec.storage.held_signals import held_signals

__all__ = ["import_onnxruntime"]


def import_onnxruntime(module: str = "onnxruntime") -> Any:
    """Import ONNX Runtime, and let it send nothing.

    Since 1.32, it would otherwise look for its maker's server again and again, and leave a number
    of this machine in the folder for caches.

    Args:
        module: ``onnxruntime`` or a module of it.

    Raises:
        ImportError: if the package onnxruntime is missing.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # it looks while it is imported, and never again
    with held_signals():  # else one would count as a package that is missing
        return importlib.import_module(module)
