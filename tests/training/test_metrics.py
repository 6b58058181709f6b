from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.optimize import brentq
from scipy.special import logsumexp

from digitrec.arrays import FloatArray, Int64Array
from digitrec.data.clusters import Clusters
from digitrec.models.calibration import expected_calibration_error
from digitrec.training.metrics import clustered_interval, report, wilson_interval

cases = st.tuples(st.integers(0, 2**32 - 1), st.integers(1, 60), st.floats(0.1, 20))


def made(case: tuple[int, int, float]) -> tuple[FloatArray, Int64Array]:
    """Logits (N, 10) float32, right more often than by chance, and labels (N,)."""
    seed, count, spread = case
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, count)
    logits = rng.normal(0, spread, (count, 10))
    logits[np.arange(count), labels] += spread
    return logits.astype(np.float32), labels


@given(cases, st.floats(0.2, 5))
@settings(deadline=None)
def test_report_against_a_slow_reference(case: tuple[int, int, float], temperature: float) -> None:
    logits, labels = made(case)
    judged = report(logits, labels, temperature)
    confusion = [[0] * 10 for _ in range(10)]
    loss = 0.0
    for row, label in zip(logits.astype(float), labels, strict=True):
        scores = [float(value) / temperature for value in row]
        confusion[label][scores.index(max(scores))] += 1
        loss += float(logsumexp(scores)) - scores[label]
    right = sum(confusion[digit][digit] for digit in range(10))

    assert judged.count == len(labels)
    assert judged.errors == len(labels) - right
    assert judged.accuracy == pytest.approx(right / len(labels))
    assert judged.confusion.tolist() == confusion
    assert judged.confusion.dtype == np.int64
    assert judged.loss == pytest.approx(loss / len(labels), rel=1e-9)
    assert judged.errors_by_class == [sum(row) - row[i] for i, row in enumerate(confusion)]
    assert sum(judged.errors_by_class) == judged.errors
    assert judged.ece == expected_calibration_error(logits, labels, temperature)


@given(cases)
@settings(deadline=None)
def test_interval_is_wilsons(case: tuple[int, int, float]) -> None:
    judged = report(*made(case))
    low, high = judged.accuracy_interval
    assert 0 <= low <= judged.accuracy <= high <= 1
    # Its ends are the accuracies that lie 1.96 of their own standard errors from the one found.
    n, found = judged.count, judged.accuracy

    def distance(p: float) -> float:
        return (found - p) ** 2 - 1.959963984540054**2 * p * (1 - p) / n

    if low > 1e-12:
        assert low == pytest.approx(brentq(distance, 0, found - 1e-15), abs=1e-9)
    if high < 1 - 1e-12:
        assert high == pytest.approx(brentq(distance, found + 1e-15, 1), abs=1e-9)


@pytest.mark.parametrize(
    ("right", "count", "expected"),
    [
        (10, 10, (0.7224672, 1.0)),
        (0, 10, (0.0, 0.2775328)),
        (50, 100, (0.4038315, 0.5961685)),
        (9932, 10000, (0.9913895, 0.9946327)),
    ],
)
def test_interval_has_known_values(right: int, count: int, expected: tuple[float, float]) -> None:
    labels = np.zeros(count, dtype=np.int64)
    logits = np.eye(10)[[0] * right + [1] * (count - right)]
    assert report(logits, labels).accuracy_interval == pytest.approx(expected, abs=2e-6)


@given(cases, st.floats(-1e4, 1e4))
@settings(deadline=None)
def test_a_constant_added_to_all_logits_changes_nothing(
    case: tuple[int, int, float], constant: float
) -> None:
    logits, labels = made(case)
    one, other = report(logits, labels), report(logits.astype(float) + constant, labels)
    assert other.loss == pytest.approx(one.loss, abs=1e-6)
    assert other.errors == one.errors


@given(hnp.arrays(np.float32, (3, 10), elements=st.floats(-(2.0**100), 2.0**100, width=32)))
@settings(deadline=None)
def test_huge_logits_stay_numbers(logits: FloatArray) -> None:
    judged = report(logits, np.array([0, 5, 9]))
    assert math.isfinite(judged.loss)
    assert judged.loss >= 0
    assert 0 <= judged.ece <= 1


@pytest.mark.parametrize(
    ("shape", "count"), [((0, 10), 0), ((3, 10), 2), ((3, 9), 3), ((30,), 3), ((1, 3, 10), 3)]
)
def test_logits_and_labels_that_do_not_fit(shape: tuple[int, ...], count: int) -> None:
    with pytest.raises(ValueError, match="do not fit"):
        report(np.zeros(shape), np.zeros(count, dtype=np.int64))


def test_the_interval_of_images_in_clusters() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, 1200)
    numbers = np.arange(1200) % 12
    wrong = rng.random(1200) < np.linspace(0.0, 0.4, 12)[numbers]
    logits = np.eye(10)[(labels + wrong) % 10]
    clusters = Clusters(numbers, "writer")
    plain, judged = report(logits, labels), report(logits, labels, clusters=clusters)
    assert (judged.errors, judged.accuracy) == (plain.errors, plain.accuracy)
    # With clusters of one size: t of 11 degrees of freedom, of the means of the writers.
    means = np.array([wrong[numbers == one].mean() for one in range(12)])
    half = 2.201 * means.std(ddof=1) / np.sqrt(12)
    low, high = judged.accuracy_interval
    assert (high - low) / 2 == pytest.approx(half, rel=0.03)
    assert high - low > 3 * (plain.accuracy_interval[1] - plain.accuracy_interval[0])
    alone = Clusters(np.arange(1200), "writer")
    assert report(logits, labels, clusters=alone).accuracy_interval == plain.accuracy_interval


def test_the_interval_of_clusters_is_never_narrower_than_that_of_images() -> None:
    right = np.arange(1200) % 10 > 0  # of each cluster, as many
    low, high = clustered_interval(right, Clusters(np.arange(1200) // 100, "writer"))
    plain_low, plain_high = wilson_interval(0.9, 1200)
    assert low < plain_low < plain_high < high
