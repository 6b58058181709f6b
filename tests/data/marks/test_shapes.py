from __future__ import annotations

import numpy as np
import pytest

from digitrec.arrays import Float64Array
from digitrec.data.marks.shapes import make_mark
from digitrec.models.marks import MARKS


def made(mark: str, count: int = 200) -> list[list[Float64Array]]:
    return [make_mark(mark, np.random.default_rng(seed)) for seed in range(count)]


@pytest.mark.parametrize("mark", MARKS)
def test_marks_are_strokes_and_no_two_are_alike(mark: str) -> None:
    marks = made(mark, 20)
    for strokes in marks:
        assert strokes
        for path in strokes:
            assert path.ndim == 2
            assert path.shape[1] == 2
            assert np.isfinite(path).all()
    assert len({strokes[0].tobytes() for strokes in marks}) == len(marks)


def test_some_percent_signs_have_rings_some_dots_and_some_are_drawn_without_lifting_the_pen() -> (
    None
):
    signs = made("%")
    assert {len(strokes) for strokes in signs} == {1, 2, 3}
    apart = [strokes for strokes in signs if len(strokes) == 3]
    sizes = np.array([np.ptp(upper, axis=0).max() for upper, _, _ in apart])
    assert 0.05 < np.mean(sizes < 0.1) < 0.4
    for upper, slash, lower in apart:
        assert upper[:, 1].mean() < lower[:, 1].mean()
        assert upper[:, 0].mean() < lower[:, 0].mean()
        assert np.ptp(slash[:, 1]) > 0.95


def test_slashes_lean_to_the_right_and_are_straight_bent_or_hooked() -> None:
    slashes = [strokes[0] for strokes in made("/")]
    assert all(path[0, 0] > path[5, 0] for path in slashes)
    assert {len(path) for path in slashes} == {6, 7}
    across = []
    for path in slashes:
        along = (path[:6] - path[0]) @ (path[5] - path[0]) / ((path[5] - path[0]) ** 2).sum()
        across.append(np.abs(path[:6] - path[0] - along[:, None] * (path[5] - path[0])).max())
    assert min(across) < 0.01
    assert max(across) > 0.05


def test_the_strokes_of_a_plus_cross() -> None:
    for upright, level in made("+"):
        assert np.ptp(upright[:, 1]) > np.ptp(upright[:, 0])
        assert np.ptp(level[:, 0]) > np.ptp(level[:, 1])
        assert level[:, 0].min() < upright[:, 0].mean() < level[:, 0].max()
        assert upright[:, 1].min() < level[:, 1].mean() < upright[:, 1].max()
