from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from digitrec.imaging.ink_box import ink_box, ink_image


@given(
    arrays(
        np.uint8,
        array_shapes(min_dims=2, max_dims=2, max_side=30),
        elements=st.sampled_from([0, 0, 0, 1, 255]),
        fill=st.just(0),
    )
)
def test_the_box_is_the_smallest_with_all_ink(ink: np.ndarray) -> None:
    box = ink_box(ink)
    if box is None:
        assert not ink.any()
        return
    inside = ink[box.slices]
    assert inside.sum(dtype=int) == ink.sum(dtype=int)
    assert all(side.any() for side in (inside[0], inside[-1], inside[:, 0], inside[:, -1]))
    assert box.longest == max(inside.shape)


def test_a_part_of_a_larger_array_is_looked_at_alone() -> None:
    ink = np.zeros((20, 30), np.uint8)
    ink[2, 3] = ink[15, 25] = 9
    box = ink_box(ink[10:18, 20:])
    assert box is not None
    assert box == (5, 5, 6, 6)


def test_an_image_of_ink_has_its_pixels() -> None:
    ink = np.arange(60, dtype=np.uint8).reshape(6, 10)
    for part in (ink, ink[1:5, 2:9], ink.T, ink[::2, ::-1]):
        np.testing.assert_array_equal(np.asarray(ink_image(part)), part)
