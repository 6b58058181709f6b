from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from digitrec.arrays import Uint8Array
from digitrec.recognition.marks.wide_spaces import WideSpace, spaces_between_form_boxes, wide_spaces
from digitrec.recognition.results import Box


def line(gaps: list[float], widths: list[int] | None = None, scale: int = 40) -> list[Box]:
    """Boxes one digit high, with gaps in heights of a digit."""
    widths = widths or [round(0.6 * scale)] * (len(gaps) + 1)
    boxes, x = [], 0
    for width, gap in zip(widths, [*gaps, 0.0], strict=True):
        boxes.append((x, 0, x + width, scale))
        x += width + round(gap * scale)
    return boxes


def before(gaps: list[float]) -> list[int]:
    return [space.before for space in wide_spaces(line(gaps))]


def test_a_gap_clearly_wider_than_the_others_is_a_space() -> None:
    assert before([0.2, 1.2, 0.15]) == [2]
    assert before([0.2, 0.1, 0.9, 0.2, 1.0, 0.3]) == [3, 5]
    (space,) = wide_spaces(line([0.2, 1.5, 0.15]))
    assert space.box == (56, 0, 116, 40)
    assert 0.5 <= space.confidence < 1


def test_the_more_gaps_tell_how_wide_they_are_the_narrower_a_space_may_be() -> None:
    assert before([0.2, 0.75, 0.1, 0.2, 0.15, 0.1, 0.2]) == [2]
    assert before([0.2, 0.75, 0.1]) == []


def test_where_marks_are_a_space_is_wider() -> None:
    boxes = line([0.2, 0.1, 0.2, 0.78, 0.15, 0.1, 0.2])
    for mark, expected in ((False, [4]), (True, [])):
        found = wide_spaces(boxes, [False, mark, *[False] * 6])
        assert [space.before for space in found] == expected


def test_the_gaps_beside_marks_do_not_tell_how_wide_those_of_digits_are() -> None:
    """1-2-3 4: the gaps at dashes are narrow; two of digits are wide and alike."""
    boxes, marks = line([0.02, 0.02, 0.02, 0.02, 0.9, 0.8]), [False, True] * 2 + [False] * 3
    assert [space.before for space in wide_spaces(boxes)] == [5, 6]
    assert wide_spaces(boxes, marks) == []


def test_the_wider_the_gap_the_surer() -> None:
    (one,), (other,) = (wide_spaces(line([0.2, gap, 0.15])) for gap in (1.0, 2.0))
    assert one.confidence < other.confidence


@given(st.floats(0.0, 5.0), st.integers(0, 12), st.integers(10, 200))
def test_digits_at_even_distances_have_no_space(gap: float, count: int, scale: int) -> None:
    assert wide_spaces(line([gap] * count, scale=scale)) == []


def test_two_pieces_alone_have_no_space() -> None:
    assert wide_spaces([]) == []
    assert wide_spaces(line([])) == []
    assert before([4.0]) == []


def test_one_of_two_gaps_is_no_space() -> None:
    assert before([0.1, 1.4]) == []


def test_narrow_digits_at_an_even_pitch_have_no_space() -> None:
    """In the cells of a form, a 1 has a wide gap on both sides."""
    widths = [24, 24, 4, 4, 24, 24]
    gaps = [(44 - (a + b) / 2) / 40 for a, b in pairwise(widths)]
    assert wide_spaces(line(gaps, widths)) == []


def line_shows(picture: Image.Image | Uint8Array, gap: Box, digit: Box) -> bool:
    """Tell whether a line is seen in the gap before a digit, the second of a row."""
    before = (gap[0] - 20, gap[1], gap[0], gap[3])
    return bool(spaces_between_form_boxes(picture, [before, digit], [WideSpace(1, gap, 0.9)]))


@pytest.mark.parametrize("colour", [0, 90, (200, 60, 60)])
def test_a_line_between_two_digits_shows(colour: int | tuple[int, int, int]) -> None:
    paper = Image.new("RGB", (200, 60), (230, 230, 225))
    gap, digit = (60, 10, 140, 50), (150, 10, 175, 50)
    ImageDraw.Draw(paper).line((160, 10, 165, 49), fill=(30, 30, 60), width=4)
    assert not line_shows(paper, gap, digit)
    assert not line_shows(np.asarray(paper.convert("L")), gap, digit)
    ImageDraw.Draw(paper).line((100, 0, 100, 59), fill=colour, width=2)
    assert line_shows(paper, gap, digit)
    assert line_shows(np.asarray(paper), gap, digit)


def test_neither_a_shadow_nor_noise_is_a_line() -> None:
    light = 220 - np.linspace(0, 90, 200) + np.random.default_rng(0).normal(0, 8, (60, 200))
    light[10:50, 155:170] -= 60
    picture = np.clip(light, 0, 255).astype(np.uint8)
    assert not line_shows(picture, (60, 10, 140, 50), (150, 10, 175, 50))
    assert not line_shows(picture, (60, 10, 64, 50), (150, 10, 175, 50))


def test_an_empty_cell_of_a_form_is_no_space() -> None:
    assert before([0.7, 0.7, 2.0, 0.7]) == []
