"""How to tell digits from everything else by a network's logits."""

from __future__ import annotations

import numpy as np

from digitrec.arrays import Float64Array, FloatArray

__all__ = ["digit_probability", "rejection_threshold"]


def digit_probability(logits: FloatArray) -> Float64Array:
    """Return the probability that each image shows a digit at all.

    The ten classes stand beside an eleventh, "not a digit", whose logit is always 0. The result
    grows with the free energy of Liu et al. 2020, "Energy-based out-of-distribution detection". It
    is a probability only for a network that was trained with the eleventh class.

    Args:
        logits: Shape (N, 10).

    Returns:
        Shape (N,), between 0 and 1.
    """
    logits = np.asarray(logits, np.float64)
    most = logits.max(axis=1)
    energy = most + np.log(np.exp(logits - most[:, None]).sum(axis=1))  # logsumexp
    probability: Float64Array = np.exp(-np.logaddexp(0.0, -energy))  # sigmoid
    return probability


def rejection_threshold(logits: FloatArray, kept: float) -> float:
    """Return the digit probability below which an image is rejected.

    Args:
        logits: Logits of images that show digits, shape (N, 10), N at least 1.
        kept: The fraction of these images that must not be rejected.
    """
    return float(np.quantile(digit_probability(logits), 1 - kept, method="lower"))
