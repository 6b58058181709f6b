"""Pages on their side or upside down: they are read as the writer sees them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from digitrec import Recognizer
from digitrec.arrays import Float32Array, Uint8Array
from digitrec.drawing.rasterise import rasterise
from digitrec.drawing.strokes import Stroke
from digitrec.imaging.pixels import size_of
from digitrec.recognition.pages.turned_pages import (
    is_better_turned,
    likely_turns,
    turn_page,
    turn_picture,
)
from digitrec.recognition.read_drawing import read_picture
from digitrec.recognition.results import Box, Mark, Page, Prediction
from digitrec.recognition.torch_free_recognizer import TorchFreeRecognizer

DEGREES = 90, 180, 270
SHAPES = {
    "1": [[(-12, 14), (4, 0), (4, 80)]],
    "3": [[(-18, 4), (14, 0), (14, 26), (-4, 36), (18, 50), (14, 78), (-18, 76)]],
    "4": [[(6, 0), (-20, 52), (22, 52)], [(8, 34), (8, 80)]],
    "7": [[(-20, 0), (20, 0), (-4, 80)]],
    "0": [[(20 * np.sin(t), 40 - 40 * np.cos(t)) for t in np.linspace(0, 6.3, 30)]],
    ".": [[(0, 78), (0.5, 78)]],
}


def write(*rows: str) -> Uint8Array:
    """Write rows of digits 80 pixels high."""
    strokes = [
        Stroke(np.add(path, (70 + 70 * place, 40 + 140 * row)), 8.0)
        for row, text in enumerate(rows)
        for place, one in enumerate(text)
        for path in SHAPES[one]
    ]
    return rasterise(strokes, 120 + 70 * max(map(len, rows)), 40 + 140 * len(rows))


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer.load()


def turned(picture: Uint8Array, degrees: int) -> Uint8Array:
    return np.ascontiguousarray(np.rot90(picture, -degrees // 90))


@pytest.mark.parametrize("degrees", [0, *DEGREES])
@pytest.mark.parametrize("rows", [("3417", "4473", "7304"), ("43747",), ("4740",)])
def test_a_turned_page_is_read_as_it_was_written(
    rows: tuple[str, ...], degrees: int, recognizer: Recognizer
) -> None:
    page = recognizer.read(turned(write(*rows), degrees))
    assert (page.text, page.turned) == ("\n".join(rows), degrees)


@pytest.mark.parametrize("degrees", DEGREES)
def test_boxes_are_where_the_ink_is_in_the_turned_picture(
    degrees: int, recognizer: Recognizer
) -> None:
    upright = write("34.7", "73.4")
    picture = turned(upright, degrees)
    ours, theirs = (
        [cut(one.box, ink) for line in recognizer.read(ink).in_order for one in line]
        for ink in (picture, upright)
    )
    assert len(ours) == len(theirs) == 8
    for part, expected in zip(ours, theirs, strict=True):
        assert expected.any()
        np.testing.assert_array_equal(part, turned(expected, degrees))


def cut(box: Box | None, picture: Uint8Array) -> Uint8Array:
    assert box is not None
    left, top, right, bottom = box
    return picture[top:bottom, left:right]


@pytest.mark.parametrize("degrees", DEGREES)
def test_without_pytorch_and_without_marks_it_is_the_same(degrees: int) -> None:
    quick = TorchFreeRecognizer.load(by_onnx_runtime=True) or TorchFreeRecognizer.load()
    assert quick is not None
    page = quick.read(turned(write("34.7", "73.4"), degrees), digits_only=True)
    assert (page.text, page.turned) == ("347\n734", degrees)


def test_a_window_reads_a_turned_picture_as_pages_are(recognizer: Recognizer) -> None:
    picture = Image.fromarray(turned(write("34.7", "73.4"), 90))
    (answer,) = read_picture(picture, [recognizer]).answers
    assert answer.text == "34.7\n73.4"
    assert [one.box for one in answer.digits] == [p.box for p in recognizer.read(picture).digits]


def test_a_picture_with_an_orientation_is_not_turned_twice(
    recognizer: Recognizer, tmp_path: Path
) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6  # to be turned by 90 degrees clockwise
    Image.fromarray(turned(write("347", "734"), 270)).save(tmp_path / "page.png", exif=exif)
    page = recognizer.read(tmp_path / "page.png")
    assert (page.text, page.turned) == ("347\n734", 0)


@pytest.mark.parametrize("degrees", [0, *DEGREES])
@pytest.mark.parametrize(
    "picture",
    [write("347"), write("7"), write("0000", "0000"), np.zeros((60, 90), np.uint8)],
    ids=["few digits", "one digit", "digits alike every way", "nothing"],
)
def test_what_cannot_tell_stays_as_it_lies(
    picture: Uint8Array, degrees: int, recognizer: Recognizer
) -> None:
    assert recognizer.read(turned(picture, degrees)).turned == 0


def page(*sureness: float) -> Page:
    image = np.arange(28 * 28, dtype=np.float32).reshape(28, 28)
    return Page((tuple(Prediction(3, one, np.full(10, 0.1), image) for one in sureness),))


def no_network(images: Float32Array) -> list[Prediction]:
    raise AssertionError(f"{len(images)} images need not be read")


@pytest.mark.parametrize("upright", [page(), page(*[0.01] * 3), page(*[0.9] * 20)])
def test_a_page_that_reads_well_or_has_few_digits_costs_nothing(upright: Page) -> None:
    assert likely_turns(upright, no_network) == []


@pytest.mark.parametrize("degrees", DEGREES)
def test_the_turn_after_which_the_ink_reads_best_is_tried_first(degrees: int) -> None:
    bad = page(*[0.1] * 8)
    upright = np.rot90(bad.digits[0].image, degrees // 90).copy()

    def read(images: Float32Array) -> list[Prediction]:
        good = [np.array_equal(image, upright) for image in images]
        return [Prediction(3, 0.9 if one else 0.2, np.full(10, 0.1), upright) for one in good]

    assert likely_turns(bad, read)[0] == degrees


def test_a_page_is_turned_where_it_then_reads_well_and_much_better() -> None:
    bad = page(*[0.1] * 6)
    assert is_better_turned(page(*[0.99] * 6), bad)
    assert not is_better_turned(page(*[0.3] * 6), bad)
    assert not is_better_turned(page(*[0.99] * 3), bad)
    assert not is_better_turned(page(), bad)
    assert not is_better_turned(page(*[0.5] * 6), page(*[0.02] * 6))
    assert not is_better_turned(page(*[0.99] * 6), page(*[0.9] * 6))


@pytest.mark.parametrize("degrees", DEGREES)
def test_pages_turn_with_their_pictures(degrees: int) -> None:
    picture = np.zeros((30, 50, 3), np.uint8)
    picture[3:9, 10:14] = 200
    one = replace(page(0.9).digits[0], box=(10, 3, 14, 9))
    read = Page(((one, replace(one, box=None)),), ((Mark(".", 0.9, (10, 3, 14, 9), 1),),))
    moved, other = turn_picture(picture, degrees), turn_picture(Image.fromarray(picture), degrees)
    assert isinstance(moved, np.ndarray)
    np.testing.assert_array_equal(moved, np.asarray(other))
    assert size_of(moved) == size_of(other) == ((50, 30) if degrees == 180 else (30, 50))
    after = turn_page(read, (50, 30), degrees)
    boxes = after.digits[0].box, after.marks[0][0].box
    for box in boxes:
        assert cut(box, moved).min() == 200
        assert cut(box, moved).size == 3 * 24
    assert after.digits[1].box is None
    assert after.turned == degrees
    back = turn_page(after, size_of(moved), 360 - degrees)
    assert (back.digits[0].box, back.turned) == (one.box, 0)
