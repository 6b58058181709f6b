from __future__ import annotations

import numpy as np
import pytest

from digitrec.drawing.strokes import Stroke
from digitrec.gui.session.replay_timetable import MAX_PAUSE, SPEED, drawn_until, timetable


def test_points_are_replayed_at_their_speed_with_short_pauses() -> None:
    first = Stroke([(0, 0), (1, 0), (2, 0)], 4, [5.0, 5.1, 5.4])
    soon = Stroke([(0, 0), (1, 0)], 4, [5.5, 5.7])
    late = Stroke([(0, 0), (1, 0)], 4, [60.0, 60.5])
    table = timetable([first, soon, late])
    assert table[0].tolist() == pytest.approx([0, 0.1, 0.4])
    assert table[1].tolist() == pytest.approx([0.5, 0.7])
    assert table[2].tolist() == pytest.approx([0.7 + MAX_PAUSE, 1.2 + MAX_PAUSE])


def test_without_times_the_pen_has_one_speed() -> None:
    strokes = [Stroke([(0, 0), (SPEED, 0)], 4), Stroke([(5, 5)], 4)]
    table = timetable(strokes)
    assert table[0].tolist() == pytest.approx([0, 1])
    assert table[1].tolist() == pytest.approx([1 + MAX_PAUSE])


def test_a_replay_grows_to_the_whole_drawing() -> None:
    rng = np.random.default_rng(0)
    strokes = [Stroke(rng.uniform(0, 300, (n, 2)), 8) for n in (12, 1, 30)]
    table = timetable(strokes)
    assert drawn_until(strokes, table, -0.1) == []
    before = 0
    for seconds in np.linspace(0, table[-1][-1], 40):
        drawn = drawn_until(strokes, table, seconds)
        points = sum(len(stroke.points) for stroke in drawn)
        assert points >= before
        before = points
        assert all(one is other for one, other in zip(drawn[:-1], strokes, strict=False))
    assert drawn_until(strokes, table, table[-1][-1]) == strokes


def test_a_replay_of_nothing_is_empty() -> None:
    assert timetable([]) == []
    assert drawn_until([], [], 3.0) == []
