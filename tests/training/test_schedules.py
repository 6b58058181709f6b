from __future__ import annotations

import math

import pytest
from config_checks import CHOICES
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from digitrec.config.groups import Schedule
from digitrec.training.schedules import Constant, OneCycle, Step

fractions = st.floats(0, 1, exclude_max=True)
lengths = st.tuples(st.integers(1, 500), st.integers(1, 30))  # steps an epoch, epochs
one_cycles = st.builds(OneCycle, warmup=fractions, start=st.floats(0, 1), end=st.floats(0, 1))
schedules = one_cycles | st.builds(Constant) | st.builds(
    Step, gamma=st.floats(0, 1, exclude_min=True), every=st.integers(1, 10)
)  # fmt: skip


def all_factors(schedule: Schedule, steps: int, epochs: int) -> list[float]:
    return [schedule.factor(step, steps, epochs) for step in range(steps * epochs)]


@given(schedules, lengths, st.data())
@settings(deadline=None)
def test_factor_lies_between_0_and_1(
    schedule: Schedule, length: tuple[int, int], data: st.DataObject
) -> None:
    steps, epochs = length
    step = data.draw(st.integers(0, steps * epochs - 1))
    assert 0 <= schedule.factor(step, steps, epochs) <= 1 + 1e-12


@given(one_cycles, lengths)
@settings(deadline=None)
def test_one_cycle_starts_and_ends_where_it_is_told(
    schedule: OneCycle, length: tuple[int, int]
) -> None:
    steps, epochs = length
    assume(steps * epochs > 1)
    first = schedule.factor(0, steps, epochs)
    assert first == pytest.approx(schedule.start if schedule.warmup else 1)
    assert schedule.factor(steps * epochs - 1, steps, epochs) == pytest.approx(schedule.end)


@given(st.integers(1, 100), st.integers(1, 100), st.floats(0, 1), st.floats(0, 1))
@settings(deadline=None)
def test_one_cycle_peaks_at_the_end_of_the_warmup(
    up: int, down: int, start: float, end: float
) -> None:
    schedule = OneCycle(warmup=up / (up + down), start=start, end=end)
    factors = all_factors(schedule, up + down + 1, 1)
    assert factors[up] == pytest.approx(1)
    rising, falling = factors[: up + 1], factors[up:]
    assert rising == pytest.approx(sorted(rising))
    assert falling == pytest.approx(sorted(falling, reverse=True))


def test_one_cycle_is_halfway_in_the_middle_of_each_part() -> None:
    factors = all_factors(OneCycle(warmup=0.4, start=0.2, end=0.1), 101, 1)
    assert factors[20] == pytest.approx(0.6)
    assert factors[40] == 1
    assert factors[70] == pytest.approx(0.55)
    # A quarter of the way along a cosine, not along a straight line.
    assert factors[10] == pytest.approx(0.2 + 0.8 * (1 - math.sqrt(0.5)) / 2)


@given(one_cycles, lengths)
@settings(deadline=None)
def test_one_cycle_knows_only_the_whole_run(schedule: OneCycle, length: tuple[int, int]) -> None:
    steps, epochs = length
    place = steps * epochs // 3
    assert schedule.factor(place, steps, epochs) == schedule.factor(place, steps * epochs, 1)


@given(schedules)
@settings(deadline=None)
def test_run_of_one_step(schedule: Schedule) -> None:
    assert 0 <= schedule.factor(0, 1, 1) <= 1 + 1e-12


def test_step_falls_after_every_so_many_epochs() -> None:
    factors = all_factors(Step(gamma=0.5, every=2), 3, 5)
    assert factors == [1.0] * 6 + [0.5] * 6 + [0.25] * 3


@given(st.floats(0.01, 1), st.integers(1, 5), lengths)
@settings(deadline=None)
def test_step_follows_its_gamma(gamma: float, every: int, length: tuple[int, int]) -> None:
    steps, epochs = length
    last = Step(gamma=gamma, every=every).factor(steps * epochs - 1, steps, epochs)
    expected = 1.0
    for _ in range(every, epochs, every):
        expected *= gamma
    assert last == pytest.approx(expected)


@given(lengths)
@settings(deadline=None)
def test_constant_stays(length: tuple[int, int]) -> None:
    assert set(all_factors(Constant(), *length)) == {1.0}


@pytest.mark.parametrize("kind", CHOICES["schedule"].values())
def test_each_choice_has_a_factor_of_its_own(kind: type[Schedule]) -> None:
    factors = tuple(all_factors(kind(), 4, 3))
    others = [tuple(all_factors(other(), 4, 3)) for other in CHOICES["schedule"].values()]
    assert others.count(factors) == 1
