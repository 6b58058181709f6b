from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from digitrec.drawing.eraser import strokes_touched
from digitrec.drawing.rasterise import rasterise
from digitrec.drawing.strokes import Stroke

coordinates = st.floats(-50, 150)
lines = st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=8)
strokes = st.builds(Stroke, points=lines, width=st.floats(0.5, 40))


@given(st.lists(strokes, max_size=5), lines, st.floats(0, 20))
@settings(max_examples=60, deadline=None)
def test_the_eraser_touches_strokes_that_share_pixels_with_it(
    drawn: list[Stroke], path: list[tuple[float, float]], radius: float
) -> None:
    """Compared with pixels: a shared pixel full of ink means touched, a gap means not."""
    met = strokes_touched(drawn, np.array(path), radius)
    for stroke in drawn:
        points = stroke.points + 100, np.array(path) + 100
        ink = rasterise([Stroke(points[0], stroke.width)], 350, 350)
        near = rasterise([Stroke(points[1], 2 * radius + 4)], 350, 350)
        far = rasterise([Stroke(points[1], max(2 * radius - 4, 0.1))], 350, 350)
        if stroke in met:
            assert (np.minimum(ink, near) > 0).any()
        else:
            assert not (np.minimum(ink, far) > 200).any()


def test_the_eraser_touches_a_line_that_it_jumps_across() -> None:
    line = Stroke([(10, 50), (90, 50)], 3)
    assert strokes_touched([line], np.array([(50.0, 20.0), (50.0, 80.0)]), 1) == [line]
    assert strokes_touched([line], np.array([(50.0, 20.0), (50.0, 40.0)]), 1) == []
