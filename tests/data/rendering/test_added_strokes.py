from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitrec.data.rendering import added_strokes
from digitrec.data.rendering.added_strokes import add_strokes
from digitrec.data.rendering.canvas_placement import Strokes

TURNS = np.linspace(0, 2 * np.pi, 50)
OVAL = np.stack([30 + 30 * np.sin(TURNS), 50 - 50 * np.cos(TURNS)], axis=1)
STICK = np.array([[30.0, 0.0], [31.0, 50.0], [30.0, 100.0]])
SEVEN = np.array([[0.0, 3.0], [58.0, 2.0], [38.0, 50.0], [24.0, 100.0]])
NINE = np.array([[50.0, 12.0], [28, 0], [4, 16], [6, 40], [28, 46], [46, 30], [52, 6], [46, 100]])
BARE = {0: OVAL, 1: STICK, 7: SEVEN, 9: NINE}
THREE = np.array([[4.0, 14.0], [24, 0], [50, 8], [22, 46], [60, 72], [22, 100], [0, 88]])


@pytest.fixture
def no_hooks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(added_strokes, "_HOOKED", 0.0)


def added(digit: int, seed: int) -> Strokes:
    return add_strokes([BARE[digit]], digit, np.random.default_rng(seed))


@given(st.sampled_from(sorted(BARE)), st.integers(0, 10**6))
def test_the_digit_stays_and_a_stroke_is_near_it(digit: int, seed: int) -> None:
    strokes = added(digit, seed)
    points = np.concatenate(list(strokes))
    assert len(points) > len(BARE[digit])
    for x, y in BARE[digit]:  # each of its points is there still
        assert np.hypot(*(points - (x, y)).T).min() < 3.1
    assert (points > -110).all()
    assert (points < 210).all()


@given(
    st.sampled_from(sorted(BARE)),
    st.integers(0, 10**6),
    st.floats(0.01, 100),
    st.floats(-1e4, 1e4),
)
def test_place_and_size_change_nothing(digit: int, seed: int, scale: float, place: float) -> None:
    moved = add_strokes([BARE[digit] * scale + place], digit, np.random.default_rng(seed))
    for one, other in zip(moved, added(digit, seed), strict=True):
        assert one == pytest.approx(other * scale + place, rel=1e-6, abs=1e-6 * scale)


@pytest.mark.usefixtures("no_hooks")
def test_zeros_are_crossed_by_slashes_bars_and_dots() -> None:
    angles, reaches, in_one_stroke = [], [], 0
    for seed in range(300):
        _, *slash = added(0, seed)
        in_one_stroke += not slash
        if slash:
            across = slash[0][0] - slash[0][-1]
            angles.append(np.rad2deg(np.arctan2(-across[1], across[0])))
            reaches.append(np.hypot(*across))
            assert np.hypot(*(slash[0].mean(axis=0) - (30, 50))) < 50
    assert 20 < in_one_stroke < 80
    rising, level, falling = (
        np.mean([low < angle < high for angle in angles])
        for low, high in ((25, 80), (-12, 15), (100, 150))
    )
    assert rising > 0.45
    assert level > 0.1
    assert falling > 0.07
    assert min(reaches) < 12  # a dot
    assert max(reaches) > 150  # far beyond the oval


@pytest.mark.usefixtures("no_hooks")
def test_ones_get_flags_and_feet() -> None:
    flagged = footed = 0
    rng = np.random.default_rng(0)
    for _ in range(300):
        stroke, *foot = add_strokes([STICK], 1, rng)
        flagged += bool(stroke[0, 1] > 5)
        footed += bool(foot)
        assert (stroke[:, 0] < 35).all()  # a flag is on the left
        if foot:
            assert np.ptp(foot[0][:, 1]) < 30
            assert foot[0][:, 0].min() < 30 < foot[0][:, 0].max()
    assert flagged == pytest.approx(240, abs=25)
    assert footed == pytest.approx(165, abs=25)


@pytest.mark.usefixtures("no_hooks")
def test_a_one_written_upwards_is_turned() -> None:
    stroke = add_strokes([STICK[::-1]], 1, np.random.default_rng(0))[0]
    assert stroke[-1].tolist() == pytest.approx([30, 100])


@pytest.mark.usefixtures("no_hooks")
def test_the_bar_of_a_seven_crosses_its_stem() -> None:
    for seed in range(50):
        _, bar = added(7, seed)
        stem = np.interp(bar[:, 1].mean(), [2, 50, 100], [58, 38, 24])
        assert bar[0, 0] < stem < bar[-1, 0]
        assert 30 < bar[:, 1].mean() < 70


@pytest.mark.usefixtures("no_hooks")
def test_nines_get_a_foot_where_they_end() -> None:
    to_the_left = 0
    for seed in range(200):
        (stroke,) = added(9, seed)
        to_the_left += bool(stroke[-1, 0] < 46)
        assert abs(stroke[-1, 1] - 100) < 35
    assert 120 < to_the_left < 180


@pytest.mark.parametrize(
    ("digit", "stroke"),
    [
        (0, OVAL[:35]),  # open
        (0, OVAL * (0.3, 1)),  # narrow, like a 1
        (1, SEVEN),  # has its flag
        (7, STICK),  # no roof
        (9, np.concatenate([NINE, [[20.0, 60.0]]])),  # a hook already
        (3, THREE),
        (8, OVAL),
    ],
)
def test_what_bears_no_other_stroke_gets_a_hook(digit: int, stroke: np.ndarray) -> None:
    begun = ended = 0
    rng = np.random.default_rng(0)
    extent = np.ptp(stroke, axis=0).max()
    for _ in range(200):
        (longer,) = add_strokes([stroke], digit, rng)
        before, after = longer[0] - stroke[0], longer[-1] - stroke[-1]
        if np.hypot(*before) > 0.01 * extent:
            begun += 1
            assert before[0] < 0
            assert np.hypot(*before) < 0.37 * extent
        if np.hypot(*after) > 0.01 * extent:
            ended += 1
            assert after[0] > 0 > after[1]  # to the right and up
            assert np.hypot(*after) < 0.37 * extent
    assert begun == pytest.approx(90, abs=25)
    assert ended == pytest.approx(140, abs=25)


def test_of_several_strokes_the_first_and_the_last_get_the_hooks() -> None:
    bar = np.array([[10.0, 50.0], [60.0, 50.0]])
    for seed in range(30):
        first, second = add_strokes([SEVEN, bar], 7, np.random.default_rng(seed))
        assert first[-1] == pytest.approx(SEVEN[-1])
        assert second[0] == pytest.approx(bar[0])


@pytest.mark.parametrize(
    ("digit", "stroke"), [(-1, OVAL), (10, OVAL), (0, np.array([[5.0, 5.0], [5.0, 5.0]]))]
)
def test_what_is_no_digit_and_what_has_no_size_stays(digit: int, stroke: np.ndarray) -> None:
    for seed in range(20):
        assert add_strokes([stroke], digit, np.random.default_rng(seed))[0] is stroke
