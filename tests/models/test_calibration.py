from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp

from digitrec.arrays import FloatArray, Int64Array
from digitrec.models.calibration import (
    cross_entropy,
    expected_calibration_error,
    fit_temperature,
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
    loss = cross_entropy(logits, labels, best)
    for other in (1.0, best * 0.9, best * 1.1):
        if 0.05 <= other <= 20:
            assert loss <= cross_entropy(logits, labels, other) + 1e-6


@pytest.mark.parametrize(("shift", "expected"), [(0, 0.05), (1, 20)])
def test_temperature_stays_finite_where_all_are_right_or_all_wrong(
    shift: int, expected: float
) -> None:
    logits = np.eye(10, dtype=np.float32)
    found = fit_temperature(logits, (np.arange(10) + shift) % 10)
    assert found == pytest.approx(expected, rel=0.01)
