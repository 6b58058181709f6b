from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from drawn_shapes import difference, draw, mixed
from PIL import Image

from digitrec.data.synthetic import digits
from digitrec.drawing.rasterise import rasterise, rasterise_drawing
from digitrec.drawing.strokes import Stroke
from digitrec.imaging.find_ink import find_ink
from digitrec.imaging.normalise import normalise, normalise_ink


def compressed(picture: np.ndarray, quality: int, form: str = "JPEG") -> np.ndarray:
    """What is left of a picture after it was saved with loss."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, form, quality=quality)
    return np.asarray(Image.open(file))


WHITE = (255, 255, 255)


@pytest.mark.parametrize(
    ("background", "colour", "side", "quality"),
    [
        (255, 0, 280, 75),
        (255, 0, 280, 85),
        (255, 0, 280, 95),
        (255, 0, 600, 75),
        (0, 255, 280, 75),
        (200, 60, 280, 80),
        (WHITE, (0, 0, 0), 280, 75),
        (WHITE, (30, 40, 160), 280, 75),
        ((250, 245, 230), (30, 40, 160), 280, 85),
    ],
)
def test_a_drawing_saved_with_loss_is_the_same_digit(
    background: Any, colour: Any, side: int, quality: int
) -> None:
    rng = np.random.default_rng(7)
    errors = []
    for n in range(50):
        picture = mixed(rasterise_drawing(digits.draw(n % 10, rng, side, side)), background, colour)
        seen = normalise(compressed(picture, quality))
        errors.append(float(np.abs(seen - normalise(picture)).mean()))
    assert np.mean(errors) < 0.007
    # The box and its place are whole pixels: what was about to round to the next one may do so,
    # which is a difference near 0.06.
    assert np.quantile(errors, 0.94) < 0.03
    assert max(errors) < 0.1


@pytest.mark.parametrize(
    ("form", "quality", "bound"), [("JPEG", 40, 0.1), ("JPEG", 10, 0.3), ("WEBP", 60, 0.1)]
)
def test_strong_compression(form: str, quality: int, bound: float) -> None:
    ink = draw()
    digit = normalise(compressed(255 - ink, quality, form))
    assert difference(digit, normalise_ink(ink)) < bound


def test_ringing_is_not_ink() -> None:
    ink = draw(pen=0.05)
    found = find_ink(compressed(255 - ink, 75))
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    far = np.ones(ink.shape, bool)
    far[rows[0] - 1 : rows[-1] + 2, columns[0] - 1 : columns[-1] + 2] = False
    assert compressed(255 - ink, 75)[far].min() < 245
    assert not found[far].any()


def test_a_clean_picture_has_no_ringing() -> None:
    rng = np.random.default_rng(8)
    for digit in range(10):
        for side in (28, 90, 280):
            ink = rasterise_drawing(digits.draw(digit, rng, side, side))
            np.testing.assert_array_equal(find_ink(ink), ink)


@pytest.mark.parametrize(
    ("pen", "strength"), [(1.0, 0.1), (2.0, 0.1), (8.0, 0.1), (1.0, 0.2), (8.0, 0.2)]
)
def test_a_faint_stroke_beside_a_strong_one_stays(pen: float, strength: float) -> None:
    strong = rasterise([Stroke([(60, 60), (75, 220)], 20)], 280, 280)
    faint = rasterise([Stroke([(110, 70), (230, 190), (120, 225)], pen)], 280, 280)
    ink = np.maximum(strong, np.rint(strength * faint)).astype(np.uint8)
    np.testing.assert_array_equal(find_ink(ink), ink)
