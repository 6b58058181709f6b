from __future__ import annotations

import numpy as np
import pytest
from drawn_shapes import SHAPES, draw
from PIL import Image, ImageDraw

from digitrec.imaging.plain_background import ink_on_plain_background, on_commonest_colour
from digitrec.recognition.recognizer import Recognizer


def dithered(grey: np.ndarray) -> np.ndarray:
    """A picture of black and white pixels alone, as many of each as the grey needs."""
    return np.asarray(Image.fromarray(grey).convert("1").convert("L"))


@pytest.mark.parametrize("paper", [170, 210, 240])
def test_a_dithered_picture_has_no_plain_background(paper: int) -> None:
    ink = np.hstack([draw(shape, 160, 120, side=110) for shape in ("two", "seven", "four")])
    seen = dithered(np.where(ink > 127, 60, paper).astype(np.uint8))
    assert ink_on_plain_background(seen) is None
    assert ink_on_plain_background(255 - seen) is None
    assert Recognizer.load().read(seen).text == "274"


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("pen", [1, 2, 5])
def test_a_drawing_has_one_however_thin_its_strokes_are(shape: str, pen: int) -> None:
    image = Image.new("L", (1200, 1200))
    for path in SHAPES[shape]:
        points = [(50 + 1100 * x, 50 + 1100 * y) for x, y in path]
        ImageDraw.Draw(image).line(points, fill=255, width=pen)
    ink = np.asarray(image)
    assert np.count_nonzero(ink) > 1_000
    np.testing.assert_array_equal(ink_on_plain_background(ink), ink)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_picture_whose_border_is_ink_is_laid_on_its_commonest_colour(channels: int) -> None:
    cut = np.zeros((40, 30), np.uint8)
    cut[4:-4, 4:-4] = cut[:1, :5] = cut[-1:, -5:] = 255
    pixels = cut if channels == 1 else np.stack([cut] * 3, axis=2)
    laid = on_commonest_colour(pixels)
    assert laid is not None
    assert laid.shape[:2] == (42, 32)
    np.testing.assert_array_equal(laid[1:-1, 1:-1], pixels)
    assert (laid[0] == 255).all()
    ink = ink_on_plain_background(laid)
    assert ink is not None
    np.testing.assert_array_equal(ink[1:-1, 1:-1], 255 - cut)


def test_a_drawing_is_not_laid_on_another_colour() -> None:
    assert on_commonest_colour(draw("two")) is None
    noise = np.random.default_rng(0).integers(0, 256, (60, 60)).astype(np.uint8)
    assert on_commonest_colour(noise) is None
