from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from digitrec.benchmarks.handwriting.written_numbers import write_number, write_page, write_touching
from digitrec.data.rendering.canvas_placement import Strokes


def bars(count: int) -> list[Strokes]:
    """Bars of one unit of height, each with a unit and a place of its own."""
    return [[np.array([[5.0 * i, 3.0], [5.0 * i, 3.0 + 2 + i]])] for i in range(count)]


def pieces(ink: np.ndarray) -> int:
    return int(ndimage.label(ink > 127, np.ones((3, 3)))[1])


def test_a_number_is_the_same_for_the_same_seed() -> None:
    one, same, other = (write_number(bars(4), np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert one.shape != other.shape or (one != other).any()


def test_digits_stand_side_by_side_within_the_canvas() -> None:
    for seed in range(20):
        ink = write_number(bars(3), np.random.default_rng(seed))
        assert ink.dtype == np.uint8
        assert ink.max() == 255
        frame = np.concatenate([ink[0], ink[-1], ink[:, 0], ink[:, -1]])
        assert not frame.any()
        assert 1 <= pieces(ink) <= 3


def test_most_neighbours_stand_apart_and_some_touch() -> None:
    rng = np.random.default_rng(0)
    touching = sum(pieces(write_number(bars(2), rng)) == 1 for _ in range(300))
    assert 5 <= touching <= 60


def test_digits_that_are_to_touch_do_and_hardly_overlap() -> None:
    ring = [np.array([[0.0, 0.0], [6.0, 5.0], [0.0, 10.0], [-6.0, 5.0], [0.0, 0.0]])]
    for seed in range(30):
        ink = write_touching([ring] * 3, np.random.default_rng(seed))
        assert ink.dtype == np.uint8
        assert pieces(ink) == 1
        tall, wide = (np.ptp(np.flatnonzero(ink.any(axis=axis))) for axis in (1, 0))
        assert 25 < tall < 180
        assert wide > 2.5 * tall  # each ring is 1.2 times as wide as high


def test_digits_of_a_number_are_of_nearly_one_height() -> None:
    """However large the unit of each is."""
    heights = []
    for seed in range(30):
        ink = write_number(bars(4), np.random.default_rng(seed))
        boxes = ndimage.find_objects(ndimage.label(ink > 127, np.ones((3, 3)))[0])
        tall = [box[0].stop - box[0].start for box in boxes]
        heights += [h / np.median(tall) for h in tall]
    assert 0.03 < np.std(heights) < 0.2


def test_a_dot_is_a_digit_too() -> None:
    assert write_number([[np.array([[3.0, 3.0]])]], np.random.default_rng(0)).any()


@pytest.mark.parametrize("degrees", [-4.0, 0.0, 4.0])
def test_a_page_has_its_lines_one_below_the_other(degrees: float) -> None:
    rng = np.random.default_rng(3)
    ink = write_page([[bars(3), bars(2)]] * 4, rng, height=40, degrees=degrees)
    straight = ndimage.rotate(ink, degrees, order=0)
    lines = ndimage.label((straight > 127).any(axis=1))[1]
    assert lines == 4
