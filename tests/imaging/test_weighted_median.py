from __future__ import annotations

import numpy as np
import pytest

from digitrec.imaging.weighted_median import weighted_median


@pytest.mark.parametrize(
    ("values", "weights", "expected"),
    [
        ([7], [0.1], 7),
        ([3, 1, 2], [1, 1, 1], 2),
        ([1, 2], [1, 1], 1),  # half of the weight is reached
        ([1, 2], [1, 1.01], 2),
        ([30, 5, 5, 5], [100, 1, 1, 1], 30),
        ([9, 30, 20], [0, 1, 5], 20),
    ],
)
def test_what_weighs_more_counts_more(
    values: list[float], weights: list[float], expected: float
) -> None:
    assert weighted_median(np.array(values), np.array(weights)) == expected
