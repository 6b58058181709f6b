from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from digitrec import Recognizer
from digitrec.arrays import Float32Array
from digitrec.imaging.normalise import OtherImages, normalise, normalise_ink
from digitrec.imaging.plain_background import ink_on_plain_background
from digitrec.recognition.results import Prediction
from digitrec.recognition.single_digits import second_look


def beside_print() -> Image.Image:
    """A handwritten 6 on white paper, "kg" printed before it."""
    image = Image.new("L", (100, 60), 255)
    pen = ImageDraw.Draw(image)
    pen.text((4, 30), "kg", fill=0, font_size=26)
    pen.line([(82, 12), (72, 24), (67, 40), (73, 49), (83, 47), (85, 38), (76, 34), (68, 40)], 0, 4)
    return image


Line = list[tuple[int, int]]


def drawn(line: Line) -> Image.Image:
    """One stroke on white paper."""
    image = Image.new("L", (120, 120), 255)
    ImageDraw.Draw(image).line(line, fill=0, width=6, joint="curve")
    return image


@pytest.mark.parametrize("grey", [0, 120])
@pytest.mark.parametrize(
    ("digit", "line"),
    [
        (2, [(40, 44), (52, 32), (72, 36), (74, 52), (46, 86), (112, 84)]),
        (3, [(42, 36), (70, 30), (74, 46), (56, 58), (76, 72), (70, 92), (44, 98), (30, 104)]),
        (4, [(60, 9), (40, 66), (90, 66), (76, 40), (76, 96)]),
    ],
)
def test_a_digit_that_touches_its_circle_is_read(digit: int, line: Line, grey: int) -> None:
    shipped = Recognizer.load()
    image = drawn(line)
    ImageDraw.Draw(image).ellipse((8, 8, 112, 112), outline=grey, width=4)
    ink = ink_on_plain_background(np.asarray(image))
    assert ink is not None
    (whole,) = shipped.recognize_normalised(normalise_ink(ink)[None])
    assert whole.digit != digit, "else the picture shows nothing"
    assert shipped.recognize(image).digit == digit
    page = shipped.read(image)
    assert page.text == str(digit)
    left, top, right, bottom = page.digits[0].box or (0, 0, 0, 0)
    assert right - left > 30
    assert bottom - top > 60


@pytest.mark.parametrize("width", [8, 10, 12])
def test_a_thick_digit_that_touches_its_thin_circle_is_read(width: int) -> None:
    shipped = Recognizer.load()
    image = Image.new("L", (120, 120), 255)
    pen = ImageDraw.Draw(image)
    line = [(42, 36), (70, 30), (76, 46), (56, 58), (80, 74), (70, 94), (40, 98)]
    pen.line(line, fill=0, width=width, joint="curve")
    pen.ellipse((26, 22, 98, 104), outline=0, width=2)
    found = shipped.recognize(image)
    assert found.digit == 3
    assert found.sureness > 0.9
    assert shipped.read(image).text == "3"


def square_nine(pen: int, side: int = 280) -> Image.Image:
    """A 9 of straight strokes and right angles, as engineers write it."""
    image = Image.new("L", (side, side), 255)
    line = [(180, 140), (100, 140), (100, 50), (180, 50), (180, 230), (100, 230)]
    scaled = [(x * side / 280, y * side / 280) for x, y in line]
    ImageDraw.Draw(image).line(scaled, fill=0, width=pen, joint="curve")
    return image


@pytest.mark.parametrize(("pen", "side"), [(10, 280), (14, 280), (18, 280), (24, 400)])
def test_no_stroke_of_a_square_digit_is_taken_for_print(pen: int, side: int) -> None:
    shipped, image = Recognizer.load(), square_nine(pen, side)
    assert shipped.recognize(image).digit == 9
    assert shipped.read(image).text == "9"


