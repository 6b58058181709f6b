from __future__ import annotations

import numpy as np
import pytest

from digitrec.data.synthetic.resampling import resample


def test_points_lie_on_the_path_evenly_and_its_ends_stay() -> None:
    path = np.array([[0.0, 0.0], [3.0, 0.0], [3.0, 4.0]])
    points = resample(path, 0.5)
    np.testing.assert_array_equal(points[[0, -1]], path[[0, -1]])
    beside = np.minimum(np.abs(points[:, 1]), np.abs(points[:, 0] - 3))
    assert beside.max() < 1e-12
    steps = np.hypot(*np.diff(points, axis=0).T)
    assert steps.max() <= 0.5
    # A step across the corner is shorter than the path; the others are alike.
    assert np.ptp(np.delete(steps, steps.argmin())) < 1e-12


@pytest.mark.parametrize("points", [1, 2, 5])
def test_a_pen_that_stays_where_it_is_leaves_one_point(points: int) -> None:
    np.testing.assert_array_equal(resample(np.full((points, 2), 7.0), 0.1), [[7.0, 7.0]])
