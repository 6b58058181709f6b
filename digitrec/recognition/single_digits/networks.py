"""What computes a network for single digits: by NumPy, or by ONNX Runtime; without PyTorch."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from digitrec.models.checkpoint import NumpyCheckpoint
from digitrec.models.onnx_runtime.network import Logits, in_float32, in_int8

__all__ = ["TILE", "Networks", "by_numpy", "by_onnx_runtime"]

# Images at once where the answer to one must not depend on the others: matrices of other sizes are
# multiplied in another order, which changes the last bits.
TILE = 16
# In int8, logits of the stored images may be off by this, and by this much of the temperature: what
# is clear has odds of 500 to 1 then, which this changes to 70 to 1 at worst.
MOST_OFF = 0.5


class Networks(NamedTuple):
    """Functions of one network.

    Attributes:
        exact: Computes in float32.
        coarse: Computes in fewer bits, and takes less time; None where there is none.
        clear: What ``coarse`` says with this probability ``exact`` says too, with nearly the same.
        tile: So many images at once have each the same answer, to the last bit, whatever the others
            are; 1 where that is so for any number of them.
    """

    exact: Logits
    coarse: Logits | None = None
    clear: float = 1.0
    tile: int = TILE


def by_numpy(trained: NumpyCheckpoint) -> Networks:
    """Return a network that NumPy computes, one image after the other."""
    return Networks(trained.network, tile=1)


def by_onnx_runtime(trained: NumpyCheckpoint) -> Networks | None:
    """Return a network that ONNX Runtime computes, in float32, and if it can in int8.

    In int8 only a network is computed that gives nearly the same logits of the images stored with
    it.

    Returns:
        None where ONNX Runtime is not installed, or does not compute the network (`in_float32`).
    """
    exact, int8 = in_float32(trained.network), in_int8(trained.network)
    if exact is None:
        return None
    if int8 is not None and trained.examples is not None:
        off = float(np.abs(int8(trained.examples) - exact(trained.examples)).max())
        if off <= MOST_OFF * min(1.0, 2 * trained.temperature):
            return Networks(exact, int8, 0.998)
    return Networks(exact)
