from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from drawn_shapes import boxed, difference, draw, shadow_of_hand

from digitrec.imaging.find_ink import find_ink, page_ink
from digitrec.imaging.ink_search import whole_picture
from digitrec.imaging.ink_search.one_digit import written_coverage
from digitrec.imaging.ink_search.whole_picture import (
    find_in_whole_picture,
    finer_page_coverage,
    page_coverage,
)
from digitrec.imaging.normalise import normalise, normalise_ink


@pytest.mark.parametrize("shape", ["four", "seven", "two"])
@pytest.mark.parametrize("thick", [2, 4, 8])
def test_of_a_digit_in_a_box_the_digit_is_found(shape: str, thick: int) -> None:
    ink = draw(shape, 140, 140, side=70, place=(0.5, 0.5))
    digit = normalise(boxed(ink, thick=thick))
    assert difference(digit, normalise_ink(ink)) < 0.1


def test_a_digit_that_crosses_its_box_is_found_pixel_by_pixel() -> None:
    ink = draw("seven", 140, 140, side=80, place=(0.9, 0.5))
    digit = normalise(boxed(ink, inset=20, thick=3))
    assert difference(digit, normalise_ink(ink)) < 0.5


@pytest.mark.parametrize("side", [60, 140, 400])
def test_an_empty_box_has_no_ink(side: int) -> None:
    blank = np.zeros((side, side), np.uint8)
    for inset in (side // 20, side // 6):
        for thick in (1, 3):
            assert not find_ink(boxed(blank, inset, thick)).any()


@pytest.mark.parametrize(("background", "dark"), [(160, 60), (255, 180), (40, 0)])
def test_pale_ink_in_a_box_is_found_on_plain_paper(background: int, dark: int) -> None:
    ink = draw("two", 140, 140, side=70, place=(0.5, 0.5))
    seen = (background - (255.0 - boxed(ink)) / 255 * (background - dark)).astype(np.uint8)
    assert difference(normalise(seen), normalise_ink(ink)) < 0.2


def test_the_shadow_of_a_hand_does_not_hide_small_digits() -> None:
    """In a coarse copy, shadows of fingers look like strokes, and digits are too small."""
    ink = np.zeros((480, 700), np.uint8)
    for top in (40, 180, 320):
        for left in range(60, 360, 60):
            ink[top : top + 80, left : left + 60] |= draw("two", 80, 60, side=50, place=(0.5, 0.5))
    shadow = shadow_of_hand(480, 700)
    paper = 225 * (1 - shadow / 255.0) * (1 - 0.7 * (ink / 255.0))
    noise = np.random.default_rng(0).normal(0, 2, paper.shape)
    found = page_coverage(np.clip(paper + noise, 0, 255).astype(np.uint8))
    assert found[ink > 127].mean() > 0.7
    assert found[ink == 0].mean() < 0.05


def test_boxes_of_a_page_are_left_out() -> None:
    digits = [draw(shape, 140, 140, side=70, place=(0.5, 0.5)) for shape in ("two", "seven")]
    seen = np.hstack([boxed(digit) for digit in digits])
    found = page_ink(seen).ink
    ink = np.hstack(digits) / 255
    assert np.abs(found - ink).sum() < 0.15 * ink.sum()


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (50, 1), (17, 33), (28, 28)])
def test_any_size_is_no_error(size: tuple[int, int]) -> None:
    rng = np.random.default_rng(6)
    for shape in (size, (*size, 3)):
        pixels = rng.integers(0, 256, shape, np.uint8)
        assert written_coverage(pixels).shape == size
        assert page_coverage(pixels).shape == size


@pytest.mark.parametrize("many_digits", [False, True])
@pytest.mark.parametrize("side", [40, 150, 280])
def test_a_lower_bound_is_told_before_the_coverage(side: int, many_digits: bool) -> None:
    pixels = 255 - boxed(draw("two", side=side))
    ink = find_in_whole_picture(pixels, many_digits=many_digits)
    assert ink.has_ink
    least, found = ink.lower_bound(), ink.coverage()
    assert least.shape == found.shape == pixels.shape[:2]
    assert (least <= found).all()
    if many_digits:
        np.testing.assert_array_equal(found, page_coverage(pixels))
    assert least.max() > 0.4  # the sure ink is seen in it, too


def test_a_page_is_looked_at_again_unless_the_finer_copy_is_too_large(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ink = np.hstack([draw(one, 100, 100, side=50) for one in ("two", "seven", "four")])
    seen = np.clip(225 - 0.7 * ink, 0, 255).astype(np.uint8)
    found = finer_page_coverage(seen)
    assert found is not None
    assert found.shape == seen.shape
    assert found[ink > 200].mean() > 0.8
    assert found[ink == 0].mean() < 0.02
    assert finer_page_coverage(np.full_like(seen, 225)) is None
    monkeypatch.setattr(whole_picture, "_MOST_AGAIN", seen.size // 10)
    assert finer_page_coverage(seen) is None


def test_threads_find_the_same() -> None:
    seen = [boxed(draw(shape, 140, 140, side=70)) for shape in ("two", "seven", "four")] * 4
    alone = [find_ink(one) for one in seen]
    with ThreadPoolExecutor(4) as pool:
        for one, other in zip(alone, pool.map(find_ink, seen), strict=True):
            np.testing.assert_array_equal(one, other)


def test_a_drawing_needs_no_network() -> None:
    code = (
        "import sys, numpy as np\n"
        "from digitrec.imaging.find_ink import find_ink\n"
        "ink = np.zeros((280, 280), np.uint8); ink[60:200, 100:120] = 200\n"
        "assert find_ink(ink).any()\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_thick_digits_that_touch_are_found_at_the_scale_of_their_height() -> None:
    steps, side = 66, 80
    ink = np.zeros((150, 40 + steps * 8), np.uint8)
    for number, shape in enumerate(2 * ("two", "four", "seven", "two")):
        digit = draw(shape, 110, 110, side=side, place=(0.5, 0.5), pen=0.22)
        left, top = steps * number, 2 * number
        part = ink[top : top + 110, left : left + 110]
        np.maximum(part, digit[:, : part.shape[1]], out=part)
    found = page_coverage(255 - ink)
    assert found[ink > 128].mean() > 0.9
