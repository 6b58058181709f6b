"""Frames that are not boxes."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from digitrec.data.ink.frames import frame_around

SEEDS = st.integers(0, 2**32 - 1)


@given(SEEDS)
def test_a_frame_goes_round_its_middle_and_leaves_room_for_a_digit(seed: int) -> None:
    away = frame_around(np.random.default_rng(seed))
    distances = np.hypot(*away.T)
    assert distances.min() > 0.3
    assert distances.max() < 8  # of a heart whose notch is near the middle
    angles = np.unwrap(np.arctan2(away[:, 1], away[:, 0]))
    assert abs(angles[-1] - angles[0]) > 1.6 * np.pi  # drawn by hand, its ends may not meet


def test_there_are_straight_and_bent_frames_and_such_as_are_open() -> None:
    made = [frame_around(np.random.default_rng(seed)) for seed in range(200)]
    closed = [bool(np.allclose(one[0], one[-1])) for one in made]
    assert 0.5 < np.mean(closed) < 0.95
    straight = [_is_straight(one) for one, is_closed in zip(made, closed, strict=True) if is_closed]
    assert 0.2 < np.mean(straight) < 0.9


def _is_straight(outline: np.ndarray) -> bool:
    """Whether most of an outline is of straight lines."""
    steps = np.diff(outline, axis=0)
    turned = np.abs(np.diff(np.unwrap(np.arctan2(steps[:, 1], steps[:, 0]))))
    return bool(np.mean(turned < 1e-6) > 0.7)
