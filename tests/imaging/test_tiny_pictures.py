from __future__ import annotations

import numpy as np
import pytest
from drawn_shapes import difference, draw
from PIL import Image

from digitrec.imaging.find_ink import page_ink
from digitrec.imaging.normalise import normalise, normalise_ink
from digitrec.imaging.tiny_pictures import enlarge_tiny_ink, enlarge_tiny_page


def reduced(ink: np.ndarray, side: int) -> np.ndarray:
    return np.asarray(Image.fromarray(ink).resize((side, side), Image.Resampling.BOX))


@pytest.mark.parametrize("around", [0, 60])
def test_a_tiny_digit_is_enlarged(around: int) -> None:
    tiny = reduced(draw(height=200, width=200, side=150, place=(0.5, 0.5)), 12)
    found = normalise(255 - np.pad(tiny, around))
    assert difference(found, normalise_ink(tiny)) > 0.05
    enlarged = np.asarray(Image.fromarray(tiny).resize((132, 132), Image.Resampling.LANCZOS))
    assert difference(found, normalise_ink(enlarged)) < (0.01 if around == 0 else 0.3)


def test_a_normalised_image_stays_as_it_is() -> None:
    image = np.rint(normalise_ink(draw()) * 255).astype(np.uint8)
    np.testing.assert_array_equal(normalise(image), normalise_ink(image))


def test_the_ink_of_a_large_digit_stays_as_it_is() -> None:
    for ink in (draw(side=40), np.zeros((90, 90), np.uint8)):
        assert enlarge_tiny_ink(ink) is ink


@pytest.mark.parametrize("channels", [None, 3, 4])
def test_a_page_of_tiny_digits_is_enlarged(channels: int | None) -> None:
    digit = reduced(draw("two", height=200, width=200, side=170, place=(0.5, 0.5)), 12)
    page = 255 - np.tile(np.pad(digit, 4), (3, 9))
    if channels:
        page = np.dstack([page] * 3 + [np.full_like(page, 255)])[..., :channels]
    enlarged, factor = enlarge_tiny_page(page, page_ink(page).ink)
    assert factor == 3
    assert np.asarray(enlarged).shape[:2] == (180, 540)
    again = enlarge_tiny_page(np.asarray(enlarged), page_ink(np.asarray(enlarged)).ink)
    assert again[1] == 1


def test_a_page_without_ink_is_enlarged_only_where_tiny_marks_are_on_plain_paper() -> None:
    digit = reduced(draw("two", height=200, width=200, side=170, place=(0.5, 0.5)), 8)
    page = 255 - np.pad(np.tile(np.pad(digit, 4), (2, 3)), 20)
    frame = np.full((100, 100), 255, np.uint8)
    frame[20:80, 20:80] = 0
    frame[22:78, 22:78] = 255
    grain = np.random.default_rng(0).integers(200, 220, (100, 100), np.uint8)
    for picture, factor in ((page, 4), (frame, 1), (grain, 1), (np.full_like(frame, 255), 1)):
        nothing = np.zeros(picture.shape, np.float32)
        assert enlarge_tiny_page(picture, nothing)[1] == factor
