"""Tiny digits are read as far as their pixels show them: alone, in larger pictures, on pages."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from digitrec import Recognizer
from digitrec.arrays import Uint8Array
from digitrec.data.synthetic.digits import draw
from digitrec.drawing.rasterise import rasterise_drawing
from digitrec.imaging.normalise import normalise_ink

DIGITS = [digit % 10 for digit in range(40)]


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer.load()


def tiny_digits(side: int) -> list[Uint8Array]:
    """Ink of digits whose longer side is ``side`` pixels, with a margin of 2 pixels."""
    rng = np.random.default_rng(3)
    images = []
    for digit in DIGITS:
        ink = Image.fromarray(rasterise_drawing(draw(digit, rng)))
        ink = ink.crop(ink.getbbox())
        size = [max(1, round(length * side / max(ink.size))) for length in ink.size]
        tiny = np.pad(np.asarray(ink.resize(size, Image.Resampling.BOX)), 2)
        images.append(np.rint(tiny * (255 / tiny.max())).astype(np.uint8))
    return images


@pytest.mark.parametrize(("side", "least"), [(8, 37), (10, 38), (14, 37), (20, 37)])
def test_a_tiny_digit_is_read(side: int, least: int, recognizer: Recognizer) -> None:
    inks = tiny_digits(side)
    for around in (0, 50):
        read = recognizer.recognize_batch([255 - np.pad(ink, around) for ink in inks])
        right = sum(p.digit == digit for p, digit in zip(read, DIGITS, strict=True))
        assert right >= least


def test_of_the_tiniest_digits_more_are_read_than_without_enlarging_them(
    recognizer: Recognizer,
) -> None:
    for side in (5, 6):
        inks = tiny_digits(side)
        normalised = np.stack([normalise_ink(ink) for ink in inks])
        as_they_are = recognizer.recognize_normalised(normalised)
        before = sum(p.digit == digit for p, digit in zip(as_they_are, DIGITS, strict=True))
        for around in (0, 50):
            read = recognizer.recognize_batch([255 - np.pad(ink, around) for ink in inks])
            assert sum(p.digit == digit for p, digit in zip(read, DIGITS, strict=True)) > before


def test_a_page_of_tiny_digits_is_read(recognizer: Recognizer) -> None:
    """Boxes are those of the page as it was handed in."""
    inks = [np.pad(ink, ((2, 14 - len(ink)), (2, 14 - ink.shape[1]))) for ink in tiny_digits(10)]
    page = 255 - np.vstack([np.hstack(inks[i : i + 10]) for i in (0, 10)])
    found = recognizer.read(np.pad(page, 9, constant_values=255))
    assert [len(line) for line in found.lines] == [10, 10]
    right = sum(p.digit == digit for p, digit in zip(found.digits, DIGITS[:20], strict=True))
    assert right >= 16
    for number, p in enumerate(found.digits):
        assert p.box is not None
        assert abs(p.box[0] - (9 + 16 * (number % 10) + 4)) <= 6
        assert 5 <= p.box[3] - p.box[1] <= 14
