from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from digitrec.drawing.strokes import Drawing, Stroke, rasterise, touched

coordinates = st.floats(-50, 150)
lines = st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=8)
strokes = st.builds(Stroke, points=lines, width=st.floats(0.5, 40))


class History(RuleBasedStateMachine):
    """Undo and redo against the plainest model: all that was on the canvas, then and then."""

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
    before = drawing.rasterise()
    drawing.clear()
    assert not drawing.rasterise().any()
    assert drawing.undo()
    np.testing.assert_array_equal(drawing.rasterise(), before)


def test_strokes_a_drawing_was_made_with_are_undone_one_by_one() -> None:
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


def test_the_pen_has_left_where_its_middle_is_outside() -> None:
    inside, outside = Stroke([(2, 5), (58, 50)], 8), Stroke([(30, 30), (30, 61)], 8)
    assert not Drawing(60, 60, [inside]).left_by_pen()
    assert Drawing(60, 60, [inside, outside]).left_by_pen()
    assert Drawing(60, 60, [Stroke([(-1, 5)], 8)]).left_by_pen()


# --- the eraser ---------------------------------------------------------------------------------


@given(st.lists(strokes, max_size=5), lines, st.floats(0, 20))
@settings(max_examples=60, deadline=None)
def test_the_eraser_touches_what_shares_pixels_with_it(
    drawn: list[Stroke], path: list[tuple[float, float]], radius: float
) -> None:
    """Against pixels: what shares much ink is touched, what has a gap between is not."""
    met = touched(drawn, np.array(path), radius)
    for stroke in drawn:
        points = stroke.points + 100, np.array(path) + 100
        ink = rasterise([Stroke(points[0], stroke.width)], 350, 350)
        near = rasterise([Stroke(points[1], 2 * radius + 4)], 350, 350)
        far = rasterise([Stroke(points[1], max(2 * radius - 4, 0.1))], 350, 350)
        if stroke in met:
            assert (np.minimum(ink, near) > 0).any()
        else:
            assert not (np.minimum(ink, far) > 200).any()


def test_the_eraser_meets_a_line_it_jumps_across() -> None:
    line = Stroke([(10, 50), (90, 50)], 3)
    assert touched([line], np.array([(50.0, 20.0), (50.0, 80.0)]), 1) == [line]
    assert touched([line], np.array([(50.0, 20.0), (50.0, 40.0)]), 1) == []


def test_bounds_include_the_pen() -> None:
    drawing = Drawing(100, 100)
    assert drawing.bounds() is None
    drawing.add(Stroke([(10, 20), (30, 25)], 4))
    assert drawing.bounds() == (8, 18, 32, 27)
    drawing.add(Stroke([(50, -5)], 10))
    assert drawing.bounds() == (8, -10, 55, 27)


