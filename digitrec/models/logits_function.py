"""A network as a function of NumPy arrays, whatever computes it."""

from __future__ import annotations

from collections.abc import Callable

from digitrec.arrays import Float32Array

__all__ = ["LogitsFunction"]

LogitsFunction = Callable[[Float32Array], Float32Array]
"""A network's function from images (N, C, H, W) in [0, 1] to logits."""
