from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from digitrec.arrays import Float64Array
from digitrec.drawing.pen_lifts import lines_of_pen
from digitrec.drawing.strokes import Stroke


def path(*corners: tuple[float, float]) -> Float64Array:
    """Return points along a path, one a pixel or so."""
    some = [
        np.linspace(one, other, int(np.hypot(*np.subtract(other, one))) + 1)
        for one, other in pairwise(corners)
    ]
    return np.vstack(some)


def stroke(*corners: tuple[float, float], pen: float = 8.0) -> Stroke:
    return Stroke(path(*corners), pen)


def lines(*strokes: Stroke) -> list[list[Stroke]]:
    return list(lines_of_pen(strokes).values())


@pytest.mark.parametrize("scale", [0.3, 1.0, 40.0])
@pytest.mark.parametrize("white", [-8.0, -3.0, 0.0, 3.0])
@pytest.mark.parametrize("end", [(50.0, 200.0), (130.0, 180.0), (120.0, 160.0)])
def test_a_line_broken_once_is_one(end: tuple[float, float], white: float, scale: float) -> None:
    points = path((50, 100), end)
    cut = len(points) // 3
    first, second = (
        Stroke(some * scale, 8 * scale) for some in (points[:cut], points[cut + 8 + int(white) :])
    )
    [(whole, parts)] = lines_of_pen([first, second]).items()
    assert parts == [first, second]
    np.testing.assert_array_equal(whole.points, np.vstack([first.points, second.points]))


@pytest.mark.parametrize("cut", range(12, 86, 6))
def test_a_circle_broken_once_is_one_line(cut: int) -> None:
    angle = np.linspace(0, 2 * np.pi, 100)
    ring = 50 * np.column_stack([np.sin(angle), -np.cos(angle)])
    parts = [Stroke(ring[:cut], 4), Stroke(ring[cut + 2 :], 4)]
    assert lines(*parts) == [parts]


def test_a_line_may_be_broken_more_than_once() -> None:
    parts = [stroke((0, y), (0, y + 40)) for y in (0.0, 50.0, 100.0)]
    beside = stroke((60, 0), (60, 140))
    assert lines(*parts, beside) == [parts, [beside]]


APART = {
    "a 1 above a 1": (stroke((0, 0), (0, 100)), stroke((0, 130), (0, 230))),
    "a 1 beside a 1": (stroke((0, 0), (0, 100)), stroke((20, 0), (20, 100))),
    "a point at the foot of a 1": (stroke((0, 0), (0, 100)), stroke((2, 110), (2, 111))),
    "a dot above a stem": (stroke((0, 0), (0, 1)), stroke((0, 12), (0, 100))),
    "the dots of a colon": (stroke((0, 0), (0, 3)), stroke((0, 20), (0, 23))),
    "the bars of =": (stroke((0, 0), (60, 0)), stroke((0, 12), (60, 12))),
    "a corner": (stroke((0, 0), (60, 0)), stroke((60, 6), (20, 100))),
    "a cross": (stroke((0, 50), (100, 50)), stroke((50, 0), (50, 100))),
    "the bar of a 5 and a 7": (stroke((10, 0), (70, 0)), stroke((74, 0), (140, 0), (90, 100))),
    "a minus and a 7": (stroke((0, 0), (50, 0)), stroke((74, 0), (140, 0), (90, 100))),
}


@pytest.mark.parametrize("name", APART)
def test_what_does_not_go_on_is_apart(name: str) -> None:
    one, other = APART[name]
    assert lines(one, other) == [[one], [other]]


def test_only_the_stroke_right_after_goes_on() -> None:
    first, between, second = (
        stroke((0, 0), (0, 60)),
        stroke((40, 0), (40, 100)),
        stroke((0, 66), (0, 100)),
    )
    assert lines(first, between, second) == [[first], [between], [second]]
    assert lines(first, second, between) == [[first, second], [between]]
    assert lines() == []
