from __future__ import annotations

import numpy as np
import pytest

from digitrec.comparison.number_format import (
    format_count,
    format_duration,
    format_errors,
    format_mean,
    format_p_value,
    format_percent,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-0.04, "0"),
        (0.5, "0.5"),
        (-7.46, "-7.5"),
        (9.96, "10"),
        (11.6, "12"),
        (3.0, "3"),
        (2393.7, "2,394"),
        (-12345.0, "-12,345"),
    ],
)
def test_counts(value: float, text: str) -> None:
    assert format_count(value) == text


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.0001, "< 0.001"),
        (0.0012, "= 0.001"),
        (0.0494, "= 0.049"),
        (0.0496, "= 0.0496"),
        (0.049996, "= 0.049996"),
        (0.05, "= 0.050"),
        (0.0503, "= 0.0503"),
        (0.0506, "= 0.051"),
        (0.0549, "= 0.055"),
        (0.055, "= 0.06"),
        (0.3, "= 0.30"),
        (1.0, "= 1.00"),
    ],
)
def test_p_values(p: float, text: str) -> None:
    assert format_p_value(p) == text


def test_means_of_several_runs_have_their_standard_deviation() -> None:
    assert format_mean(np.array([0.99, 0.97]), format_percent) == "98.00 ± 1.41"
    assert format_mean(np.array([0.99]), format_percent) == "99.00"
    assert format_errors(np.array([1010.0])) == "1,010"
    assert format_errors(np.array([30.0, 31.0])) == "30.5 ± 0.7"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.42, "0.4 s"),
        (59, "59 s"),
        (90, "1.5 min"),
        (700, "12 min"),
        (3600, "1.0 h"),
        (9e4, "25 h"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text
