from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from digitrec.imaging.downscale import downscale


@pytest.mark.parametrize(("side", "factor"), [(40, 1), (39, 2), (20, 2), (19, 3), (1, 40)])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_no_side_is_longer(side: int, factor: int, dtype: type[np.generic]) -> None:
    picture = np.arange(30 * 40, dtype=np.float64).reshape(30, 40) % 251
    small = downscale(picture.astype(dtype), side)
    assert small.dtype == dtype
    assert small.shape == (-(-30 // factor), -(-40 // factor))
    assert small.max() <= 250


def test_a_pixel_is_the_mean_of_a_square() -> None:
    picture = np.array([[1, 3, 10, 10], [5, 7, 10, 10]], np.float32)
    np.testing.assert_allclose(downscale(picture, 2), [[4, 10]])


def test_an_image_and_colours_are_downscaled() -> None:
    colours = np.random.default_rng(0).integers(0, 256, (21, 35, 3), np.uint8)
    small = downscale(colours, 10)
    assert small.shape == (6, 9, 3)
    np.testing.assert_array_equal(downscale(Image.fromarray(colours), 10), small)
