from __future__ import annotations

import numpy as np
import pytest

from digitrec.data.synthetic.text_lines import Line, RightEdge, row_extents, set_on_baseline
from digitrec.drawing.rasterise import rasterise

BAR = [np.array([[30.0, 10.0], [30.0, 90.0]])]


def test_a_digit_gets_unit_height_above_the_baseline() -> None:
    heights, feet = [], []
    for seed in range(200):
        (path,) = set_on_baseline(BAR, np.random.default_rng(seed), 0.0)
        heights.append(np.ptp(path[:, 1]))
        feet.append(path[:, 1].max())
        assert np.ptp(path[:, 0]) == pytest.approx(0)
    assert np.mean(heights) == pytest.approx(1, abs=0.03)
    assert 0.05 < np.std(heights) < 0.15
    assert np.mean(feet) == pytest.approx(0, abs=0.02)


def test_a_flat_digit_does_not_become_too_wide() -> None:
    (path,) = set_on_baseline([np.array([[0.0, 0.0], [100.0, 1.0]])], np.random.default_rng(0), 0.0)
    assert np.ptp(path[:, 0]) < 1.7


def test_slant_leans_to_the_right() -> None:
    (path,) = set_on_baseline(BAR, np.random.default_rng(0), 0.3)
    foot, head = path[path[:, 1].argmax()], path[path[:, 1].argmin()]
    assert head[0] - foot[0] == pytest.approx(0.3 * (foot[1] - head[1]))


def test_row_extents_follow_the_outline() -> None:
    """A slope: the further down, the further right."""
    low, high = row_extents([np.array([[0.0, -1.0], [1.0, 0.0]])], 0.1)
    with_ink = np.isfinite(low)
    assert (np.isfinite(high) == with_ink).all()
    assert (high[with_ink] >= low[with_ink]).all()
    assert (np.diff(low[with_ink]) >= -0.051).all()  # its round start apart
    assert low[with_ink][-1] > 0.8
    assert (np.isinf(low[~with_ink]) & (low[~with_ink] > 0)).all()
    assert low.min() == pytest.approx(-0.05)
    assert high.max() == pytest.approx(1.05)


def test_an_edge_is_that_of_all_characters_so_far() -> None:
    edge = RightEdge()
    low = np.array([0.0, 1.0, np.inf])
    assert edge.touching(low) == -np.inf
    edge.add(np.array([2.0, 1.0, -np.inf]), 0.5)
    assert (edge.rows.tolist(), edge.last) == ([2.5, 1.5, -np.inf], 2.5)
    assert edge.touching(low) == 2.5
    assert edge.touching(np.array([np.inf, np.inf, 0.0])) == -np.inf
    edge.add(np.array([-np.inf, 0.25, 0.5]), 1.5)
    assert (edge.rows.tolist(), edge.last) == ([2.5, 1.75, 2.0], 2.0)


def test_a_line_is_drawn_on_a_canvas_that_holds_it() -> None:
    line = Line([np.array([[0.0, -1.0], [0.0, 0.0]]), np.array([[0.5, -1.0], [0.5, 0.0]])], 0.1)
    ink = rasterise(*line.on_canvas(50.0, np.array([[3.0, 4.0], [5.0, 6.0]])))
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    assert (rows[0], columns[0]) == (4, 3)
    assert ink.shape[0] - 1 - rows[-1] == pytest.approx(6, abs=1)
    assert ink.shape[1] - 1 - columns[-1] == pytest.approx(5, abs=1)
    assert len(rows) == pytest.approx(55, abs=1)


def test_a_rotated_line_keeps_its_lengths() -> None:
    line = Line([np.array([[0.0, 0.0], [1.0, 0.0]])], 0.1)
    (path,) = line.rotated(np.radians(90)).strokes
    np.testing.assert_allclose(path, [[0, 0], [0, 1]], atol=1e-9)  # clockwise: to the right is down
