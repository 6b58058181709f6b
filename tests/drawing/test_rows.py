from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stroke_digits import DIGITS, FIVE, ONE, PEN, write

from digitrec.drawing.rows import joined_numbers, split_rows
from digitrec.drawing.strokes import Stroke


def circle(x: float, y: float, width: float, height: float) -> Stroke:
    angle = np.linspace(0, 2 * np.pi, 24)
    return Stroke(np.column_stack([x + width * np.cos(angle), y + height * np.sin(angle)]), PEN)


HALVES = {
    "8 of two circles that touch": [circle(50, 25, 22, 25), circle(50, 76, 26, 26)],
    "8 of two circles apart": [circle(50, 25, 22, 24), circle(50, 80, 26, 24)],
    "3 of two arcs": [
        Stroke(np.array([(0, 5), (40, 0), (50, 20), (20, 48)]), PEN),
        Stroke(np.array([(22, 50), (55, 65), (45, 95), (0, 98)]), PEN),
    ],
    "4 whose upright stands beside its angle": [
        Stroke(np.array([(30, 0), (0, 55), (28, 60)]), PEN),
        Stroke(np.array([(40, 40), (38, 105)]), PEN),
    ],
    "5 with its hat above": write([*FIVE[:1], [(5, -12), (60, -14)]]),
    "two dots": [Stroke(np.array([(0, 0)]), PEN), Stroke(np.array([(0, 100)]), PEN)],
    "an equals sign": write([[(0, 0), (60, 2)], [(0, 30), (60, 31)]]),
}


@pytest.mark.parametrize("name", DIGITS)
def test_the_strokes_of_a_digit_stand_in_one_row(name: str) -> None:
    strokes = write(DIGITS[name])
    assert split_rows(strokes) == [strokes]
    beside = strokes + write(ONE, 150)
    assert split_rows(beside) == [beside]


@pytest.mark.parametrize("name", HALVES)
def test_halves_of_a_digit_stand_in_one_row(name: str) -> None:
    assert split_rows(HALVES[name]) == [HALVES[name]]
    beside = [*HALVES[name], *write(ONE, 150, 0)]
    assert split_rows(beside) == [beside]


@pytest.mark.parametrize("lower", DIGITS)
@pytest.mark.parametrize("upper", DIGITS)
def test_one_digit_above_another_is_two_rows(upper: str, lower: str) -> None:
    one, other = write(DIGITS[upper], 0, 20), write(DIGITS[lower], 10, 160)
    assert split_rows(one + other) == [one, other]
    assert split_rows(other + one) == [one, other]


@pytest.mark.parametrize("slope", [-0.25, 0.0, 0.25])
def test_rows_may_slope(slope: float) -> None:
    """Then no straight line across the drawing lies between them."""
    names = list(itertools.islice(itertools.cycle(DIGITS), 14))
    rows = []
    for row in range(2):
        places = [120.0 * i for i in range(7)]
        digits = zip(names[7 * row : 7 * row + 7], places, strict=True)
        rows.append(
            [s for name, x in digits for s in write(DIGITS[name], x, slope * x + 150 * row)]
        )
    assert split_rows(rows[0] + rows[1]) == rows


def test_a_row_may_have_wide_spaces() -> None:
    row = write(ONE, 0, 0) + write(DIGITS["4"], 600, 20) + write(ONE, 1500, 10)
    below = write(DIGITS["open 4"], 300, 160)
    assert split_rows(row) == [row]
    assert split_rows(row + below) == [row, below]


def test_a_bar_that_is_drawn_last_belongs_to_the_digit_that_it_touches() -> None:
    upper, lower = write(ONE, 0, 0) + write(ONE, 80, 0), write(FIVE, 0, 140) + write(ONE, 90, 140)
    assert split_rows([*upper, lower[0], lower[2], lower[1]]) == [
        upper,
        [lower[0], lower[2], lower[1]],
    ]


def test_no_strokes_stand_in_no_row() -> None:
    assert split_rows([]) == []


coordinates = st.floats(0, 400)
paths = st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=6)
drawn = st.lists(st.builds(Stroke, points=paths, width=st.floats(1, 40)), max_size=12)


@given(drawn)
def test_every_stroke_is_in_one_row_in_its_order(strokes: list[Stroke]) -> None:
    rows = split_rows(strokes)
    assert sorted(id(s) for row in rows for s in row) == sorted(map(id, strokes))
    for row in rows:
        assert row == [stroke for stroke in strokes if any(stroke is other for other in row)]


@given(drawn, st.integers(-3, 4), st.integers(-500, 500))
def test_size_and_position_do_not_matter(strokes: list[Stroke], power: int, shift: int) -> None:
    # Whole numbers, so that what lies on a limit does so at every size.
    strokes = [Stroke(np.rint(s.points) * 8, 8) for s in strokes]
    moved = [Stroke(s.points * 2.0**power + shift, 8) for s in strokes]
    index = {id(stroke): i % len(strokes) for i, stroke in enumerate([*strokes, *moved])}
    found, again = (
        [[index[id(s)] for s in row] for row in split_rows(some)] for some in (strokes, moved)
    )
    assert found == again


def test_what_is_together_by_way_of_others_is_joined() -> None:
    together = np.eye(6, dtype=bool)
    for one, other in ((0, 4), (4, 2), (1, 5)):
        together[one, other] = together[other, one] = True
    assert joined_numbers(together).tolist() == [0, 1, 0, 3, 0, 1]
    assert joined_numbers(together[:0, :0]).tolist() == []
