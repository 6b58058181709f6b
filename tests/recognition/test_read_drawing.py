from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from digitrec import Recognizer
from digitrec.arrays import Float64Array
from digitrec.data.synthetic.digits import draw
from digitrec.drawing.rasterise import rasterise_drawing
from digitrec.drawing.strokes import Drawing, Stroke
from digitrec.imaging.normalise import normalise_ink
from digitrec.recognition.read_drawing import read_drawing, read_picture
from digitrec.recognition.results import Rejection


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    """The network that ships, made to accept all: rejection is tested elsewhere."""
    return Recognizer(replace(Recognizer.load().checkpoint, rejection_threshold=0.0))


def number(*digits: int, size: float = 120, pen: float | None = None) -> Drawing:
    rng = np.random.default_rng(1)
    drawing, x = Drawing(700, 300), 30.0
    for digit in digits:
        written = draw(digit, rng)
        bounds = written.bounds()
        assert bounds is not None
        scale = size / (bounds[3] - bounds[1])
        for stroke in written.strokes:
            points = (stroke.points - bounds[:2]) * scale + (x, 80)
            drawing.add(Stroke(points, pen or stroke.width * scale))
        right = drawing.bounds()
        assert right is not None
        x = right[2] + 30
    return drawing


def test_a_number_is_read_from_left_to_right_with_its_boxes(recognizer: Recognizer) -> None:
    drawing = number(4, 0, 7, 2)
    reading = read_drawing(drawing, [recognizer])
    assert reading.answers[0].text == "4072"
    assert not reading.left_canvas
    lefts = []
    for digit in reading.digits:
        assert digit.box is not None
        left, top, right, bottom = digit.box
        lefts.append(left)
        boxes = [stroke.box for stroke in digit.strokes]
        assert (left, top) == tuple(min(box[i] for box in boxes) for i in (0, 1))
        assert (right, bottom) == tuple(max(box[i] for box in boxes) for i in (2, 3))
    assert lefts == sorted(lefts)
    assert sum(len(digit.strokes) for digit in reading.digits) == len(drawing.strokes)
    expected = np.prod([digit.prediction.confidence for digit in reading.digits])
    assert reading.answers[0].confidence == pytest.approx(expected)


def test_one_digit_is_seen_as_the_whole_canvas_is(recognizer: Recognizer) -> None:
    rng = np.random.default_rng(0)
    for digit in range(10):
        drawing = draw(digit, rng)
        seen = read_drawing(drawing, [recognizer]).digits
        if len(seen) == 1:
            expected = normalise_ink(rasterise_drawing(drawing))
            np.testing.assert_allclose(seen[0].prediction.image, expected, atol=1e-6)


def test_nothing_drawn_is_nothing_read(recognizer: Recognizer) -> None:
    reading = read_drawing(Drawing(100, 100), [recognizer])
    assert reading.digits == ()
    assert reading.answers[0].text == ""
    assert reading.answers[0].confidence == 0


def test_what_is_outside_the_canvas_is_cut_off(recognizer: Recognizer) -> None:
    seven = number(7).strokes
    half = Drawing(700, 300, [Stroke(s.points + np.array([0, 160]), s.width) for s in seven])
    reading = read_drawing(half, [recognizer])
    assert reading.left_canvas
    assert len(reading.digits) == 1
    assert reading.digits[0].box is not None
    assert reading.digits[0].box[3] == 300
    expected = normalise_ink(rasterise_drawing(half))
    np.testing.assert_allclose(reading.digits[0].prediction.image, expected, atol=1e-6)
    gone = Drawing(700, 300, [Stroke(s.points + np.array([0, 900]), s.width) for s in seven])
    reading = read_drawing(gone, [recognizer])
    assert (reading.digits, reading.left_canvas) == ((), True)


@pytest.mark.parametrize(
    "stroke",
    [
        Stroke([(50, 50)], 16),
        Stroke([(50, 50), (53, 52)], 16),
        Stroke([(50, 50), (53, 54)], 2),
    ],
)
def test_a_dot_or_a_speck_is_too_small(recognizer: Recognizer, stroke: Stroke) -> None:
    [digit] = read_drawing(Drawing(200, 200, [stroke]), [recognizer]).digits
    assert digit.prediction.digit is None
    assert digit.prediction.rejection == Rejection("too small")
    assert digit.prediction.probabilities.sum() == pytest.approx(1)


def test_a_thick_pen_does_not_make_a_digit_too_small(recognizer: Recognizer) -> None:
    drawing = Drawing(200, 200, [Stroke([(100, 80), (100, 130)], 30)])
    [digit] = read_drawing(drawing, [recognizer]).digits
    assert digit.prediction.rejection != Rejection("too small")


def test_a_small_one_among_large_ones_is_a_question_mark(recognizer: Recognizer) -> None:
    drawing = number(3, 5)
    drawing.add(Stroke([(600, 190)], 10))
    reading = read_drawing(drawing, [recognizer])
    assert reading.answers[0].text == "35?"


