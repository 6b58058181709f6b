from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from digitrec.drawing.rasterise import rasterise, rasterise_drawing
from digitrec.drawing.strokes import Drawing, Stroke

coordinates = st.floats(-50, 150)
lines = st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=8)
strokes = st.builds(Stroke, points=lines, width=st.floats(0.5, 40))


@given(st.lists(strokes, min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_ink_lies_within_the_bounds(drawn: list[Stroke]) -> None:
    drawing = Drawing(90, 70, drawn)
    ink = rasterise_drawing(drawing)
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
@example(Stroke([(1, 8), (0, 0), (0, 9)], 1), 5, 5)  # there and back, half of it outside
@example(Stroke([(0, 0), (0, 1e-200)], 1), 5, 5)  # a dot, but for rounding
@settings(max_examples=60, deadline=None)
def test_ink_outside_the_canvas_is_cut_off(stroke: Stroke, width: int, height: int) -> None:
    small = rasterise([stroke], width, height).astype(int)
    moved = Stroke(stroke.points + 100, stroke.width)
    large = rasterise([moved], width + 200, height + 200).astype(int)
    assert np.abs(small - large[100 : 100 + height, 100 : 100 + width]).max() <= 8


def test_a_stroke_far_outside_leaves_no_ink() -> None:
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


def test_the_array_belongs_to_the_caller() -> None:
    ink = rasterise([Stroke([(5, 5)], 4)], 10, 10)
    ink[:] = 7
    assert rasterise([], 10, 10).sum() == 0


@pytest.mark.parametrize(("width", "height"), [(0, 10), (10, 0), (-3, 5)])
def test_a_canvas_without_pixels_is_rejected(width: int, height: int) -> None:
    with pytest.raises(ValueError, match="canvas"):
        rasterise([], width, height)


def test_nothing_is_told_of_fonts_where_matplotlib_cannot_write() -> None:
    program = (
        "from digitrec.drawing.rasterise import rasterise\n"
        "from digitrec.drawing.strokes import Stroke\n"
        "assert rasterise([Stroke([(5, 5), (20, 20)], 4)], 28, 28).any()\n"
    )
    surroundings = os.environ | {"MPLCONFIGDIR": "/dev/null/nowhere"}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=surroundings, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
