"""The median of values that count more or less."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["weighted_median"]


def weighted_median(values: npt.NDArray[Any], weights: npt.NDArray[Any]) -> float:
    """Return the least value at which half of the weight is reached.

    Args:
        values: Shape (N,), one at least.
        weights: Shape (N,), not negative, and not all 0.
    """
    order = np.argsort(values, kind="stable")
    cumulated = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(cumulated, cumulated[-1] / 2)])
