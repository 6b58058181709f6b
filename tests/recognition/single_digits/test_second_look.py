from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from digitrec import Recognizer
from digitrec.imaging.normalise import normalise
from digitrec.recognition.single_digits import second_look


def beside_print() -> Image.Image:
    """A handwritten 6 on white paper, "kg" printed before it."""
    image = Image.new("L", (100, 60), 255)
    pen = ImageDraw.Draw(image)
    pen.text((4, 30), "kg", fill=0, font_size=26)
    pen.line([(82, 12), (72, 24), (67, 40), (73, 49), (83, 47), (85, 38), (76, 34), (68, 40)], 0, 4)
    return image


def test_a_picture_that_is_not_sure_is_looked_at_again() -> None:
    shipped = Recognizer.load()
    image = beside_print()
    (first,) = shipped.recognize_normalised(normalise(image)[None])
    assert first.digit is None, "else the picture shows nothing"
    assert shipped.recognize(image).digit == 6
    assert [
        one.digit for one in shipped.recognize_batch([image, Image.new("L", (60, 60), 255), image])
    ][::2] == [6, 6]
    assert shipped.look_again(image, first).digit == 6


def test_a_picture_that_is_sure_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = Recognizer.load()
    image = beside_print().crop((50, 0, 100, 60))
    monkeypatch.setattr(second_look, "normalise_otherwise", lambda picture: pytest.fail("looked"))
    assert shipped.recognize(image).digit == 6


def test_what_is_no_digit_alone_is_none_at_a_second_look() -> None:
    shipped = Recognizer.load()
    (first,) = shipped.recognize_normalised(np.zeros((1, 28, 28), np.float32))
    again = shipped.look_again(Image.new("L", (60, 60), 200), first)
    assert again is first
