"""What logits are worth: accuracy with its interval, calibration, confusion. NumPy only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest

from digitrec.arrays import FloatArray, Int64Array, IntArray
from digitrec.models.calibration import cross_entropy, expected_calibration_error

__all__ = ["Report", "report"]


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
        loss=cross_entropy(logits, labels, temperature),
        confusion=confusion,
    )
