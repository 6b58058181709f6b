from __future__ import annotations

from itertools import combinations

from digitrec.comparison.html_report.chart_frame import BOTTOM, HEIGHT, LEFT, RIGHT, WIDTH
from digitrec.comparison.html_report.name_places import place_names


def test_names_of_points_that_lie_near_each_other_do_not_overlap() -> None:
    points = [(100.0, 200.0), (150.0, 201.0), (160.0, 199.0), (165.0, 200.0)]
    names = [(f"a name of recipe {number}", point) for number, point in enumerate(points)]
    places = place_names(names, points)
    boxes = [place.box(name) for place, (name, _) in zip(places, names, strict=True) if place]
    assert len(boxes) == 2  # for the others there is no place beside their points
    for one, other in combinations(boxes, 2):
        apart_across = one[2] <= other[0] or other[2] <= one[0]
        assert apart_across or one[3] <= other[1] or other[3] <= one[1]
    for left, top, right, bottom in boxes:
        assert LEFT <= left < right <= WIDTH - RIGHT
        assert 0 <= top < bottom <= HEIGHT - BOTTOM


def test_the_first_choice_is_above_and_to_the_right() -> None:
    (place,) = place_names([("good", (100.0, 200.0))], [(100.0, 200.0)])
    assert place is not None
    assert (place.x, place.y, place.anchor) == (112, 193, "start")


def test_a_name_without_a_free_place_is_left_out() -> None:
    assert place_names([("x" * 80, (100.0, 100.0))], [(100.0, 100.0)]) == [None]
