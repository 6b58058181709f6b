from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from digitrec.imaging.solid_shapes.filled_shape import inside_filled_shape

SEVEN = [(75, 65), (125, 65), (95, 140)]


def badge(colour: object = (20, 60, 160), ink: object = "white", width: int = 9) -> Image.Image:
    image = Image.new("RGB", (200, 200), "white")
    pen = ImageDraw.Draw(image)
    pen.ellipse((20, 20, 180, 180), fill=colour)  # type: ignore[arg-type]
    pen.line(SEVEN, ink, width, joint="curve")  # type: ignore[arg-type]
    return image


@pytest.mark.parametrize("ink", ["white", "black", "yellow"])
def test_what_is_in_a_shape_of_one_colour_is_a_picture(ink: str) -> None:
    picture = badge(ink=ink)
    inside = inside_filled_shape(picture)
    assert inside is not None
    whole = np.asarray(picture)[20:181, 20:181]
    assert inside.shape == whole.shape
    assert (inside[[0, 0, -1, -1], [0, -1, 0, -1]] == (20, 60, 160)).all(), "was the background"
    np.testing.assert_array_equal(inside[40:130, 40:120], whole[40:130, 40:120])


def test_a_shape_in_grey_is_one_too() -> None:
    assert inside_filled_shape(badge(colour=(90, 90, 90)).convert("L")) is not None


@pytest.mark.parametrize("width", [0, 60])
def test_a_shape_without_strokes_in_it_is_not(width: int) -> None:
    assert inside_filled_shape(badge(width=width) if width else badge(ink=(20, 60, 160))) is None


def test_a_tiny_shape_is_not() -> None:
    picture = Image.new("RGB", (200, 200), "white")
    picture.paste(badge().resize((20, 20)), (80, 80))
    assert inside_filled_shape(picture) is None


def test_a_slashed_zero_and_a_ring_are_no_shapes() -> None:
    image = Image.new("L", (200, 200), 255)
    pen = ImageDraw.Draw(image)
    pen.ellipse((60, 20, 140, 180), outline=0, width=8)
    pen.line([(85, 140), (115, 60)], 0, 8)
    assert inside_filled_shape(image) is None


@pytest.mark.parametrize("width", [30, 44])
def test_the_hole_of_a_zero_by_a_broad_pen_is_no_stroke(width: int) -> None:
    image = Image.new("L", (200, 200), 255)
    ImageDraw.Draw(image).ellipse((40, 10, 160, 190), outline=0, width=width)
    assert inside_filled_shape(image) is None


def test_a_blank_picture_and_a_photograph_hold_no_shape() -> None:
    assert inside_filled_shape(Image.new("L", (90, 60), 200)) is None
    rng = np.random.default_rng(0)
    assert inside_filled_shape(rng.integers(0, 256, (90, 60)).astype(np.uint8)) is None


@pytest.mark.parametrize(("width", "is_shape"), [(18, True), (26, False)])
def test_strokes_are_thinner_than_what_is_around_them(width: int, is_shape: bool) -> None:
    image = Image.new("L", (140, 140), 255)
    pen = ImageDraw.Draw(image)
    pen.rectangle((20, 20, 120, 120), fill=0)
    pen.ellipse((35, 35, 105, 105), outline=255, width=width)
    assert (inside_filled_shape(image) is not None) == is_shape
