"""Reading several digits: what `Recognizer.read` promises."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter
from plain_numbers import write

from digitrec import Recognizer
from digitrec.arrays import Float64Array, Uint8Array
from digitrec.benchmarks.handwriting.page_photographs import photograph
from digitrec.benchmarks.handwriting.written_numbers import write_number, write_page
from digitrec.data.synthetic.digits import draw
from digitrec.drawing.rasterise import rasterise_drawing
from digitrec.errors import PictureError
from digitrec.recognition.pages.page_reader import ODDS_BESIDE_DIGITS
from digitrec.recognition.results import Prediction

LETTERS = {
    "M": [[(0, 2), (0, 0), (1, 1.2), (2, 0), (2, 2)]],
    "K": [[(0, 0), (0, 2)], [(1.3, 0), (0, 1), (1.4, 2)]],
    "W": [[(0, 0), (0.5, 2), (1, 0.6), (1.5, 2), (2, 0)]],
    "A": [[(0, 2), (0.8, 0), (1.6, 2)], [(0.4, 1.2), (1.2, 1.2)]],
    "X": [[(0, 0), (1.5, 2)], [(1.5, 0), (0, 2)]],
    "H": [[(0, 0), (0, 2)], [(1.4, 0), (1.4, 2)], [(0, 1), (1.4, 1)]],
    "E": [[(1.3, 0), (0, 0), (0, 2), (1.3, 2)], [(0, 1), (1.1, 1)]],
    "N": [[(0, 2), (0, 0), (1.4, 2), (1.4, 0)]],
}


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer.load()


def paths(digits: str, rng: np.random.Generator) -> list[list[Float64Array]]:
    return [[stroke.points for stroke in draw(int(digit), rng).strokes] for digit in digits]


def number(seed: int) -> tuple[Uint8Array, str]:
    """A number of synthetic digits, and what it is."""
    rng = np.random.default_rng(seed)
    written = "".join(map(str, rng.integers(0, 10, rng.integers(2, 7))))
    return write_number(paths(written, rng), rng), written


def test_numbers_are_read(recognizer: Recognizer) -> None:
    """Synthetic digits are hard: some of them nobody can read."""
    numbers = [number(seed) for seed in range(30)]
    read = [recognizer.read(ink).text for ink, _ in numbers]
    assert np.mean([len(a) == len(b) for a, (_, b) in zip(read, numbers, strict=True)]) > 0.8
    assert np.mean([a == b for a, (_, b) in zip(read, numbers, strict=True)]) > 0.55


def test_a_reading_keeps_its_contract(recognizer: Recognizer) -> None:
    for seed in range(15):
        ink, _ = number(seed)
        reading = recognizer.read(ink)
        assert isinstance(reading.lines, tuple)
        assert all(isinstance(line, tuple) for line in reading.lines)
        assert reading.digits == tuple(p for line in reading.lines for p in line)
        mixed = [one for line in reading.in_order for one in line]
        assert reading.text.replace("\n", "") == "".join(one.text or "?" for one in mixed)
        alone = recognizer.read(ink, digits_only=True)
        assert alone.text.replace("\n", "") == "".join(p.text or "?" for p in reading.digits)
        covered = np.zeros(ink.shape, bool)
        for p in reading.digits:
            assert p.box is not None
            left, top, right, bottom = p.box
            assert 0 <= left < right <= ink.shape[1]
            assert 0 <= top < bottom <= ink.shape[0]
            assert p.probabilities.sum() == pytest.approx(1)
            assert p.image.shape == (28, 28)
            covered[top:bottom, left:right] = True
        for mark in (one for line in reading.marks for one in line):
            left, top, right, bottom = mark.box
            covered[top:bottom, left:right] = True
        assert covered[ink > 0].mean() > 0.99
        for line in reading.lines:
            middles = [p.box[0] + p.box[2] for p in line if p.box]
            assert middles == sorted(middles)


def test_the_same_number_elsewhere_or_inverted_reads_the_same(recognizer: Recognizer) -> None:
    unlike = 0
    for seed in range(12):
        ink, _ = number(seed)
        reading = recognizer.read(ink)
        moved = recognizer.read(np.pad(ink, ((50, 7), (90, 3))))
        assert recognizer.read(255 - ink).text == reading.text
        if moved.text != reading.text:  # of a stroke that may be a slash, part of a pixel decides
            unlike += 1
            continue
        for one, other in zip(reading.digits, moved.digits, strict=True):
            assert one.box is not None
            assert other.box == tuple(np.add(one.box, (90, 50, 90, 50)))
    assert unlike <= 1


def test_the_same_number_larger_or_smaller_reads_the_same(recognizer: Recognizer) -> None:
    same = []
    for seed in range(10):
        ink, _ = number(seed)
        reading = recognizer.read(ink)
        for factor in (0.7, 1.5, 3.0):
            size = [round(side * factor) for side in ink.shape[::-1]]
            resized = Image.fromarray(ink).resize(size, Image.Resampling.BICUBIC)
            same.append(recognizer.read(resized).text == reading.text)
    assert np.mean(same) > 0.85


def test_one_digit_reads_as_it_is_recognized(recognizer: Recognizer) -> None:
    rng = np.random.default_rng(0)
    single = 0
    for digit in range(40):
        ink = rasterise_drawing(draw(digit % 10, rng))
        reading, whole = recognizer.read(ink), recognizer.recognize(ink)
        assert whole.box is None
        if len(reading.digits) == 1:
            single += 1
            np.testing.assert_array_equal(reading.digits[0].image, whole.image)
            assert reading.digits[0].digit == whole.digit
            assert reading.text == (whole.text or "?")
    assert single >= 36


@pytest.mark.parametrize("seed", [53, 621])
def test_one_digit_on_paper_that_is_barely_one_reads_as_it_is_recognized(
    recognizer: Recognizer, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    ink = rasterise_drawing(draw(int(rng.integers(10)), rng))
    noise = rng.normal(0, 3, ink.shape)
    paper = np.clip(235 - 140 * (ink / 255.0) + noise, 0, 255).astype(np.uint8)
    whole = recognizer.recognize(paper)
    assert whole.digit is not None
    assert whole.sureness < 0.5, "else the picture shows nothing"
    assert recognizer.read(paper).text == whole.text


def test_beside_digits_less_is_rejected_than_alone(recognizer: Recognizer) -> None:
    def digits(ink: Uint8Array, threshold: float) -> list[Prediction]:
        other = Recognizer(replace(recognizer.checkpoint, rejection_threshold=threshold))
        return list(other.read(ink).digits)

    accepted = 0
    for ink in (number(seed)[0] for seed in range(12)):
        likely = sorted(p.digit_probability for p in digits(ink, 1e-12))
        if len(likely) < 3 or likely[1] - likely[0] < 1e-6:
            continue
        # Alone the least likely would be rejected; what stands beside it is taken for digits.
        alone = (likely[0] + likely[1]) / 2
        enough = likely[0] >= alone / (alone + ODDS_BESIDE_DIGITS * (1 - alone))
        read = digits(ink, alone)
        assert [p.digit is None for p in read] == [
            p.digit_probability == likely[0] and not enough for p in read
        ]
        assert all((p.reason is None) == (p.digit is not None) for p in read)
        accepted += enough
    assert accepted >= 2


@pytest.mark.parametrize(("digit_probability", "accepted"), [(0.12, False), (0.2, True)])
def test_what_is_hardly_a_digit_is_rejected_beside_digits_too(
    recognizer: Recognizer, digit_probability: float, accepted: bool
) -> None:
    alone = recognizer.checkpoint.rejection_threshold
    beside = alone / (alone + ODDS_BESIDE_DIGITS * (1 - alone))
    assert (digit_probability >= beside) == accepted
    assert digit_probability < alone


def test_beside_other_ink_as_much_is_rejected_as_alone(recognizer: Recognizer) -> None:
    rng = np.random.default_rng(1)
    ink = write_number(paths("407", rng), rng)
    likely = sorted(p.digit_probability for p in recognizer.read(ink).digits)
    alone = (likely[-2] + likely[-1]) / 2
    other = Recognizer(replace(recognizer.checkpoint, rejection_threshold=alone))
    assert sum(p.digit is not None for p in other.read(ink).digits) == 1


@pytest.mark.parametrize(("letter", "seed"), [("F", 3), ("t", 0), ("t", 1)])
def test_a_letter_that_one_network_takes_for_a_digit_is_none(
    recognizer: Recognizer, letter: str, seed: int
) -> None:
    """That for single digits takes them for a 7 and a 1, but is not sure."""
    strokes = {
        "F": [[(0, 0), (0.9, 0.1), (0.8, 0.1)], [(0.5, 0), (0.3, 2)], [(0, 1), (0.9, 0.9)]],
        "t": [[(0.3, 0), (0.3, 1.8), (0.5, 2)], [(0.1, 0.4), (0.5, 0.4)]],
    }[letter]
    rng = np.random.default_rng(seed)
    digits = [[stroke.points for stroke in draw(digit, rng).strokes] for digit in (4, 7)]
    ink = write_number([[np.array(path, float) for path in strokes], *digits], rng)
    assert recognizer.read(ink).text == "?47"


def test_even_lines_are_ones_in_a_drawing_and_hatching_on_paper(recognizer: Recognizer) -> None:
    ink = np.zeros((120, 520), np.uint8)
    for left in range(60, 480, 60):
        ink[30:95, left : left + 6] = 255
    assert recognizer.read(ink).text == "1111111"
    noise = np.random.default_rng(0).normal(0, 6, ink.shape)
    assert recognizer.read((200 - 0.6 * ink + noise).astype(np.uint8)).text == ""


def beside_words(words: str, digits: str) -> Image.Image:
    """Digits of a pen on white paper, and words that are printed before them."""
    ink = write(digits)
    image = Image.new("L", (ink.shape[1] + 150, ink.shape[0]), 255)
    image.paste(Image.fromarray(255 - ink), (150, 0))
    ImageDraw.Draw(image).text((12, 75), words, fill=0, font_size=34)
    return image


@pytest.mark.parametrize("words", ["Date", "Name:", "Sum ="])
def test_words_printed_beside_digits_are_left_out(recognizer: Recognizer, words: str) -> None:
    assert recognizer.read(beside_words(words, "43")).text == "43"


def test_words_that_are_alone_are_not_lost(recognizer: Recognizer) -> None:
    assert "?" in recognizer.read(beside_words("Date", "")).text


def test_of_a_line_of_letters_nothing_is_a_digit(recognizer: Recognizer) -> None:
    """Some letters of a word look like digits; numbers on lines of their own are read beside it."""
    rng = np.random.default_rng(5)
    word = [[np.array(path, float) for path in LETTERS[letter]] for letter in "MKWAXHEN"]
    word.insert(3, paths("1", rng)[0])
    word.insert(6, paths("0", rng)[0])
    lines = [[paths("4072", rng)], [word], [paths("3958", rng)]]
    read = recognizer.read(write_page(lines, rng, 60.0, 0.0))
    assert [len(line) for line in read.lines][::2] == [4, 4]
    assert sum(one.digit is not None for line in read.lines[::2] for one in line) >= 7
    assert not any(one.digit for one in read.lines[1])


def test_letters_that_hardly_look_like_digits_are_no_number(recognizer: Recognizer) -> None:
    """Half of these letters are nearest to digits, but few are surely digits."""
    form = Image.new("L", (560, 90), 215)
    pen = ImageDraw.Draw(form)
    pen.rectangle((10, 15, 550, 75), fill=60)
    pen.text((20, 28), "Absender: Lager Nord, Halle B", fill=235, font_size=28)
    noise = np.random.default_rng(0).normal(0, 3, (90, 560))
    seen = (np.asarray(form) + noise).clip(0, 255).astype(np.uint8)
    assert not any(one.digit is not None for one in recognizer.read(seen).digits)


def test_a_number_beside_a_word_is_read(recognizer: Recognizer) -> None:
    rng = np.random.default_rng(5)
    word = [[np.array(path, float) for path in LETTERS[letter]] for letter in "MKWAXHE"]
    parts = [write_number(word, rng), write("43")]
    height = max(len(part) for part in parts)
    above = [(height - len(part)) // 2 for part in parts]
    ink = np.hstack(
        [
            np.pad(part, ((top, height - len(part) - top), (0, 40)))
            for part, top in zip(parts, above, strict=True)
        ]
    )
    text = recognizer.read(ink).text
    assert text.startswith("?")
    assert text.endswith("43")


@pytest.mark.parametrize("light_on_dark", [False, True])
def test_a_photographed_page_is_read_line_by_line(
    light_on_dark: bool, recognizer: Recognizer
) -> None:
    rng = np.random.default_rng(4)
    rows = [["407", "12"], ["3358"], ["90", "61", "274"], ["5"], ["88", "1"]]
    lines = [[paths(written, rng) for written in row] for row in rows]
    ink = write_page(lines, rng, height=70, degrees=3.0)
    reading = recognizer.read(photograph(ink, rng, light_on_dark=light_on_dark))
    assert len(reading.lines) == len(rows)
    for line, row in zip(reading.lines, rows, strict=True):
        assert abs(len(line) - len("".join(row))) <= 1


def test_boxes_are_in_pixels_of_a_large_picture(recognizer: Recognizer) -> None:
    ink, _ = number(3)
    factor = -(-4500 // max(ink.shape))
    large = np.kron(ink, np.ones((factor, factor), np.uint8))
    for p in recognizer.read(large).digits:
        assert p.box is not None
        left, top, right, bottom = p.box
        assert large[top:bottom, left:right].any()
    corners = np.array([p.box for p in recognizer.read(large).digits])
    rows, columns = np.nonzero(large)
    ink_box = [columns.min(), rows.min(), columns.max(), rows.max()]
    found = [*corners[:, :2].min(axis=0), *corners[:, 2:].max(axis=0)]
    assert np.abs(np.array(found) - ink_box).max() < 8


def test_a_long_line_is_read_whole(recognizer: Recognizer) -> None:
    """A hundred times the same three digits, 4,200 pixels wide."""
    rng = np.random.default_rng(2)
    ink = write_page([[paths("407", rng)]], rng, height=28)
    ink = np.pad(ink, ((0, 0), (0, 140 - ink.shape[1]))) if ink.shape[1] < 140 else ink
    assert recognizer.read(ink).text == "407"
    line = np.tile(ink, (1, 100))
    page = recognizer.read(line)
    assert page.text.replace(" ", "") == 100 * "407"
    assert page.text.count(" ") == 99  # the pictures have margins


@pytest.mark.slow
def test_a_page_of_more_than_a_thousand_digits_is_read_whole(recognizer: Recognizer) -> None:
    rng = np.random.default_rng(2)
    ink = write_page([[paths("407", rng)]], rng, height=28)
    rows, columns = 30, 12
    page = recognizer.read(np.tile(ink, (rows, columns)))
    assert page.text == "\n".join([" ".join(["407"] * columns)] * rows)


def test_small_digits_of_a_large_picture_are_read_in_its_own_pixels(
    recognizer: Recognizer,
) -> None:
    rng = np.random.default_rng(2)
    ink = write_page([[paths("407", rng)]], rng, height=28)
    large = np.zeros((2500, 2500), np.uint8)
    large[2000 : 2000 + ink.shape[0], 2000 : 2000 + ink.shape[1]] = ink
    read = recognizer.read(large)
    assert read.text == "407"
    for p, q in zip(read.digits, recognizer.read(ink).digits, strict=True):
        np.testing.assert_array_equal(p.image, q.image)
        assert p.box == tuple(np.add(q.box or 0, 2000))


def test_a_blank_picture_has_no_text(recognizer: Recognizer, tmp_path: Path) -> None:
    Image.new("RGB", (200, 100), "white").save(tmp_path / "blank.png")
    for blank in (np.zeros((50, 90), np.uint8), tmp_path / "blank.png"):
        reading = recognizer.read(blank)
        assert (reading.text, reading.digits, reading.lines) == ("", (), ())


def test_what_is_not_a_picture_is_one_line(recognizer: Recognizer, tmp_path: Path) -> None:
    for wrong in (tmp_path / "none.png", np.zeros((5, 3, 7), np.uint8), None):
        with pytest.raises(PictureError) as error:
            recognizer.read(wrong)  # type: ignore[arg-type]
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("seed", [9, 11, 13])
@pytest.mark.parametrize("radius", [0, 1, 2, 4])
def test_nothing_is_read_in_noise(seed: int, radius: int, recognizer: Recognizer) -> None:
    noise = np.random.default_rng(seed).integers(0, 256, (102, 240), np.uint8)
    blurred = Image.fromarray(noise).filter(ImageFilter.GaussianBlur(radius))
    # A blob looks like a digit now and then.
    assert sum(character.isdigit() for character in recognizer.read(blurred).text) <= 1
