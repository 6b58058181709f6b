"""Score the logits of labelled images: accuracy and its interval, calibration, confusion matrix."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from digitrec.arrays import BoolArray, Float64Array, FloatArray, Int64Array, IntArray
from digitrec.data.clusters import Clusters
from digitrec.models.calibration import cross_entropy, expected_calibration_error

__all__ = ["Report", "clustered_interval", "clustered_variance", "report", "wilson_interval"]

# SciPy has this and Wilson's interval too, and takes a second to import.
NORMAL_DEVIATE = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, eq=False)
class Report:
    """The scores of a network on labelled images of digits.

    Attributes:
        count: The number of images.
        errors: How many of them are misread.
        accuracy: As a fraction of 1.
        accuracy_interval: The 95% confidence interval of the accuracy: Wilson's score interval
            (Wilson 1927, "Probable inference, the law of succession, and statistical inference"),
            or `clustered_interval` where images depend on each other.
        ece: The expected calibration error, as a fraction of 1.
        loss: The mean cross-entropy in nats.
        confusion: Shape (10, 10): how many images of the digit of the row are read as the digit of
            the column.
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
        """How many images of each digit are misread."""
        return [int(row.sum() - row[digit]) for digit, row in enumerate(self.confusion)]


def report(
    logits: FloatArray,
    labels: IntArray,
    temperature: float = 1.0,
    clusters: Clusters | None = None,
) -> Report:
    """Score logits.

    Args:
        logits: Shape (N, 10), N at least 1.
        labels: The digits that the images show, shape (N,).
        temperature: What the logits are divided by for the loss and the calibration error.
        clusters: Which images depend on each other; None if all are independent.

    Raises:
        ValueError: If the shapes do not fit.
    """
    if len(labels) == 0 or logits.shape != (len(labels), 10):
        raise ValueError(f"logits {logits.shape} do not fit labels {labels.shape}")
    predicted = logits.argmax(axis=1)
    read = predicted == labels
    right = int(read.sum())
    confusion = np.zeros((10, 10), dtype=np.int64)
    np.add.at(confusion, (labels, predicted), 1)
    return Report(
        count=len(labels),
        errors=len(labels) - right,
        accuracy=right / len(labels),
        accuracy_interval=clustered_interval(read, clusters)
        if clusters
        else wilson_interval(right / len(labels), len(labels)),
        ece=expected_calibration_error(logits, labels, temperature),
        loss=cross_entropy(logits, labels, temperature),
        confusion=confusion,
    )


def clustered_variance(values: Float64Array, clusters: Clusters) -> float:
    """Return the variance of the mean of values that depend on each other within a cluster.

    The cluster-robust variance (Liang & Zeger 1986, Biometrika 73:13), for which the sizes of the
    clusters may differ. Student's t with it has the degrees `Clusters.freedom`.

    Args:
        values: (N,), of two clusters at least.
        clusters: Of the values.
    """
    count = clusters.count
    sums = np.bincount(clusters.numbers, values - values.mean(), minlength=count)
    return float((sums**2).sum()) * count / (count - 1) / len(values) ** 2


def clustered_interval(right: BoolArray, clusters: Clusters) -> tuple[float, float]:
    """Return the 95% interval of an accuracy, where images of a cluster depend on each other.

    Wilson's score interval for the effective number of images, whose binomial variance is the
    variance found (Korn & Graubard 1998, Survey Methodology 24:193), with Student's t in place of
    the normal deviate. It is at most the number of images. Where all or no images are read right,
    nothing shows how much those of a cluster depend on each other, and each cluster counts as one
    image.

    Args:
        right: (N,), which images are read right.
        clusters: Of the images.
    """
    part, images = float(right.mean()), len(right)
    if clusters.count == images:
        return wilson_interval(part, images)
    if part in (0, 1):
        return wilson_interval(part, clusters.count)
    from scipy import special

    variance = max(
        clustered_variance(right.astype(np.float64), clusters), part * (1 - part) / images
    )
    deviate = float(special.stdtrit(clusters.freedom, 0.975))
    return wilson_interval(part, part * (1 - part) / variance, deviate)


def wilson_interval(
    part: float, count: float, deviate: float = NORMAL_DEVIATE
) -> tuple[float, float]:
    """Return Wilson's score interval of a proportion (Wilson 1927, JASA 22:209).

    Args:
        part: The proportion found, a fraction of 1.
        count: Of how many trials; need not be whole.
        deviate: How many standard errors each side of the interval has, that of 95% by default.
    """
    shrunk = 1 + deviate**2 / count
    centre = (part + deviate**2 / (2 * count)) / shrunk
    half = deviate / shrunk * math.sqrt(part * (1 - part) / count + deviate**2 / (4 * count**2))
    # Exactly 0 and 1 at the ends, where rounding would leave a little.
    return 0.0 if part == 0 else centre - half, 1.0 if part == 1 else centre + half