@pytest.mark.parametrize("pen", [8, 12, 16])
@pytest.mark.parametrize("size", [(40, 100), (50, 100), (80, 80), (120, 90)])
def test_a_round_rectangle_is_a_zero_or_no_digit(size: tuple[int, int], pen: int) -> None:
    image = Image.new("L", (200, 200), 255)
    left, top = (100 - side // 2 for side in size)
    box = left, top, left + size[0], top + size[1]
    ImageDraw.Draw(image).rounded_rectangle(box, 25, outline=0, width=pen)
    assert Recognizer.load().recognize(image).digit in (0, None)


@pytest.mark.parametrize(
    "letter",
    [
        [(20, 100), (50, 20), (80, 100), (68, 70), (32, 70)],  # A
        [(20, 100), (30, 20), (60, 80), (90, 20), (100, 100)],  # M
        [(20, 20), (35, 100), (60, 50), (85, 100), (100, 20)],  # W
    ],
)
def test_of_a_letter_no_part_is_a_digit(letter: Line) -> None:
    shipped = Recognizer.load()
    assert shipped.recognize(drawn(letter)).digit is None
    assert shipped.read(drawn(letter)).text == "?"


@pytest.mark.parametrize("ink", ["white", "black"])
def test_a_digit_on_a_badge_is_read(ink: str) -> None:
    shipped = Recognizer.load()
    image = Image.new("RGB", (200, 200), "white")
    pen = ImageDraw.Draw(image)
    pen.ellipse((20, 20, 180, 180), fill=(90, 70, 160))
    pen.line([(70, 68), (128, 64), (100, 102), (92, 145)], ink, 9, joint="curve")
    pen.line([(82, 105), (120, 100)], ink, 9)
    assert shipped.recognize(image).digit == 7
    assert shipped.read(image).text == "7"


def test_a_letter_on_a_badge_is_not() -> None:
    image = Image.new("RGB", (200, 200), "white")
    pen = ImageDraw.Draw(image)
    pen.ellipse((20, 20, 180, 180), fill=(90, 70, 160))
    pen.line([(70, 140), (70, 60), (120, 140), (120, 60)], "white", 9, joint="curve")
    assert Recognizer.load().recognize(image).digit is None


@pytest.mark.parametrize(
    ("digit", "line"),
    [
        (3, [(42, 30), (70, 22), (80, 40), (56, 58), (84, 74), (74, 98), (40, 102)]),
        (2, [(34, 44), (46, 26), (72, 24), (80, 44), (36, 98), (88, 100)]),
        (7, [(34, 26), (86, 22), (62, 62), (54, 104)]),
    ],
)
def test_a_digit_of_outlined_strokes_is_read(digit: int, line: Line) -> None:
    image = Image.new("L", (240, 240), 255)
    pen = ImageDraw.Draw(image)
    line = [(2 * x, 2 * y) for x, y in line]
    for width, grey in ((30, 0), (22, 255)):
        pen.line(line, grey, width, joint="curve")
        for x, y in (line[0], line[-1]):
            r = width / 2
            pen.ellipse((x - r, y - r, x + r, y + r), grey)
    read = Recognizer.load().recognize(image)
    assert read.digit == digit
    assert read.sureness > 0.9


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
    monkeypatch.setattr(
        second_look, "normalise_otherwise", lambda picture, **how: pytest.fail("looked")
    )
    assert shipped.recognize(image).digit == 6


def test_what_is_no_digit_alone_is_none_at_a_second_look() -> None:
    shipped = Recognizer.load()
    (first,) = shipped.recognize_normalised(np.zeros((1, 28, 28), np.float32))
    again = shipped.look_again(Image.new("L", (60, 60), 200), first)
    assert again is first


def image_of(digit: int, digit_probability: float) -> Float32Array:
    """An image that `read_images` reads so."""
    image = np.zeros((28, 28), np.float32)
    image[0, :2] = (digit + 1) / 10, digit_probability
    return image


def read_images(images: Float32Array) -> list[Prediction]:
    digits = (10 * images[:, 0, 0] - 1).round().astype(int)
    return [
        Prediction.decided(np.eye(10)[digit], float(image[0, 1]), image, 0.25)
        for digit, image in zip(digits, images, strict=True)
    ]


@pytest.mark.parametrize(
    ("whole", "component", "expected"),
    [
        ((3, 0.1), (5, 0.99), 5),
        ((3, 0.1), (5, 0.9), None),  # not sure enough
        ((3, 0.1), (1, 0.99), None),  # bits of print look like a 1
        ((3, 0.5), (5, 0.99), 3),  # all ink together is a digit
    ],
)
def test_a_component_is_read_alone_if_the_whole_is_not_a_digit(
    whole: tuple[int, float],
    component: tuple[int, float],
    expected: int | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    others = OtherImages([image_of(*whole)], [image_of(*component)], None)
    monkeypatch.setattr(second_look, "normalise_otherwise", lambda picture, **how: others)
    (first,) = read_images(image_of(8, 0.05)[None])
    read = second_look.look_again(Image.new("L", (60, 60), 200), first, read_images)
    assert read.digit == expected


@pytest.mark.parametrize(
    ("first", "strong", "expected"),
    [
        ((8, 0.05), (5, 0.99), 5),
        ((3, 0.5), (5, 0.99), 3),  # a digit already
        ((8, 0.05), (5, 0.98), None),  # not sure enough
        ((8, 0.05), (1, 0.99), None),  # the edge of a shadow looks like a 1
        (None, (5, 0.99), None),  # all ink was taken for print
    ],
)
def test_what_differs_most_from_paper_is_read_too(
    first: tuple[int, float] | None,
    strong: tuple[int, float],
    expected: int | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    others = OtherImages([], [], None)
    monkeypatch.setattr(second_look, "normalise_otherwise", lambda picture, **how: others)
    monkeypatch.setattr(second_look, "normalise_strong", lambda picture: image_of(*strong))
    (at_first,) = read_images((image_of(*first) if first else np.zeros((28, 28), np.float32))[None])
    read = second_look.look_again(Image.new("L", (60, 60), 200), at_first, read_images)
    assert read.digit == expected


def stretched(line: Line, side: int, width: int = 14) -> np.ndarray:
    """A stroke whose bounding box was stretched to a square of so many pixels, black on white."""
    image = Image.new("L", (200, 200))
    ImageDraw.Draw(image).line(line, fill=255, width=width, joint="curve")
    cut = image.crop(image.getbbox()).resize((side, side), Image.Resampling.BOX)
    return np.where(np.asarray(cut) > 115, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("side", [8, 16, 20, 32, 100])
@pytest.mark.parametrize(
    ("digit", "line"),
    [
        (1, [(100, 30), (92, 170)]),
        (1, [(110, 30), (80, 170)]),
        (2, [(75, 60), (100, 40), (125, 60), (120, 90), (70, 160), (135, 160)]),
        (3, [(70, 50), (100, 40), (125, 60), (100, 90), (130, 120), (110, 160), (70, 160)]),
        (
            5,
            [(140, 40), (80, 40), (75, 90), (120, 95), (135, 130), (105, 160), (70, 150)],
        ),
        (7, [(60, 40), (130, 40), (90, 160)]),
    ],
)
def test_a_digit_that_was_stretched_to_a_square_is_read(digit: int, line: Line, side: int) -> None:
    shipped = Recognizer.load()
    picture = stretched(line, side)
    assert shipped.recognize(picture).digit == digit
    assert shipped.recognize(255 - picture).digit == digit
    assert shipped.read(picture).text == str(digit)


@pytest.mark.parametrize("side", [8, 9, 10])
def test_a_zero_whose_ink_covers_the_border_is_read(side: int) -> None:
    zero = np.full((side, side), 255, np.uint8)
    zero[1:-1, 1:-1] = 0
    zero[[0, 0, -1, -1], [0, -1, 0, -1]] = 0
    assert Recognizer.load().recognize(255 - zero).digit == 0
    assert Recognizer.load().recognize(zero).digit == 0