def test_several_networks_read_the_same_digits(recognizer: Recognizer) -> None:
    strict = Recognizer(replace(recognizer.checkpoint, rejection_threshold=1.0))
    reading = read_drawing(number(4, 2), [recognizer, strict])
    first, second = reading.answers
    assert (first.text, second.text) == ("42", "??")
    assert reading.disagreeing == (False, True)
    for one, other in zip(first.digits, second.digits, strict=True):
        assert one.box == other.box
        assert one.strokes == other.strokes
        np.testing.assert_array_equal(one.prediction.image, other.prediction.image)
    assert second.digits[0].prediction.rejection == Rejection("not a digit", 4)


def test_a_picture_is_read_by_all(recognizer: Recognizer) -> None:
    picture = Image.fromarray(255 - rasterise_drawing(draw(5, np.random.default_rng(3))))
    reading = read_picture(picture, [recognizer, recognizer])
    assert [answer.text for answer in reading.answers] == ["5", "5"]
    assert not reading.left_canvas
    assert reading.digits[0].strokes == ()


def test_a_blank_picture_has_no_digits(recognizer: Recognizer) -> None:
    assert read_picture(Image.new("RGB", (50, 40), "ivory"), [recognizer]).digits == ()


def test_ink_as_faint_as_paper_is_too_faint(recognizer: Recognizer) -> None:
    ink = rasterise_drawing(draw(5, np.random.default_rng(3)))
    picture = Image.fromarray((200 - (ink > 127) * 2).astype(np.uint8))
    [digit] = read_picture(picture, [recognizer]).digits
    assert digit.prediction.digit is None
    assert digit.prediction.rejection == Rejection("too faint")


def open_four(gap: float, top: float = 80.0) -> list[Stroke]:
    """A 4 in two strokes that do not meet: its corner, and the bar to the right."""
    corner = np.array([[100.0, top], [96.0, top + 60], [145.0, top + 62]])
    bar = np.array([[145.0 + gap, top + 25], [142.0 + gap, top + 120]])
    return [Stroke(corner, 9.0), Stroke(bar, 9.0)]


def two_ones(gap: float) -> list[Stroke]:
    return [Stroke(np.array([[x, 80.0], [x - 4, 195.0]]), 9.0) for x in (150.0, 150.0 + gap)]


@pytest.mark.parametrize("gap", [6.0, 14.0, 22.0])
def test_two_strokes_that_do_not_meet_may_be_one_digit(gap: float, recognizer: Recognizer) -> None:
    drawing = Drawing(400, 280)
    for stroke in open_four(gap):
        drawing.add(stroke)
    (digit,) = read_drawing(drawing, [recognizer, recognizer]).digits
    assert digit.prediction.digit == 4
    assert len(digit.strokes) == 2


@pytest.mark.parametrize("gap", [20.0, 30.0, 45.0])
def test_a_1_close_to_a_1_stays_two_digits(gap: float, recognizer: Recognizer) -> None:
    drawing = Drawing(400, 280)
    for stroke in two_ones(gap):
        drawing.add(stroke)
    assert read_drawing(drawing, [recognizer]).answers[0].text == "11"


def test_digits_of_two_rows_are_never_one(recognizer: Recognizer) -> None:
    drawing = Drawing(400, 500)
    for stroke in open_four(10.0) + open_four(10.0, top=280.0):
        drawing.add(stroke)
    assert read_drawing(drawing, [recognizer]).answers[0].text == "4\n4"


MARKS = {
    ".": [[(0, 96), (2, 98)]],
    ",": [[(8, 94), (0, 116)]],
    "-": [[(0, 56), (50, 54)]],
    ":": [[(1, 30), (2, 32)], [(1, 76), (2, 78)]],
    "/": [[(46, -4), (0, 104)]],
    "+": [[(0, 50), (50, 50)], [(25, 25), (25, 76)]],
}
DIGITS = {
    "0": [[(30, 0), (4, 30), (6, 78), (32, 100), (58, 72), (56, 24), (30, 0)]],
    "1": [[(0, 0), (0, 100)]],
    "2": [[(4, 24), (20, 2), (46, 4), (54, 26), (34, 64), (2, 98), (64, 98)]],
    "3": [[(4, 14), (28, 0), (50, 18), (24, 46), (56, 70), (30, 100), (0, 86)]],
    "4": [[(10, 0), (0, 55), (60, 54)], [(42, 20), (38, 100)]],
    "5": [[(4, 6), (0, 44), (30, 38), (48, 68), (24, 100), (0, 92)], [(8, 2), (54, 0)]],
}


def write(text: str, gap: float = 30, pen: float = 9) -> Drawing:
    drawing, x = Drawing(1000, 300), 30.0
    for character in text:
        strokes = [np.array(path, float) for path in (MARKS | DIGITS)[character]]
        for path in strokes:
            drawing.add(Stroke(path * 1.2 + (x, 60), pen))
        x += 1.2 * max(path[:, 0].max() for path in strokes) + gap
    return drawing


@pytest.fixture(scope="module")
def shipped() -> Recognizer:
    return Recognizer.load()


