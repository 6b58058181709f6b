from __future__ import annotations

import numpy as np
import pytest

from digitrec.drawing.rasterise import rasterise
from digitrec.drawing.strokes import Stroke
from digitrec.imaging.stroke_width import mean_stroke_width


@pytest.mark.parametrize("width", [3.0, 8.0, 20.0])
@pytest.mark.parametrize("degrees", [0, 20, 45, 90])
def test_the_width_of_a_stroke_is_found_in_any_direction(width: float, degrees: float) -> None:
    along = 150 * np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])
    points = np.array([200, 200]) + np.array([-along, along])
    ink = rasterise([Stroke(points, width)], 400, 400) > 127
    # A straight stroke's edge is counted 1 to 1.41 times, and 4/π times in the mean; and the ink
    # is whole pixels.
    assert 0.85 * width < mean_stroke_width(ink) < 1.3 * (width + 1)


def test_a_ring_is_as_wide_as_its_stroke() -> None:
    turns = np.linspace(0, 2 * np.pi, 200)
    ring = 200 + 120 * np.stack([np.cos(turns), np.sin(turns)], axis=1)
    ink = rasterise([Stroke(ring, 9.0)], 400, 400) > 127
    assert mean_stroke_width(ink) == pytest.approx(9, rel=0.05)


@pytest.mark.parametrize("shape", [(0, 0), (1, 1), (5, 1)])
def test_no_ink_has_no_width(shape: tuple[int, int]) -> None:
    assert mean_stroke_width(np.zeros(shape, bool)) == 0
