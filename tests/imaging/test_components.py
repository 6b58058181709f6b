from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from digitrec.imaging.components import (
    component_boxes,
    filled,
    half_thickness,
    in_components,
    label,
    main_component,
    typical_size,
)


@pytest.mark.parametrize(
    ("sizes", "amounts", "expected"),
    [
        ([7], [0.1], 7),
        ([3, 1, 2], [1, 1, 1], 2),
        ([1, 2], [1, 1], 1),  # half of the ink is reached
        ([1, 2], [1, 1.01], 2),
        ([30, 5, 5, 5], [100, 1, 1, 1], 30),
        ([9, 30, 20], [0, 1, 5], 20),
    ],
)
def test_what_has_more_ink_counts_more(
    sizes: list[float], amounts: list[float], expected: float
) -> None:
    assert typical_size(np.array(sizes), np.array(amounts)) == expected


def test_pixels_that_touch_at_a_corner_are_one_component() -> None:
    ink = np.zeros((5, 9), np.uint8)
    ink[1, 1] = ink[2, 2] = 200
    ink[0:4, 6] = 1
    numbers, count = label(ink)
    assert count == 2
    assert numbers[1, 1] == numbers[2, 2] != numbers[0, 6]
    assert component_boxes(numbers).tolist() == [[6, 0, 7, 4], [1, 1, 3, 3]]


def test_chosen_components_are_found_again_pixel_by_pixel() -> None:
    ink = np.zeros((5, 9), np.uint8)
    ink[1:4, 2] = ink[0:4, 6] = 1
    numbers, _ = label(ink)
    chosen = in_components(numbers, np.array([False, True]))
    assert chosen.tolist() == (numbers == 2).tolist()
    assert not in_components(numbers, np.array([False, False])).any()


def test_without_ink_there_are_no_components() -> None:
    numbers, count = label(np.zeros((5, 9), np.uint8))
    assert count == 0
    assert component_boxes(numbers).shape == (0, 4)
    assert not in_components(numbers, np.zeros(0, bool)).any()


def test_the_main_component_holds_most_of_the_ink() -> None:
    ink = np.zeros((9, 20), np.uint8)
    ink[1:8, 3] = 200
    ink[2:4, 10] = 250
    main = main_component(ink)
    assert main is not None
    assert main[:, 3].tolist() == ink[:, 3].tolist()
    assert not main[:, 4:].any()
    ink[1:5, 15] = 250
    assert main_component(ink) is None  # it holds less than 0.7 of the ink


def test_a_component_around_others_is_not_the_main_one() -> None:
    ink = np.zeros((40, 40), np.uint8)
    ink[5:35, 5:35] = 200
    ink[7:33, 7:33] = 0
    ink[5:7, 15:18] = 0  # it need not be closed
    ink[20, 20] = 200
    main = main_component(ink)
    assert main is not None, "the other is a speck"
    assert main[20, 20] == 0
    ink[18:24, 15:25] = 200
    assert main_component(ink) is None


def test_ink_of_one_component_has_no_main_one() -> None:
    ink = np.zeros((9, 20), np.uint8)
    assert main_component(ink) is None
    ink[1:8, 3] = 200
    assert main_component(ink) is None
    ink[4, 12] = 40  # too faint to count
    assert main_component(ink) is None


def test_what_a_mask_encloses_is_filled() -> None:
    mask = np.zeros((20, 30), bool)
    mask[2:12, 3:15] = True
    mask[4:10, 5:13] = False
    mask[6:8, 8:10] = True  # an island in the hole
    mask[14:20, 20] = mask[14, 20:28] = mask[14:20, 27] = True  # open at the border
    np.testing.assert_array_equal(filled(mask), ndimage.binary_fill_holes(mask))
    assert filled(mask)[5, 6]
    assert not filled(mask)[17, 24]


def test_half_thickness_is_the_radius_of_the_largest_circle() -> None:
    mask = np.zeros((40, 40), bool)
    assert half_thickness(mask) == 0
    mask[:, 10:21] = True  # up to the border
    assert half_thickness(mask) == 6
