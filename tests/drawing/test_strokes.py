from __future__ import annotations

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from digitrec.drawing.rasterise import rasterise_drawing
from digitrec.drawing.strokes import Drawing, Stroke

coordinates = st.floats(-50, 150)
lines = st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=8)
strokes = st.builds(Stroke, points=lines, width=st.floats(0.5, 40))


class History(RuleBasedStateMachine):
    """Undo and redo compared with a list of everything that was on the canvas."""

    def __init__(self) -> None:
        super().__init__()
        self.drawing = Drawing(100, 100)
        self.states: list[list[Stroke]] = [[]]
        self.now = 0

    def did(self, strokes: list[Stroke]) -> None:
        self.states[self.now + 1 :] = [strokes]
        self.now += 1

    @rule(stroke=strokes)
    def add(self, stroke: Stroke) -> None:
        self.did([*self.states[self.now], stroke])
        self.drawing.add(stroke)

    @rule(chosen=st.sets(st.integers(0, 5)))
    def erase(self, chosen: set[int]) -> None:
        before = self.states[self.now]
        gone = [stroke for i, stroke in enumerate(before) if i in chosen]
        assert self.drawing.erase(gone) == bool(gone)
        if gone:
            self.did([stroke for i, stroke in enumerate(before) if i not in chosen])

    @rule()
    def clear(self) -> None:
        assert self.drawing.clear() == bool(self.states[self.now])
        if self.states[self.now]:
            self.did([])

    @rule()
    def undo(self) -> None:
        assert self.drawing.undo() == (self.now > 0)
        self.now = max(self.now - 1, 0)

    @rule()
    def redo(self) -> None:
        assert self.drawing.redo() == (self.now + 1 < len(self.states))
        self.now = min(self.now + 1, len(self.states) - 1)

    @invariant()
    def the_drawing_is_what_was_done(self) -> None:
        # Strokes compare by identity: the very same ones, in the same order.
        assert self.drawing.strokes == self.states[self.now]
        assert self.drawing.undoable == (self.now > 0)
        assert self.drawing.redoable == (self.now + 1 < len(self.states))
        assert (self.drawing.bounds() is None) == (not self.states[self.now])


TestHistory = History.TestCase
TestHistory.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)


def test_undo_after_clear_brings_the_whole_drawing_back() -> None:
    drawing = Drawing(60, 60)
    for x in (10, 20, 30):
        drawing.add(Stroke([(x, 5), (x, 50)], 4))
    before = rasterise_drawing(drawing)
    drawing.clear()
    assert not rasterise_drawing(drawing).any()
    assert drawing.undo()
    np.testing.assert_array_equal(rasterise_drawing(drawing), before)


def test_strokes_that_a_drawing_was_created_with_are_undone_one_by_one() -> None:
    made = [Stroke([(x, 5), (x, 50)], 4) for x in (10, 20, 30)]
    drawing = Drawing(60, 60, list(made))
    assert drawing.undo()
    assert drawing.undo()
    assert drawing.strokes == made[:1]
    assert drawing.redo()
    assert drawing.strokes == made[:2]
    drawing.add(made[2])
    assert not drawing.redoable
    while drawing.undo():
        pass
    assert not drawing.strokes


def test_the_pen_left_if_its_centre_is_outside() -> None:
    inside, outside = Stroke([(2, 5), (58, 50)], 8), Stroke([(30, 30), (30, 61)], 8)
    assert not Drawing(60, 60, [inside]).pen_left_canvas()
    assert Drawing(60, 60, [inside, outside]).pen_left_canvas()
    assert Drawing(60, 60, [Stroke([(-1, 5)], 8)]).pen_left_canvas()


def test_bounds_include_the_pen() -> None:
    drawing = Drawing(100, 100)
    assert drawing.bounds() is None
    drawing.add(Stroke([(10, 20), (30, 25)], 4))
    assert drawing.bounds() == (8, 18, 32, 27)
    drawing.add(Stroke([(50, -5)], 10))
    assert drawing.bounds() == (8, -10, 55, 27)


def test_a_stroke_keeps_its_own_points() -> None:
    points = np.array([[1.0, 2.0], [3.0, 4.0]])
    stroke = Stroke(points, 2)
    points[0] = np.nan
    assert np.isfinite(stroke.points).all()


@pytest.mark.parametrize(
    "points",
    [[], [1.0, 2.0], [(1, 2, 3)], np.zeros((0, 2)), [(0, np.nan)], [(np.inf, 0)]],
)
def test_points_that_make_no_stroke_are_rejected(points: object) -> None:
    with pytest.raises(ValueError, match="stroke's points"):
        Stroke(points, 3)


@pytest.mark.parametrize("times", [[0], [0, 1, 2], [1, 0], [0, np.nan], [[0, 1]]])
def test_times_that_are_impossible_are_rejected(times: object) -> None:
    with pytest.raises(ValueError, match="times"):
        Stroke([(1, 1), (2, 2)], 3, times)


@pytest.mark.parametrize("width", [0, -1, np.nan, np.inf])
def test_pens_without_width_are_rejected(width: float) -> None:
    with pytest.raises(ValueError, match="stroke's width"):
        Stroke([(1, 1)], width)
