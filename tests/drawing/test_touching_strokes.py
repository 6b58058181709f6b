from __future__ import annotations

import numpy as np
import pytest

from digitrec.drawing.strokes import Stroke
from digitrec.drawing.touching_strokes import are_close, touching_sets


def line(*points: tuple[float, float], pen: float = 8) -> Stroke:
    return Stroke(np.array(points), pen)


@pytest.mark.parametrize("scale", [0.25, 1.0, 64.0])
def test_the_width_of_the_pen_counts(scale: float) -> None:
    upper, lower = (
        line((0, y * scale), (100 * scale, y * scale), pen=8 * scale) for y in (0.0, 9.0)
    )
    assert not are_close(upper, lower)
    assert are_close(upper, lower, gap=0.25)
    assert are_close(upper, line((50 * scale, 7 * scale), pen=8 * scale))


def test_strokes_that_cross_between_their_points_touch() -> None:
    assert are_close(line((0, 0), (100, 100), pen=1), line((0, 100), (100, 0), pen=1))


def test_a_stroke_within_the_box_of_another_need_not_touch_it() -> None:
    angle = np.linspace(0, 2 * np.pi, 40)
    ring = Stroke(50 * np.column_stack([np.cos(angle), np.sin(angle)]), 4)
    assert not are_close(ring, line((0, 0)))


def test_strokes_hang_together_by_way_of_others() -> None:
    one, far, between = line((0, 0)), line((20, 0)), line((0, 0), (20, 0))
    other = line((0, 90))
    assert touching_sets([one, other, far]) == [[one], [other], [far]]
    assert touching_sets([one, other, far, between]) == [[one, far, between], [other]]
    assert touching_sets([]) == []
