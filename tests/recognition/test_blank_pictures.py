from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from digitrec.recognition.blank_pictures import why_blank
from digitrec.recognition.read_drawing import read_picture
from digitrec.recognition.recognizer import Recognizer
from digitrec.recognition.results import Rejection
from digitrec.recognition.torch_free_recognizer import TorchFreeRecognizer

PRINTED, BLANK = Rejection("printed"), Rejection("blank")


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer.load()


def seven_segments(*, ink: int = 0, paper: int = 255) -> Image.Image:
    """A 7 as calculators show it, of three thick bars with gaps between them."""
    image = Image.new("L", (160, 220), paper)
    pen = ImageDraw.Draw(image)
    for bar in ((55, 50, 95, 50), (100, 55, 100, 100), (100, 110, 100, 155)):
        pen.line(bar, fill=ink, width=12)
    return image


def frame(ink: int) -> Image.Image:
    image = Image.new("L", (160, 220), 255)
    ImageDraw.Draw(image).rectangle((20, 20, 140, 200), outline=ink, width=5)
    return image


def dust() -> Image.Image:
    pixels = np.full((220, 160), 255, np.uint8)
    for row, column in np.random.default_rng(0).integers(10, 150, (12, 2)):
        pixels[row : row + 2, column : column + 2] = 0
    return Image.fromarray(pixels)


def noise() -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (220, 160), np.uint8))


@pytest.mark.parametrize("many_digits", [False, True])
@pytest.mark.parametrize(
    ("picture", "reason"),
    [
        (seven_segments(), PRINTED),
        (seven_segments(ink=255, paper=0), PRINTED),
        (frame(0), PRINTED),
        (frame(190), PRINTED),
        (frame(250), BLANK),
        (Image.new("L", (160, 220), 255), BLANK),
        (Image.new("RGB", (3000, 2000), (20, 30, 40)), BLANK),
        (dust(), BLANK),
        (noise(), BLANK),
    ],
)
def test_print_is_told_from_nothing(
    picture: Image.Image, reason: Rejection, many_digits: bool
) -> None:
    assert why_blank(picture, many_digits=many_digits) == reason


def test_a_picture_of_print_alone_is_not_said_to_be_blank(
    recognizer: Recognizer, tmp_path: Path
) -> None:
    picture = seven_segments()
    numpy = TorchFreeRecognizer.load()
    assert numpy is not None
    for prediction in (
        recognizer.recognize(picture),
        *recognizer.recognize_batch([picture, picture]),
        numpy.look_again(picture, recognizer.recognize(Image.new("L", (28, 28)))),
    ):
        assert prediction.digit is None
        assert prediction.reason == "all ink looks like print, frames or lines"
    for page in (recognizer.read(picture), numpy.read(picture)):
        assert page.lines == ()
        assert page.reason == "all ink looks like print, frames or lines"
    [digit] = read_picture(picture, [recognizer]).digits
    assert digit.prediction.rejection == PRINTED


def test_a_blank_picture_is_still_blank(recognizer: Recognizer) -> None:
    picture = Image.new("L", (160, 220), 255)
    assert recognizer.recognize(picture).rejection == BLANK
    assert recognizer.read(picture).rejection == BLANK
