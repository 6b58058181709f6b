from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitrec.comparison.html_report.axes import linear_axis, logarithmic_axis, time_axis

amounts = st.lists(st.floats(1e-3, 1e6), min_size=1, max_size=5)


@given(amounts)
def test_places_run_from_end_to_end_and_ticks_lie_between(values: list[float]) -> None:
    for make in (linear_axis, logarithmic_axis, time_axis):
        axis = make(values, 50, 450)
        places = [axis(value) for value in sorted(values)]
        assert places == sorted(places)
        assert all(50 <= place <= 450 for place in places)
        assert all(axis.low <= tick <= axis.high for tick in axis.ticks)
        assert len(axis.ticks) <= 12
        assert axis(-1e9) == 50
        assert axis(1e9) == 450


@pytest.mark.parametrize(
    ("make", "values", "ticks"),
    [
        (linear_axis, [1, 12], [2, 4, 6, 8, 10, 12]),
        (linear_axis, [0, 0], [-1, -0.5, 0, 0.5, 1]),
        (logarithmic_axis, [0.4, 20], [0.5, 1, 2, 5, 10, 20]),
        (logarithmic_axis, [9000, 1_200_000], [10_000, 30_000, 100_000, 300_000, 1_000_000]),
        (time_axis, [24, 1200], [30, 60, 120, 300, 600]),
    ],
)
def test_ticks_are_round(make, values: list[float], ticks: list[float]) -> None:
    assert make(values, 0, 100).ticks == pytest.approx(ticks)


def test_an_axis_may_run_backwards() -> None:
    axis = linear_axis([0, 10], 300, 20, 0)
    assert (axis(0), axis(5), axis(10)) == (300, 160, 20)
