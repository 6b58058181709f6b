from __future__ import annotations

import numpy as np
from scipy import ndimage

from digitrec.imaging.solid_shapes.mask_shapes import filled, half_thickness


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
