from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from digitrec.models.rejection import digit_probability, rejection_threshold


def test_the_digit_probability_is_that_of_all_ten_classes_together() -> None:
    logits = np.array([[1.0, 2.0, *[-3.0] * 8], [-50.0] * 10, [50.0] + [0.0] * 9, [-800.0] * 10])
    with_eleventh = np.exp(np.pad(logits, ((0, 0), (0, 1))))
    expected = 1 - with_eleventh[:3, 10] / with_eleventh[:3].sum(axis=1)
    np.testing.assert_allclose(digit_probability(logits)[:3], expected, rtol=1e-12, atol=1e-15)
    assert digit_probability(logits)[3] == 0


@given(st.integers(0, 99), st.integers(1, 300), st.sampled_from([0.5, 0.9, 0.995, 1.0]))
def test_the_threshold_keeps_the_fraction_that_it_is_given(
    seed: int, count: int, kept: float
) -> None:
    logits = np.random.default_rng(seed).normal(size=(count, 10)).astype(np.float32)
    threshold = rejection_threshold(logits, kept)
    rejected = int((digit_probability(logits) < threshold).sum())
    assert rejected <= (1 - kept) * count
    assert rejected >= (1 - kept) * (count - 1) - 1
