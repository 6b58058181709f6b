from __future__ import annotations

import numpy as np
import pytest
from drawn_shapes import COLOURS, PLACES, SHAPES, difference, draw, mixed
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from digitrec.imaging.find_ink import digit_pixels, find_ink, page_ink
from digitrec.imaging.normalise import normalise, normalise_ink


@given(
    shape=st.sampled_from(sorted(SHAPES)),
    place=st.sampled_from(PLACES),
    background=st.integers(0, 255),
    colour=st.integers(0, 255),
)
@settings(max_examples=60, deadline=None)
def test_any_grey_on_any_other(
    shape: str, place: tuple[float, float], background: int, colour: int
) -> None:
    ink = draw(shape, place=place)
    digit = normalise(mixed(ink, background, colour))
    contrast = abs(background - colour)
    if contrast < 4:
        assert not digit.any()
    else:
        assert difference(digit, normalise_ink(ink)) < (0.02 if contrast > 100 else 0.3)


def test_inverting_a_clean_picture_changes_nothing() -> None:
    ink = draw()
    np.testing.assert_array_equal(normalise(ink), normalise(255 - ink))
    np.testing.assert_array_equal(normalise(ink), normalise_ink(ink))


def test_full_ink_is_about_1_however_faint() -> None:
    ink = draw()
    for background, colour in ((255, 0), (200, 190), (90, 130)):
        found = page_ink(mixed(ink, background, colour)).ink
        assert found.dtype == np.float32
        assert found.max() == 1
        assert np.abs(found - ink / 255).mean() < 0.01


@pytest.mark.parametrize(("background", "colour"), COLOURS)
def test_colours(background: tuple[int, ...], colour: tuple[int, ...]) -> None:
    ink = draw()
    assert difference(normalise(mixed(ink, background, colour)), normalise_ink(ink)) < 0.02


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (200, 30, 30)])
def test_ink_in_the_alpha_channel(colour: tuple[int, ...]) -> None:
    ink = draw()
    seen = np.dstack([np.full_like(ink, c) for c in colour] + [ink])
    assert difference(normalise(seen), normalise_ink(ink)) < 0.02
    hole = np.dstack([np.full_like(ink, c) for c in colour] + [255 - ink])
    assert difference(normalise(hole), normalise_ink(ink)) < 0.02


def test_an_opaque_picture_with_transparent_corners_is_read_by_its_colours() -> None:
    ink = draw()
    alpha = np.full_like(ink, 255)
    alpha[:12, :12] = alpha[-12:, -12:] = 0
    seen = np.dstack([255 - ink] * 3 + [alpha])
    seen[alpha == 0] = 0
    assert difference(normalise(seen), normalise_ink(ink)) < 0.02


def test_a_wholly_transparent_picture_is_blank() -> None:
    assert not normalise(np.zeros((280, 280, 4), np.uint8)).any()


@pytest.mark.parametrize("alpha", [0, 90, 255])
def test_alpha_that_is_the_same_everywhere_is_no_shape(alpha: int) -> None:
    ink = draw()
    seen = np.dstack([ink] * 3 + [np.full_like(ink, alpha)])
    assert difference(normalise(seen), normalise_ink(ink)) < 0.02


def card(side: int, *, round_: bool = False, noise: float = 0) -> np.ndarray:
    """A card with a digit on it, ``side`` pixels wide, on a transparent margin of 600 pixels."""
    rng = np.random.default_rng(0)
    y, x = np.indices((600, 600)) - 299.5
    opaque = np.hypot(x, y) < side / 2 if round_ else np.maximum(abs(x), abs(y)) < side / 2
    ink = draw("two", height=600, width=600, side=0.5 * side, place=(0.5, 0.5))
    grey = 235 + noise * (x / 100 + rng.normal(0, 1, x.shape)) - ink * 0.8
    seen = np.dstack([np.clip(grey, 0, 255)] * 3 + [255 * opaque])
    seen[~opaque] = 0
    return seen.astype(np.uint8)


@pytest.mark.parametrize("side", [560, 400, 240])
@pytest.mark.parametrize("round_", [False, True])
@pytest.mark.parametrize("noise", [0, 3])
def test_a_card_on_a_transparent_margin_is_background(
    side: int, round_: bool, noise: float
) -> None:
    ink = draw("two", height=600, width=600, side=0.5 * side, place=(0.5, 0.5))
    found = normalise(card(side, round_=round_, noise=noise))
    assert difference(found, normalise_ink(ink)) < (0.4 if noise else 0.05)


