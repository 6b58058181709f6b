from __future__ import annotations

import numpy as np
import pytest
from drawn_shapes import draw
from scipy import ndimage

from digitrec.imaging.find_ink import PageInk, page_inks_by_colour
from digitrec.imaging.ink_colours import inks_by_colour

BLUE, RED, BLACK = (40, 60, 170), (200, 30, 50), (30, 30, 30)


def painted(
    pen: tuple[int, int, int], stamp: tuple[int, int, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A digit, a bar of a stamp across it, and the picture of both on shaded, noisy paper."""
    digit = draw("two", 120, 120, side=80) / 255
    bar = np.zeros_like(digit)
    bar[56:62, 10:110] = 0.8
    light = np.linspace(1, 0.7, 120)[:, None]
    picture = np.full((120, 120, 3), 240.0)
    for ink, colour in ((digit, pen), (bar, stamp)):
        share = ndimage.gaussian_filter(ink, 0.7)[..., None]
        picture = picture * (1 - share) + np.minimum(picture, colour) * share
    picture = picture * light[..., None] + np.random.default_rng(0).normal(0, 3, picture.shape)
    return digit, bar, np.clip(picture, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(("pen", "stamp"), [(BLUE, RED), (BLACK, RED), (RED, BLUE), (BLACK, BLUE)])
def test_ink_is_parted_by_its_colour(
    pen: tuple[int, int, int], stamp: tuple[int, int, int]
) -> None:
    digit, bar, picture = painted(pen, stamp)
    found = inks_by_colour(np.maximum(digit, bar).astype(np.float32), picture)
    assert len(found) == 2
    only_digit, only_bar = (digit > 0.5) & (bar == 0), (bar > 0.5) & (digit == 0)
    of_digit, of_bar = sorted(found, key=lambda one: -float(one[only_digit].sum()))
    assert np.count_nonzero(of_digit[only_digit]) > 0.95 * np.count_nonzero(only_digit)
    assert np.count_nonzero(of_bar[only_bar]) > 0.95 * np.count_nonzero(only_bar)
    np.testing.assert_allclose(of_digit + of_bar, np.maximum(digit, bar), atol=1e-6)


def test_ink_of_one_colour_is_not_parted() -> None:
    for colour in (BLUE, RED, BLACK):
        digit, bar, picture = painted(colour, colour)
        ink = np.maximum(digit, bar).astype(np.float32)
        assert inks_by_colour(ink, picture) == []
        assert inks_by_colour(ink, picture[..., 0]) == []
    assert inks_by_colour(np.zeros((120, 120), np.float32), picture) == []
    assert inks_by_colour(np.ones((120, 120), np.float32), picture) == []


def test_only_a_part_of_a_page_is_parted() -> None:
    digit, bar, picture = painted(BLUE, RED)
    page = PageInk(np.maximum(digit, bar).astype(np.float32), 1, 120, 120)
    found = page_inks_by_colour(picture, page, (-5, -5, 60, 200))
    assert len(found) == 2
    assert all(one.ink[:, :60].any() and not one.ink[:, 60:].any() for one in found)
    assert page_inks_by_colour(np.repeat(picture[..., :1], 3, axis=2), page, (0, 0, 9, 9)) == []
