"""What logits are worth: accuracy with its interval, calibration, confusion. NumPy only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import expit, log_softmax, logsumexp, softmax
from scipy.stats import binomtest

from digitrec.arrays import Float64Array, FloatArray, Int64Array, IntArray

__all__ = [
    "Report",
    "expected_calibration_error",
    "fit_temperature",
    "likeness",
    "rejection_threshold",
    "report",
]


@dataclass(frozen=True, eq=False)
class Report:
    """How a network does on labelled images. Accuracies and errors of calibration are fractions.

    accuracy_interval: 95%, Wilson's score interval (Wilson 1927).
    confusion: int (10, 10), how many images of the row's class were read as the column's.
    """

    count: int
    errors: int
    accuracy: float
    accuracy_interval: tuple[float, float]
    ece: float
    loss: float
    confusion: Int64Array

    @property
    def errors_by_class(self) -> list[int]:
        """Return how many images of each class were misread."""
        return [int(row.sum() - row[digit]) for digit, row in enumerate(self.confusion)]


def report(logits: FloatArray, labels: IntArray, temperature: float = 1.0) -> Report:
    """Judge logits (N, 10) against labels (N,), N at least 1.

    The loss is the mean cross-entropy in nats, at the temperature given, as the calibration is.
    """
    if len(labels) == 0 or logits.shape != (len(labels), 10):
        raise ValueError(f"logits {logits.shape} do not fit labels {labels.shape}")
    predicted = logits.argmax(axis=1)
    right = int((predicted == labels).sum())
    interval = binomtest(right, len(labels)).proportion_ci(0.95, method="wilson")
    confusion = np.zeros((10, 10), dtype=np.int64)
    np.add.at(confusion, (labels, predicted), 1)
    return Report(
        count=len(labels),
        errors=len(labels) - right,
        accuracy=right / len(labels),
        accuracy_interval=(float(interval.low), float(interval.high)),
        ece=expected_calibration_error(logits, labels, temperature),
        loss=_cross_entropy(logits, labels, temperature),
        confusion=confusion,
    )


def expected_calibration_error(
    logits: FloatArray, labels: IntArray, temperature: float = 1.0, bins: int = 15
) -> float:
    """Return the mean gap between confidence and accuracy, over bins of equal width.

    Each bin counts by how many images fall into it (Naeini et al. 2015; Guo et al. 2017, who use
    15 bins).
    """
    probabilities = softmax(np.asarray(logits, np.float64) / temperature, axis=1)
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = np.bincount(bin_of, weights=right - confidence, minlength=bins)
    return float(np.abs(gaps).sum() / len(labels))


def fit_temperature(logits: FloatArray, labels: IntArray) -> float:
    """Return the temperature that calibrates logits (N, 10) best (Guo et al. 2017).

    The one by which logits must be divided for the least cross-entropy, in [0.05, 20].
    """
    best = minimize_scalar(
        lambda log_t: _cross_entropy(logits, labels, float(np.exp(log_t))),
        bounds=(np.log(0.05), np.log(20.0)),
        method="bounded",
        options={"xatol": 1e-4},
    )
    return float(np.exp(best.x))


def likeness(logits: FloatArray) -> Float64Array:
    """Return how likely a network finds it that there is a digit at all: logits (N, 10) to (N,).

    The probability of ten classes together, beside an eleventh of no digit, whose logit is 0. It
    grows with the free energy of Liu et al. 2020, "Energy-based out-of-distribution detection";
    only a network that was trained with that eleventh class makes a probability of it.
    """
    digits: Float64Array = expit(logsumexp(np.asarray(logits, np.float64), axis=1))
    return digits


def rejection_threshold(logits: FloatArray, kept: float) -> float:
    """Return the likeness below which an image is refused, so that a part ``kept`` is not.

    logits: (N, 10), of digits.
    """
    return float(np.quantile(likeness(logits), 1 - kept, method="lower"))


def _cross_entropy(logits: FloatArray, labels: IntArray, temperature: float) -> float:
    log_probabilities = log_softmax(np.asarray(logits, np.float64) / temperature, axis=1)
    return float(-log_probabilities[np.arange(len(labels)), labels].mean())