def test_strokes_of_several_colours_are_ink_in_the_alpha_channel() -> None:
    ink = draw("four")
    seen = np.dstack([np.zeros_like(ink)] * 3 + [ink])
    seen[:, :110, 0] = 220  # red on the left, blue on the right
    seen[:, 110:, 2] = 220
    assert difference(normalise(seen), normalise_ink(ink)) < 0.02
    light = seen.copy()
    light[..., 3] = ink // 3  # a highlighter
    assert difference(normalise(light), normalise_ink(ink)) < 0.05


@pytest.mark.parametrize("shape", ["four", "two", "wide"])
def test_a_thick_digit_cropped_to_its_ink(shape: str) -> None:
    ink = draw(shape, pen=0.22, side=150)
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    crop = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    np.testing.assert_array_equal(normalise(crop), normalise_ink(ink))
    np.testing.assert_array_equal(normalise(255 - crop), normalise_ink(ink))


@pytest.mark.parametrize("level", [0, 77, 255])
def test_a_uniform_picture_is_blank(level: int) -> None:
    assert not find_ink(np.full((28, 28), level, np.uint8)).any()
    assert not find_ink(np.full((9, 1, 3), level, np.uint8)).any()
    assert not find_ink(np.full((40, 30, 4), level, np.uint8)).any()


def test_a_large_picture_is_reduced_first() -> None:
    ink = draw(height=2400, width=3000, side=900)
    assert max(find_ink(255 - ink).shape) <= 1024
    assert difference(normalise(255 - ink), normalise_ink(ink)) < 0.3


def test_ink_of_a_page_keeps_digits_that_are_small_beside_another() -> None:
    ink = draw("two", height=300, width=400, side=200, place=(0.5, 0.1))
    ink = np.maximum(ink, draw("seven", height=300, width=400, side=20, place=(0.85, 0.95)))
    page = page_ink(255 - ink)
    assert (page.factor, page.width, page.height) == (1, 400, 300)
    np.testing.assert_array_equal(page.ink, ink / np.float32(255))


def test_a_large_page_is_reduced_and_its_boxes_are_in_pixels_of_the_picture() -> None:
    ink = draw("two", height=4000, width=4100, side=220, place=(0.5, 1))
    page = page_ink(Image.fromarray(255 - ink))
    assert (page.factor, page.width, page.height) == (2, 4100, 4000)
    assert page_ink(Image.fromarray(255 - ink), 1).ink.shape == (4000, 4100)
    rows, columns = np.flatnonzero(page.ink.any(axis=1)), np.flatnonzero(page.ink.any(axis=0))
    box = int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
    drawn = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    expected = drawn[1][0], drawn[0][0], drawn[1][-1] + 1, drawn[0][-1] + 1
    assert np.abs(np.subtract(page.in_picture(box), expected)).max() <= 1
    assert page.ink.shape == (2000, 2050)


def test_boxes_of_an_enlarged_page_are_in_pixels_of_the_picture_before() -> None:
    page = page_ink(np.full((90, 120), 255, np.uint8))._replace(enlarged=4)
    assert page.in_picture((0, 0, 8, 12)) == (0, 0, 2, 3)
    assert page.in_picture((5, 7, 9, 13)) == (1, 1, 3, 4)  # all pixels with some of it
    assert page.in_picture((100, 80, 130, 95)) == (25, 20, 30, 23)  # within the picture


@pytest.mark.parametrize(("side", "wanted"), [(1024, 1024), (1025, 513), (3000, 1000)])
def test_a_large_picture_of_a_digit_is_reduced_by_a_whole_factor(side: int, wanted: int) -> None:
    assert digit_pixels(np.zeros((side, 8), np.uint8)).shape[0] == wanted


def test_a_long_line_is_as_plain_as_a_short_one_and_is_not_reduced() -> None:
    ink = np.zeros((60, 9000), np.uint8)
    ink[10:50, np.arange(9000) % 40 < 6] = 255
    page = page_ink(255 - ink)
    assert page.factor == 1
    np.testing.assert_array_equal(page.ink, ink / np.float32(255))