@pytest.mark.parametrize("text", ["3.14", "12:30", "3,5", "10-4", "2+3", "23/4"])
def test_marks_between_digits_are_read_as_on_a_page(text: str, shipped: Recognizer) -> None:
    drawing = write(text)
    answer = read_drawing(drawing, [shipped]).answers[0]
    assert answer.text == text
    of_marks = sum(len(MARKS.get(character, ())) for character in text)
    assert sum(len(digit.strokes) for digit in answer.digits) == len(drawing.strokes) - of_marks


@pytest.mark.parametrize("text", ["1", "4", "5", "45", "1054", "55", "2141"])
def test_strokes_of_digits_are_no_marks(text: str, shipped: Recognizer) -> None:
    drawing = write(text)
    answer = read_drawing(drawing, [shipped]).answers[0]
    assert (answer.text, answer.marks) == (text, ())
    assert sum(len(digit.strokes) for digit in answer.digits) == len(drawing.strokes)


def circle(x: float, y: float, width: float, height: float) -> Stroke:
    angle = np.linspace(0, 2 * np.pi, 40)
    return Stroke(np.column_stack([x + width * np.sin(angle), y - height * np.cos(angle)]), 8.0)


@pytest.mark.parametrize("gap", [-4.0, 0.0, 8.0])
def test_an_8_of_two_circles_is_one_digit(gap: float, shipped: Recognizer) -> None:
    halves = [
        half
        for x in (100.0, 230.0, 360.0)
        for half in (circle(x, 100, 40, 46), circle(x, 154 + gap + 50, 46, 50))
    ]
    for strokes in (halves[:2], halves):
        answer = read_drawing(Drawing(500, 400, strokes), [shipped]).answers[0]
        assert answer.text == "8" * (len(strokes) // 2)


def test_a_0_above_a_0_with_a_clear_gap_is_two_rows(shipped: Recognizer) -> None:
    zeros = [circle(x, y, 30, 50) for y in (100.0, 232.0) for x in (100.0, 200.0)]
    answer = read_drawing(Drawing(400, 400, zeros), [shipped]).answers[0]
    assert answer.text == "00\n00"
    assert [digit.row for digit in answer.digits] == [0, 0, 1, 1]


@pytest.mark.parametrize("degrees", range(0, 180, 30))
@pytest.mark.parametrize("length", [0, 4, 12, 24, 36])
def test_a_short_thick_bar_is_too_small(length: float, degrees: int, shipped: Recognizer) -> None:
    angle = np.deg2rad(degrees)
    half = length / 2 * np.array([np.cos(angle), np.sin(angle)])
    stroke = Stroke(np.outer((-1, 1), half) + 200, 18)
    (digit,) = read_drawing(Drawing(400, 400, [stroke]), [shipped]).digits
    p = digit.prediction
    assert p.digit in ((None,) if degrees in (0, 30, 150) else (None, 1)) or p.sureness < 0.2


def broken(
    *paths: list[tuple[float, float]], white: float, at: float, pen: float = 10.0
) -> Drawing:
    """Draw paths, each in two strokes with some pixels of white between them."""
    strokes = []
    for path in paths:
        points = along(path)
        cut = int(at * len(points))
        rest = cut + int(pen + white)
        strokes += [Stroke(points[:cut], pen), Stroke(points[rest:], pen)]
    return Drawing(560, 560, strokes)


def along(path: list[tuple[float, float]]) -> Float64Array:
    """Return points along a path, one a pixel or so."""
    parts = [
        np.linspace(one, other, int(np.hypot(*np.subtract(other, one))))
        for one, other in pairwise(path)
    ]
    return np.vstack(parts)


ONES = [(120.0, 186.0), (156.0, 150.0), (156.0, 330.0)], [(250.0, 150.0), (250.0, 330.0)]
SEVEN = [(320.0, 150.0), (400.0, 150.0), (350.0, 330.0)]


@pytest.mark.parametrize("white", [-4.0, 0.0, 4.0, 8.0])
@pytest.mark.parametrize("at", [0.45, 0.55, 0.7])
def test_digits_broken_by_a_pen_lift_stay_in_their_row(
    at: float, white: float, shipped: Recognizer
) -> None:
    for paths, text in (((ONES[1],), "1"), (ONES, "11")):
        drawing = broken(*paths, white=white, at=at)
        answer = read_drawing(drawing, [shipped]).answers[0]
        assert (answer.text, answer.marks) == (text, ())
        assert [len(digit.strokes) for digit in answer.digits] == [2] * len(text)
        drawing.add(Stroke(along(SEVEN), 10.0))
        assert read_drawing(drawing, [shipped]).answers[0].text == text + "7"


def test_a_1_above_a_1_is_two_rows(shipped: Recognizer) -> None:
    ones = [Stroke(along([(150, top), (150, top + 100)]), 10.0) for top in (100.0, 228.0)]
    assert read_drawing(Drawing(400, 400, ones), [shipped]).answers[0].text == "1\n1"
