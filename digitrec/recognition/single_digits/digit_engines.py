"""What computes a network for single digits without PyTorch: NumPy, or ONNX Runtime."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from digitrec.arrays import LogitsFunction
from digitrec.models.checkpoint import NumpyCheckpoint
from digitrec.models.onnx_runtime.network import in_float32, in_int8

__all__ = ["TILE", "DigitEngine", "digit_engine_by_numpy", "digit_engine_by_onnx_runtime"]

# Images at once where the answer to one must not depend on the others: matrices of other sizes are
# multiplied in another order, which changes the last bits.
TILE = 16
# In int8, logits of the stored images may be off by this; by less where the temperature is low. At
# worst, that changes the odds of a clear answer from 500 to 1 to 70 to 1.
MAX_OFF = 0.5


class DigitEngine(NamedTuple):
    """What computes a network for single digits: exactly, and faster but less exactly.

    Attributes:
        exact: Computes in float32.
        coarse: Computes in fewer bits, in less time; None if nothing does.
        clear: Probability of a digit at which ``coarse`` and ``exact`` give the same digit, with
            nearly the same probability.
        tile: Number of images at once with which the answer to each is the same, to the last bit,
            whatever the others are; 1 if that holds for any number.
    """

    exact: LogitsFunction
    coarse: LogitsFunction | None = None
    clear: float = 1.0
    tile: int = TILE


def digit_engine_by_numpy(trained: NumpyCheckpoint) -> DigitEngine:
    """Return an engine by which NumPy computes the network, one image after the other."""
    return DigitEngine(trained.network, tile=1)


def digit_engine_by_onnx_runtime(trained: NumpyCheckpoint) -> DigitEngine | None:
    """Return an engine by which ONNX Runtime computes the network, in float32 and int8.

    In int8 only if it can, and if that gives nearly the same logits of the images stored with the
    network.

    Returns:
        None where ONNX Runtime is not installed, or does not compute the network (`in_float32`).
    """
    exact, int8 = in_float32(trained.network), in_int8(trained.network)
    if exact is None:
        return None
    if int8 is not None and trained.examples is not None:
        off = float(np.abs(int8(trained.examples) - exact(trained.examples)).max())
        if off <= MAX_OFF * min(1.0, 2 * trained.temperature):
            return DigitEngine(exact, int8, 0.998)
    return DigitEngine(exact)
