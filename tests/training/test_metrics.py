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
from digitrec.training.metrics import (
    expected_calibration_error,
    fit_temperature,
    likeness,
    rejection_threshold,
    report,
)

cases = st.tuples(st.integers(0, 2**32 - 1), st.integers(1, 60), st.floats(0.1, 20))


def made(case: tuple[int, int, float]) -> tuple[FloatArray, Int64Array]:
    """Logits (N, 10) float32, right more often than by chance, and labels (N,)."""
    seed, count, spread = case
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, count)
    logits = rng.normal(0, spread, (count, 10))
    logits[np.arange(count), labels] += spread
    return logits.astype(np.float32), labels


def certain(predictions: list[int], confidences: list[float]) -> FloatArray:
    """Logits whose softmax has these predictions with these confidences."""
    logits = np.zeros((len(predictions), 10))
    for row, digit, sure in zip(logits, predictions, confidences, strict=True):
        row[:] = math.log((1 - sure) / 9)
        row[digit] = math.log(sure)
    return logits


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


@given(cases, st.floats(0.2, 5), st.integers(1, 40))
@settings(deadline=None)
def test_calibration_error_against_a_slow_reference(
    case: tuple[int, int, float], temperature: float, bins: int
) -> None:
    logits, labels = made(case)
    scaled = logits.astype(float) / temperature
    members: list[list[tuple[float, bool]]] = [[] for _ in range(bins)]
    for row, label in zip(scaled, labels, strict=True):
        probabilities = np.exp(row - logsumexp(row))
        sure = float(probabilities.max())
        place = next((b for b in range(bins) if b / bins <= sure < (b + 1) / bins), bins - 1)
        members[place].append((sure, int(probabilities.argmax()) == label))
    expected = 0.0
    for inside in members:
        if inside:
            accuracy = sum(right for _, right in inside) / len(inside)
            confidence = sum(sure for sure, _ in inside) / len(inside)
            expected += len(inside) / len(labels) * abs(accuracy - confidence)
    found = expected_calibration_error(logits, labels, temperature, bins)
    assert found == pytest.approx(expected, abs=1e-9)
    assert 0 <= found <= 1


@pytest.mark.parametrize(
    ("predictions", "confidences", "labels", "expected"),
    [
        ([3], [0.9], [3], 0.1),
        ([3], [0.9], [4], 0.9),
        ([1, 2], [0.75, 0.75], [1, 0], 0.25),  # one bin: half are right at 75%
        ([1, 1, 1, 1], [0.75] * 4, [1, 1, 1, 0], 0.0),
        ([1, 2], [0.9, 0.5], [1, 0], 0.3),  # two bins, half of the images each: 0.1 and 0.5
        ([1, 2], [0.6, 0.9], [0, 2], 0.35),  # gaps of opposite signs do not cancel
    ],
)
def test_calibration_error_of_hand_made_cases(
    predictions: list[int], confidences: list[float], labels: list[int], expected: float
) -> None:
    logits = certain(predictions, confidences)
    assert expected_calibration_error(logits, np.array(labels)) == pytest.approx(expected)


def test_calibration_error_of_full_certainty() -> None:
    logits = np.eye(10) * 1000
    labels = np.arange(10)
    assert expected_calibration_error(logits, labels) == 0
    assert expected_calibration_error(logits, (labels + 1) % 10) == 1


def test_calibration_error_is_small_for_labels_drawn_as_the_network_says() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (20_000, 10))
    labels = (logits + rng.gumbel(size=logits.shape)).argmax(axis=1)
    assert expected_calibration_error(logits, labels) < 0.015
    assert expected_calibration_error(logits * 3, labels) > 0.1


@pytest.mark.parametrize("scale", [0.2, 0.5, 1.0, 3.0, 10.0])
def test_temperature_undoes_a_known_scaling(scale: float) -> None:
    rng = np.random.default_rng(1)
    logits = rng.normal(0, 2, (20_000, 10))
    labels = (logits + rng.gumbel(size=logits.shape)).argmax(axis=1)
    assert fit_temperature(logits * scale, labels) == pytest.approx(scale, rel=0.03)


@given(cases)
@settings(deadline=None)
def test_temperature_is_within_its_limits_and_never_worsens_the_loss(
    case: tuple[int, int, float],
) -> None:
    logits, labels = made(case)
    best = fit_temperature(logits, labels)
    assert 0.05 <= best <= 20
    loss = report(logits, labels, best).loss
    for other in (1.0, best * 0.9, best * 1.1):
        if 0.05 <= other <= 20:
            assert loss <= report(logits, labels, other).loss + 1e-6


@pytest.mark.parametrize(("shift", "expected"), [(0, 0.05), (1, 20)])
def test_temperature_stays_finite_where_all_are_right_or_all_wrong(
    shift: int, expected: float
) -> None:
    logits = np.eye(10, dtype=np.float32)
    found = fit_temperature(logits, (np.arange(10) + shift) % 10)
    assert found == pytest.approx(expected, rel=0.01)


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


def test_likeness_is_the_probability_of_any_digit_beside_none() -> None:
    logits = np.array([[1.0, 2.0, *[-3.0] * 8], [-50.0] * 10, [50.0] + [0.0] * 9, [-800.0] * 10])
    with_none = np.exp(np.pad(logits, ((0, 0), (0, 1))))
    expected = 1 - with_none[:3, 10] / with_none[:3].sum(axis=1)
    np.testing.assert_allclose(likeness(logits)[:3], expected, rtol=1e-12, atol=1e-15)
    assert likeness(logits)[3] == 0


@given(st.integers(0, 99), st.integers(1, 300), st.sampled_from([0.5, 0.9, 0.995, 1.0]))
def test_the_threshold_keeps_what_it_is_to_keep(seed: int, count: int, kept: float) -> None:
    logits = np.random.default_rng(seed).normal(size=(count, 10)).astype(np.float32)
    threshold = rejection_threshold(logits, kept)
    refused = int((likeness(logits) < threshold).sum())
    assert refused <= (1 - kept) * count
    assert refused >= (1 - kept) * (count - 1) - 1
