from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from digitrec.data.rendering.canvas_placement import place_on_canvas
from digitrec.drawing.rasterise import rasterise_drawing

points = st.lists(
    st.tuples(st.integers(-500, 500), st.integers(-500, 500)), min_size=1, max_size=6
).map(lambda p: np.array(p, float))
strokes = st.lists(points, min_size=1, max_size=3)


@given(strokes, st.integers(0, 99))
def test_all_of_the_ink_is_on_the_canvas(drawn: list[np.ndarray], seed: int) -> None:
    drawing = place_on_canvas(drawn, np.random.default_rng(seed), pen=(0.02, 0.3))
    bounds = drawing.bounds()
    assert bounds is not None
    left, top, right, bottom = bounds
    assert min(left, top) > -1e-6
    assert max(right, bottom) < drawing.width + 1e-6
    assert drawing.width == drawing.height
    assert rasterise_drawing(drawing).max() > 0


@given(strokes, st.integers(0, 99))
def test_shape_is_kept_and_sizes_are_as_asked(drawn: list[np.ndarray], seed: int) -> None:
    rng = np.random.default_rng(seed)
    drawing = place_on_canvas(drawn, rng, sides=(200, 300), size=(0.5, 0.5), pen=(0.1, 0.1))
    assert 200 <= drawing.width <= 300
    assert {stroke.width for stroke in drawing.strokes} == {drawing.width * 0.1}
    before, after = np.concatenate(drawn), np.concatenate([s.points for s in drawing.strokes])
    extent = np.ptp(before, axis=0).max()
    if extent:
        scale = drawing.width * 0.5 / extent
        np.testing.assert_allclose(
            after - after[0], (before - before[0]) * scale, rtol=1e-9, atol=1e-6
        )


def test_places_and_sizes_vary() -> None:
    rng = np.random.default_rng(0)
    line = [np.array([[0.0, 0.0], [0.0, 9.0]])]
    many = [place_on_canvas(line, rng) for _ in range(200)]
    tops = [d.strokes[0].points[0] / d.width for d in many]
    assert np.ptp(tops, axis=0)[0] > 0.8
    lengths = [np.ptp(d.strokes[0].points[:, 1]) / d.width for d in many]
    assert 0.2 <= min(lengths) < 0.23
    assert 0.9 < max(lengths) <= 0.95
    thickness = [d.strokes[0].width / np.ptp(d.strokes[0].points[:, 1]) for d in many]
    assert max(thickness) <= 0.25 + 1e-9
