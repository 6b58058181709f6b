from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from digitrec.arrays import Uint8Array
from digitrec.imaging.solid_shapes.outlined_strokes import fill_outlined_strokes

Line = list[tuple[float, float]]
THREE = [(60, 50), (110, 38), (130, 68), (95, 96), (136, 124), (120, 165), (62, 170)]


def broad(line: Line, width: int) -> Image.Image:
    image = Image.new("L", (200, 200))
    pen = ImageDraw.Draw(image)
    pen.line(line, 255, width, joint="curve")
    for x, y in (line[0], line[-1]):
        pen.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), 255)
    return image


def outlined(line: Line, width: int = 24, pen: int = 6) -> Uint8Array:
    return np.asarray(broad(line, width)) - np.asarray(broad(line, width - pen))


def test_outlined_strokes_are_filled() -> None:
    filled = fill_outlined_strokes(outlined(THREE))
    assert filled is not None
    np.testing.assert_array_equal(filled, np.asarray(broad(THREE, 24)))


def test_the_hole_of_an_outlined_ring_stays_open() -> None:
    ring: Line = [(100, 40), (70, 60), (58, 105), (72, 150), (104, 166), (134, 140), (140, 90)]
    filled = fill_outlined_strokes(outlined([*ring, (128, 52), (100, 40), (70, 60)]))
    assert filled is not None
    assert filled[105, 58] == 255
    assert filled[105, 100] == 0


@pytest.mark.parametrize("shape", ["nothing", "strokes", "ring", "disc in a ring", "with a tail"])
def test_other_ink_is_not(shape: str) -> None:
    image = Image.new("L", (200, 200))
    pen = ImageDraw.Draw(image)
    if shape == "strokes":
        image = broad(THREE, 8)
    elif "ring" in shape:
        pen.ellipse((50, 30, 150, 170), outline=255, width=6)
    elif shape == "with a tail":  # as a 9 of a narrow loop
        pen.ellipse((80, 20, 96, 110), outline=255, width=3)
        pen.line([(96, 60), (92, 180)], 255, 3)
    if shape == "disc in a ring":
        pen.ellipse((80, 80, 120, 120), fill=255)
    assert fill_outlined_strokes(np.asarray(image)) is None


def test_two_frames_one_in_the_other_are_not() -> None:
    image = Image.new("L", (200, 200))
    for margin in (20, 34):
        box = margin, margin, 199 - margin, 199 - margin
        ImageDraw.Draw(image).rectangle(box, outline=255, width=3)
    assert fill_outlined_strokes(np.asarray(image)) is None
