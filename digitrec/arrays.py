"""Types of NumPy arrays, each named for what it holds; networks as functions of arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = [
    "BoolArray",
    "Float32Array",
    "Float64Array",
    "FloatArray",
    "Int64Array",
    "IntArray",
    "LogitsFunction",
    "NamedArrays",
    "Uint8Array",
]

BoolArray = npt.NDArray[np.bool_]
Uint8Array = npt.NDArray[np.uint8]
Int64Array = npt.NDArray[np.int64]
Float32Array = npt.NDArray[np.float32]
Float64Array = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.integer]
"""Whole numbers of any size."""
FloatArray = npt.NDArray[np.floating]
"""Floating-point numbers of any size."""
NamedArrays = dict[str, npt.NDArray[Any]]
"""Arrays by their names in a file."""
LogitsFunction = Callable[[Float32Array], Float32Array]
"""A network, whatever computes it: from images (N, C, H, W) in [0, 1] to logits."""
