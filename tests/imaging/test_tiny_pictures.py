from __future__ import annotations

import numpy as np
import pytest
from drawn_shapes import difference, draw
from PIL import Image

from digitrec.imaging.find_ink import page_ink
from digitrec.imaging.normalise import normalise, normalise_ink
from digitrec.imaging.tiny_pictures import as_tiny_picture, enlarge_tiny_ink, enlarge_tiny_page


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


def test_no_faint_line_is_beside_a_stroke_of_an_enlarged_page() -> None:
    page = np.full((20, 60), 255, np.uint8)
    page[6:14, 10::10] = 0
    enlarged, factor = enlarge_tiny_page(page, page_ink(page).ink)
    assert factor > 1
    row = np.asarray(enlarged)[10 * factor].astype(int)
    darkest = np.flatnonzero((row[1:-1] < row[:-2]) & (row[1:-1] < row[2:]))
    assert len(darkest) <= 5  # one for each stroke; no other dip between them


@pytest.mark.parametrize("side", [96, 100, 36, 150])
@pytest.mark.parametrize("channels", [None, 3])
def test_a_picture_of_blocks_is_read_as_its_own_pixels(side: int, channels: int | None) -> None:
    tiny = 255 - np.pad(reduced(draw(height=200, width=200, side=190, place=(0.5, 0.5)), 8), 2)
    if channels:
        tiny = np.dstack([tiny] * 3)
    blocks = Image.fromarray(tiny).resize((side, side), Image.Resampling.NEAREST)
    for picture in (blocks, np.asarray(blocks)):
        np.testing.assert_array_equal(as_tiny_picture(picture), tiny)
    np.testing.assert_array_equal(normalise(blocks), normalise(tiny))


def test_blocks_may_stand_anywhere_in_a_picture() -> None:
    tiny = 255 - np.pad(reduced(draw(height=200, width=200, side=190, place=(0.5, 0.5)), 8), 2)
    blocks = np.pad(np.kron(tiny, np.ones((9, 9), np.uint8)), 13, constant_values=255)
    found = np.asarray(as_tiny_picture(blocks))
    np.testing.assert_array_equal(found[2:-2, 2:-2], tiny)
    assert (found[:2] == 255).all()


@pytest.mark.parametrize("what", ["two", "seven", "four", "noise", "blank", "bar"])
def test_a_picture_without_blocks_stays_as_it_is(what: str) -> None:
    pictures = {
        "noise": np.random.default_rng(0).integers(0, 256, (90, 90), np.uint8),
        "blank": np.full((90, 90), 255, np.uint8),
        "bar": np.pad(np.full((50, 10), 200, np.uint8), 20),
    }
    picture = pictures[what] if what in pictures else draw(what, side=60)
    assert as_tiny_picture(picture) is picture


@pytest.mark.parametrize("shape", [(1, 1), (1, 60), (60, 1), (60, 1, 3), (2, 60, 4)])
def test_a_picture_of_a_row_or_two_stays_as_it_is(shape: tuple[int, ...]) -> None:
    picture = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
    assert as_tiny_picture(picture) is picture