@given(st.lists(strokes, min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_ink_lies_within_the_bounds(drawn: list[Stroke]) -> None:
    drawing = Drawing(90, 70, drawn)
    ink = drawing.rasterise()
    assert ink.shape == (70, 90)
    assert ink.dtype == np.uint8
    bounds = drawing.bounds()
    assert bounds is not None
    left, top, right, bottom = bounds
    rows, columns = np.nonzero(ink)
    # Agg keeps coordinates to 1/256 pixel, so ink may reach into the pixel beyond an edge.
    assert (columns + 1 >= left - 0.02).all()
    assert (columns <= right + 0.02).all()
    assert (rows + 1 >= top - 0.02).all()
    assert (rows <= bottom + 0.02).all()


@pytest.mark.parametrize("width", [1.0, 2.5, 8.0, 21.0])
@pytest.mark.parametrize("at", [50.0, 50.25, 50.5])
def test_a_stroke_is_as_wide_as_its_pen(width: float, at: float) -> None:
    for points in ([(at, 20), (at, 80)], [(20, at), (80, at)]):
        ink = rasterise([Stroke(points, width)], 100, 100) / 255
        across = ink[50] if points[0][0] == at else ink[:, 50]
        assert across.sum() == pytest.approx(width, abs=0.05)
        # Pixel i covers i…i + 1, so its middle is at i + 0.5.
        assert across @ (np.arange(100) + 0.5) / across.sum() == pytest.approx(at, abs=0.06)


@pytest.mark.parametrize("points", [[(30.3, 40.6)], [(30.3, 40.6)] * 3])
@pytest.mark.parametrize("width", [3.0, 10.0, 25.0])
def test_a_dot_is_round(points: list[tuple[float, float]], width: float) -> None:
    ink = rasterise([Stroke(points, width)], 80, 80) / 255
    assert ink.sum() == pytest.approx(np.pi * width**2 / 4, rel=0.1)
    middle = np.arange(80) + 0.5
    assert ink.sum(axis=0) @ middle / ink.sum() == pytest.approx(30.3, abs=0.05)
    assert ink.sum(axis=1) @ middle / ink.sum() == pytest.approx(40.6, abs=0.05)
    assert np.ptp(np.flatnonzero(ink.any(axis=0))) == pytest.approx(width, abs=1.5)
    assert np.ptp(np.flatnonzero(ink.any(axis=1))) == pytest.approx(width, abs=1.5)


@given(strokes, st.integers(5, 60), st.integers(5, 60))
@settings(max_examples=60, deadline=None)
def test_what_is_outside_the_canvas_is_cut_off(stroke: Stroke, width: int, height: int) -> None:
    small = rasterise([stroke], width, height).astype(int)
    moved = Stroke(stroke.points + 100, stroke.width)
    large = rasterise([moved], width + 200, height + 200).astype(int)
    assert np.abs(small - large[100 : 100 + height, 100 : 100 + width]).max() <= 8


def test_far_outside_draws_nothing() -> None:
    assert not rasterise([Stroke([(-500, 20), (-90, 1e5)], 10)], 40, 40).any()


@given(st.lists(strokes, max_size=4))
@settings(max_examples=30, deadline=None)
def test_the_same_strokes_make_the_same_pixels(drawn: list[Stroke]) -> None:
    np.testing.assert_array_equal(rasterise(drawn, 90, 70), rasterise(drawn, 90, 70))


def test_crossing_strokes_do_not_exceed_full_ink() -> None:
    cross = [Stroke([(10, 20), (30, 20)], 6), Stroke([(20, 10), (20, 30)], 6)]
    ink = rasterise(cross, 40, 40)
    assert ink[20, 20] == 255
    assert (ink >= np.maximum(*(rasterise([stroke], 40, 40) for stroke in cross))).all()


def test_the_picture_is_the_callers_own() -> None:
    ink = rasterise([Stroke([(5, 5)], 4)], 10, 10)
    ink[:] = 7
    assert rasterise([], 10, 10).sum() == 0


def test_a_stroke_keeps_its_own_points() -> None:
    points = np.array([[1.0, 2.0], [3.0, 4.0]])
    stroke = Stroke(points, 2)
    points[0] = np.nan
    assert np.isfinite(stroke.points).all()


@pytest.mark.parametrize(
    "points",
    [[], [1.0, 2.0], [(1, 2, 3)], np.zeros((0, 2)), [(0, np.nan)], [(np.inf, 0)]],
)
def test_points_that_make_no_stroke_are_refused(points: object) -> None:
    with pytest.raises(ValueError, match="stroke's points"):
        Stroke(points, 3)


@pytest.mark.parametrize("times", [[0], [0, 1, 2], [1, 0], [0, np.nan], [[0, 1]]])
def test_times_that_no_pen_takes_are_refused(times: object) -> None:
    with pytest.raises(ValueError, match="times"):
        Stroke([(1, 1), (2, 2)], 3, times)


@pytest.mark.parametrize("width", [0, -1, np.nan, np.inf])
def test_pens_of_no_width_are_refused(width: float) -> None:
    with pytest.raises(ValueError, match="stroke's width"):
        Stroke([(1, 1)], width)


@pytest.mark.parametrize(("width", "height"), [(0, 10), (10, 0), (-3, 5)])
def test_a_canvas_without_pixels_is_refused(width: int, height: int) -> None:
    with pytest.raises(ValueError, match="canvas"):
        rasterise([], width, height)
