from __future__ import annotations

import numpy as np
import pytest
from drawn_shapes import SHAPES, difference, draw
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from digitrec.arrays import Float32Array, Uint8Array
from digitrec.imaging.find_ink import page_ink
from digitrec.imaging.normalise import normalise, normalise_ink
from digitrec.imaging.page_boundary import extend_page


def on_desk(
    ink: Uint8Array, desk: float, degrees: float = 3, left: int = 40, noise: float = 3
) -> Float32Array:
    """A page with ink, turned, on a desk; its left edge may be out of the picture."""
    rng = np.random.default_rng(0)
    seen = 220 * (1 - 0.8 * ink / 255)
    seen = np.pad(seen, 60, constant_values=desk)
    turned = ndimage.rotate(seen, degrees, reshape=False, order=1, cval=desk)[20:-20, left:-20]
    return (turned + rng.normal(0, noise, turned.shape)).astype(np.float32)


@pytest.mark.parametrize("desk", [30, 90, 140])
@pytest.mark.parametrize("degrees", [0, 3, -6])
@pytest.mark.parametrize("left", [20, 75])
def test_the_page_goes_on_and_its_ink_stays(desk: float, degrees: float, left: int) -> None:
    ink = draw(height=300, width=360)
    grey = on_desk(ink, desk, degrees, left)
    page = extend_page(grey)
    assert page is not None
    assert page.shape == grey.shape
    strong = page < 150
    same = grey[60:-60, 60:-60] < 150
    np.testing.assert_array_equal(strong[60:-60, 60:-60], same)
    strong[60:-60, 60:-60] = False
    assert not strong.any()


@pytest.mark.parametrize("inverted", [False, True])
def test_a_digit_on_a_page_on_a_desk_is_as_on_its_own(inverted: bool) -> None:
    for shape in SHAPES:
        ink = draw(shape, height=300, width=360)
        grey = on_desk(ink, 80, 0)
        picture = np.clip(255 - grey if inverted else grey, 0, 255).astype(np.uint8)
        assert difference(normalise(picture), normalise_ink(ink)) < 0.45


def test_digits_on_a_page_on_a_desk_are_found() -> None:
    ink = np.hstack([draw(shape, height=300, width=200, side=80) for shape in SHAPES])
    grey = on_desk(ink, 60, 4)
    found = page_ink(np.clip(grey, 0, 255).astype(np.uint8)).ink > 0.3
    boxes = ndimage.find_objects(ndimage.label(ndimage.binary_dilation(found, iterations=4))[0])
    assert len(boxes) == len(SHAPES)


def shaded(height: int = 300, width: int = 400) -> Float32Array:
    """Paper with a shadow over a part of it."""
    y, x = np.mgrid[0:height, 0:width]
    return np.where(x + 0.4 * y < 200, 120, 220).astype(np.float32)


@pytest.mark.parametrize(
    "grey",
    [
        np.full((300, 400), 200, np.float32),
        np.add.outer(np.linspace(0, 60, 300), np.linspace(100, 200, 400)).astype(np.float32),
        shaded(),
        *(
            255 - draw(shape, height=300, width=300, side=250).astype(np.float32)
            for shape in SHAPES
        ),
        *(
            draw(shape, height=300, width=300, side=200, pen=0.25).astype(np.float32)
            for shape in SHAPES
        ),
        np.pad(np.zeros((200, 30), np.float32), 4, constant_values=255),  # a thick 1
    ],
)
def test_what_shows_no_desk_has_no_page(grey: Float32Array) -> None:
    assert extend_page(grey) is None


@settings(max_examples=60)
@given(seed=st.integers(0, 2**32 - 1), height=st.integers(1, 300), width=st.integers(1, 300))
def test_any_picture_keeps_its_shape(seed: int, height: int, width: int) -> None:
    rng = np.random.default_rng(seed)
    grey = rng.uniform(-255, 255, (height, width)).astype(np.float32)
    left, right = sorted(rng.integers(0, width + 1, 2))
    top, bottom = sorted(rng.integers(0, height + 1, 2))
    grey[top:bottom, left:right] += rng.uniform(-2000, 2000)
    page = extend_page(grey)
    if page is not None:
        assert page.shape == grey.shape
        assert grey.min() <= page.min() <= page.max() <= grey.max()
