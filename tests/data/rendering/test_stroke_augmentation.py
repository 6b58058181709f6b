from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitrec.data.rendering.stroke_augmentation import augment_strokes

points = st.lists(
    st.tuples(st.integers(-500, 500), st.integers(-500, 500)), min_size=1, max_size=8
).map(lambda p: np.array(p, float))
strokes = st.lists(points, min_size=1, max_size=4)

HOOK = [np.array([[0.0, 0.0], [60.0, 0.0], [60.0, 100.0]])]


@given(strokes, st.integers(0, 99), st.floats(0, 2))
def test_it_has_as_many_strokes_about_where_they_were(
    drawn: list[np.ndarray], seed: int, strength: float
) -> None:
    before = [path.copy() for path in drawn]
    augmented = augment_strokes(drawn, np.random.default_rng(seed), strength)
    assert len(augmented) == len(drawn)
    for path, old in zip(drawn, before, strict=True):
        np.testing.assert_array_equal(path, old)  # what was given stays as it was
    all_before = np.concatenate(before)
    extent = float(np.ptp(all_before, axis=0).max())
    for path, old in zip(augmented, before, strict=True):
        assert path.ndim == 2
        assert len(path) >= 1
        assert np.isfinite(path).all()
        away = np.abs(path - old.mean(axis=0)).max()
        assert away <= extent * (1.2 + 1.2 * strength) + 1e-9


@given(strokes, st.integers(0, 99))
def test_strength_0_changes_nothing(drawn: list[np.ndarray], seed: int) -> None:
    augmented = augment_strokes(drawn, np.random.default_rng(seed), 0.0)
    extent = float(np.ptp(np.concatenate(drawn), axis=0).max())
    for path, old in zip(augmented, drawn, strict=True):
        np.testing.assert_allclose(path[0], old[0], atol=1e-6 * max(extent, 1))
        np.testing.assert_allclose(path[-1], old[-1], atol=1e-6 * max(extent, 1))


def test_it_is_the_same_for_the_same_seed() -> None:
    one, same, other = (augment_strokes(HOOK, np.random.default_rng(seed))[0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert one.shape != other.shape or not np.allclose(one, other)


def test_variation_scales_with_the_size_of_the_strokes() -> None:
    small = augment_strokes(HOOK, np.random.default_rng(3))[0]
    large = augment_strokes([HOOK[0] * 5 + 70], np.random.default_rng(3))[0]
    np.testing.assert_allclose(large, small * 5 + 70)


def test_lines_become_longer_and_shorter() -> None:
    rng = np.random.default_rng(0)
    line = [np.array([[0.0, 0.0], [0.0, 100.0]])]
    lengths = np.array([np.ptp(augment_strokes(line, rng)[0][:, 1]) for _ in range(400)])
    assert (lengths > 108).sum() > 20
    assert (lengths < 97).sum() > 20
    assert lengths.max() < 170
    assert lengths.min() > 60


def test_corners_get_rounder_and_sharper() -> None:
    rng = np.random.default_rng(0)
    lengths = []
    for _ in range(300):
        path = augment_strokes(HOOK, rng)[0]
        turn = np.diff(path, axis=0)
        angles = np.unwrap(np.arctan2(turn[:, 1], turn[:, 0]))
        lengths.append(np.abs(np.diff(angles)).max())
    assert min(lengths) < 0.6
    assert max(lengths) > 1.2


def test_later_strokes_are_moved() -> None:
    cross = [np.array([[0.0, 50.0], [100.0, 50.0]]), np.array([[50.0, 0.0], [50.0, 100.0]])]
    rng = np.random.default_rng(0)
    apart = []
    for _ in range(200):
        across, down = augment_strokes(cross, rng)
        apart.append(down[:, 0].mean() - across[:, 0].mean())
    assert np.std(apart) > 1


@pytest.mark.parametrize("count", [1, 3])
def test_dots_stay_dots(count: int) -> None:
    dots = [np.array([[5.0, 7.0]])] * count
    augmented = augment_strokes(dots, np.random.default_rng(0))
    for dot, old in zip(augmented, dots, strict=True):
        np.testing.assert_array_equal(dot, old)
