from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stroke_digits import (
    CROSSED_SEVEN,
    DIGITS,
    FIVE_WITH_BAR_APART,
    FOUR,
    ONE,
    PEN,
    write,
)

from digitrec.data.synthetic.digits import draw
from digitrec.drawing.grouping import group_strokes
from digitrec.drawing.strokes import Stroke


def sizes(groups: list[list[Stroke]]) -> list[int]:
    return [len(strokes) for strokes in groups]


@pytest.mark.parametrize("name", DIGITS)
def test_the_strokes_of_a_digit_belong_together(name: str) -> None:
    strokes = write(DIGITS[name])
    assert group_strokes(strokes) == [strokes]
    assert group_strokes(strokes[::-1]) == [strokes[::-1]]


@pytest.mark.parametrize("gap", [14.0, 30.0, 80.0])
@pytest.mark.parametrize("second", DIGITS)
@pytest.mark.parametrize("first", DIGITS)
def test_two_digits_are_separated(first: str, second: str, gap: float) -> None:
    one = write(DIGITS[first])
    left = max(stroke.box[2] for stroke in one) + gap
    other = write(DIGITS[second])
    other = write(DIGITS[second], left - min(stroke.box[0] for stroke in other))
    assert group_strokes(one + other) == [one, other]


def test_digits_come_from_left_to_right_whatever_was_drawn_first() -> None:
    one, seven, four = write(ONE, 300), write(CROSSED_SEVEN, 180), write(FOUR, 20)
    assert group_strokes(one + seven + four) == [four, seven, one]
    # Somebody goes back to cross the seven when all is written.
    late = [seven[0], *one, *four, seven[1]]
    assert group_strokes(late) == [four, seven, one]


def test_a_seven_that_leans_over_its_neighbour_is_separated() -> None:
    four, seven = write(FOUR), write([[(0, 0), (60, 0), (25, 100)]], 66)
    assert group_strokes(four + seven) == [four, seven]


def test_a_bar_belongs_to_the_digit_drawn_before_it() -> None:
    five = write(FIVE_WITH_BAR_APART)
    one = write(ONE, 115)  # nearer to the bar than the body is
    assert group_strokes(five + one) == [five, one]


def test_no_strokes_make_no_digits() -> None:
    assert group_strokes([]) == []


def test_a_dot_that_stands_alone_is_a_group() -> None:
    dot, one = Stroke([(300, 100)], PEN), write(ONE)
    assert group_strokes([dot]) == [[dot]]
    assert group_strokes([*one, dot]) == [one, [dot]]


coordinates = st.floats(0, 400)
lines = st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=6)
drawn = st.lists(st.builds(Stroke, points=lines, width=st.floats(1, 40)), max_size=12)


@given(drawn)
def test_every_stroke_is_in_one_group_in_its_order(strokes: list[Stroke]) -> None:
    groups = group_strokes(strokes)
    assert sorted(id(s) for part in groups for s in part) == sorted(map(id, strokes))
    for part in groups:
        assert part == [stroke for stroke in strokes if any(stroke is other for other in part)]
    middles = [min(s.box[0] for s in part) + max(s.box[2] for s in part) for part in groups]
    assert middles == sorted(middles)


@given(drawn)
def test_groups_do_not_cover_one_another(strokes: list[Stroke]) -> None:
    boxes = [
        (min(s.box[0] for s in part), max(s.box[2] for s in part))
        for part in group_strokes(strokes)
    ]
    for i, (left, right) in enumerate(boxes):
        for other_left, other_right in boxes[i + 1 :]:
            shared = min(right, other_right) - max(left, other_left)
            assert shared <= 0.36 * min(right - left, other_right - other_left)


@given(drawn, st.floats(0.1, 20), st.floats(-500, 500))
def test_size_and_position_do_not_matter(strokes: list[Stroke], scale: float, shift: float) -> None:
    # Whole numbers, so that what lies on a limit does so at every size.
    strokes = [Stroke(np.rint(s.points), round(s.width) * 2) for s in strokes]
    scale, shift = 2.0 ** round(np.log2(scale)), round(shift)
    moved = [Stroke(s.points * scale + shift, s.width * scale) for s in strokes]
    index = {id(stroke): i for i, stroke in enumerate([*strokes, *moved])}
    expected = [[index[id(s)] + len(strokes) for s in part] for part in group_strokes(strokes)]
    assert [[index[id(s)] for s in part] for part in group_strokes(moved)] == expected


def test_written_numbers_are_split_into_their_digits() -> None:
    """Synthetic handwriting, each digit in its own strokes, a tenth of its height apart."""
    rng = np.random.default_rng(0)
    right = 0
    for _ in range(100):
        written, x = [], 20.0
        for digit in rng.integers(10, size=rng.integers(1, 6)):
            drawing = draw(int(digit), rng)
            bounds = drawing.bounds()
            assert bounds is not None
            scale = 140 / (bounds[3] - bounds[1])
            written.append(
                [
                    Stroke((s.points - bounds[:2]) * scale + (x, 50), s.width * scale)
                    for s in drawing.strokes
                ]
            )
            x = max(s.box[2] for s in written[-1]) + 14
        groups = group_strokes([stroke for strokes in written for stroke in strokes])
        right += groups == written
    assert right >= 98


def test_many_strokes_are_grouped() -> None:
    rng = np.random.default_rng(0)
    scattered = [Stroke(rng.uniform(0, 600, (20, 2)), 8) for _ in range(400)]
    assert sum(sizes(group_strokes(scattered))) == 400
    apart = [Stroke(rng.uniform(0, 2, (5, 2)) + np.array([8 * i, 0]), 1) for i in range(400)]
    assert sizes(group_strokes(apart)) == [1] * 400
