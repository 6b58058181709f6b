from __future__ import annotations

import numpy as np
import pytest
from drawn_shapes import SHAPES, difference, draw
from PIL import Image, ImageDraw

from digitrec import Recognizer
from digitrec.imaging.normalise import normalise, normalise_ink
from digitrec.imaging.printed.printed_lines import may_be_printed


def framed(ink: np.ndarray, inset: int = 20, thick: int = 3) -> np.ndarray:
    """Ink with a frame around it."""
    seen = ink.copy()
    inner = slice(inset + thick, -inset - thick)
    frame = np.zeros_like(ink)
    frame[inset:-inset, inset:-inset] = 255
    frame[inner, inner] = 0
    return np.maximum(seen, frame)


@pytest.mark.parametrize("shape", sorted(SHAPES))
@pytest.mark.parametrize("pen", [0.04, 0.1, 0.2])
def test_of_a_drawing_nothing_is_doubted_but_level_lines(shape: str, pen: float) -> None:
    ink = draw(shape, pen=pen)
    changed = difference(normalise(ink), normalise_ink(ink))
    if shape in ("four", "seven", "two"):  # with a bar or a foot as if ruled
        assert changed < 0.1
    else:
        assert not may_be_printed(ink, many_digits=False)
        assert not may_be_printed(ink, many_digits=True)
        assert changed == 0


def test_a_level_line_through_a_digit_is_doubted() -> None:
    ink = draw("two", pen=0.05)
    ink[200:202, 20:260] = 255
    assert may_be_printed(ink, many_digits=False)


@pytest.mark.parametrize("shape", sorted(SHAPES))
@pytest.mark.parametrize("many_digits", [False, True])
def test_a_frame_is_doubted_around_a_digit_and_alone(shape: str, many_digits: bool) -> None:
    digit = draw(shape, side=150)
    assert may_be_printed(framed(digit), many_digits=many_digits)
    assert may_be_printed(framed(np.zeros_like(digit)), many_digits=many_digits)


@pytest.mark.parametrize("many_digits", [False, True])
def test_a_ring_that_touches_a_digit_is_doubted_and_a_0_is_not(many_digits: bool) -> None:
    y, x = np.mgrid[-140:140, -140:140]
    away = np.hypot(y, x / 0.9)
    ring = np.where((away > 118) & (away < 124), 255, 0).astype(np.uint8)
    for shape in ("two", "four"):
        digit = draw(shape, side=170, place=(0.5, 0.2))
        assert (np.minimum(ring, digit) > 0).any(), "else they do not touch"
        assert may_be_printed(np.maximum(ring, digit), many_digits=many_digits)
    assert not may_be_printed(ring, many_digits=many_digits)


@pytest.mark.parametrize("degrees", [35, 50, 65])
def test_a_slash_from_side_to_side_of_a_0_is_not_doubted_and_a_1_in_a_ring_is(
    degrees: int,
) -> None:
    def ringed(reach: float, degrees: int = degrees) -> Image.Image:
        image = Image.new("L", (280, 280))
        pen = ImageDraw.Draw(image)
        pen.ellipse((80, 60, 200, 180), outline=255, width=8)
        across, up = (
            60 * reach * np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])
        )
        pen.line([(140 - across, 120 + up), (140 + across, 120 - up)], fill=255, width=8)
        return image

    for reach in (0.8, 0.9, 1.0):
        assert not may_be_printed(np.asarray(ringed(reach)), many_digits=False)
        assert may_be_printed(np.asarray(ringed(reach, 90)), many_digits=False), "upright"
    assert may_be_printed(np.asarray(ringed(0.55)), many_digits=False), "a short stroke"
    assert Recognizer.load().recognize(ringed(0.8)).digit == 0


@pytest.mark.parametrize("many_digits", [False, True])
def test_lines_and_blocks_are_doubted(many_digits: bool) -> None:
    rule, side, corner, block, comb = (draw("two") for _ in range(5))
    rule[270:273, 20:260] = 255
    side[:, 277:] = 255
    corner[:4], corner[:, :4] = 255, 255
    block[10:60, 10:60] = 255
    comb[260:263, 20:260] = 255
    for tooth in range(20, 261, 48):
        comb[200:263, tooth : tooth + 2] = 255
    for seen in (rule, side, corner, block, comb):
        assert may_be_printed(seen, many_digits=many_digits)


def test_a_1_is_a_1() -> None:
    alone = np.zeros((100, 100), np.uint8)
    alone[20:80, 48:53] = 255
    crop = np.full((100, 12), 255, np.uint8)
    crop[:, :2] = 0
    eleven = np.maximum(alone, np.roll(alone, 20, axis=1))
    for seen in (alone, crop, eleven):
        assert not may_be_printed(seen, many_digits=False)


def test_without_ink_there_is_nothing_to_doubt() -> None:
    blank = np.zeros((30, 40), np.uint8)
    assert not may_be_printed(blank, many_digits=False)
    assert not may_be_printed(blank, many_digits=True)


def test_bars_that_begin_and_end_alike_beside_lower_digits_are_doubted() -> None:
    y, x = np.mgrid[-70:70, -150:150]
    away = np.hypot(y / 25, x / 18)
    page = np.where((away > 0.8) & (away < 1), 255, 0).astype(np.uint8)
    assert not may_be_printed(page, many_digits=True)
    page[35:103, 40:43] = 255
    assert not may_be_printed(page, many_digits=True)  # one may be a 1
    page[35:103, 240:243] = 255
    assert may_be_printed(page, many_digits=True)


@pytest.mark.parametrize("side", [14, 24, 30])
def test_the_dot_of_a_sign_is_no_printed_block(side: int) -> None:
    ink = np.zeros((240, 200), np.uint8)
    angle = np.linspace(-3.0, 1.2, 60)
    hook = np.column_stack([100 + 40 * np.cos(angle), 60 + 40 * np.sin(angle)])
    for x, y in hook.astype(int):
        ink[y - 5 : y + 6, x - 5 : x + 6] = 255
    ink[95:160, 105:116] = 255
    ink[180 : 180 + side, 100 : 100 + side] = 255
    assert not may_be_printed(ink, many_digits=False)
    ink[140:220, 10:80] = 255
    assert may_be_printed(ink, many_digits=False), "a block as high as a digit"


@pytest.mark.parametrize("many_digits", [False, True])
@pytest.mark.parametrize("side", [16, 32, 96])
def test_the_bars_of_a_digit_that_was_cut_out_are_not_doubted(side: int, many_digits: bool) -> None:
    five = np.zeros((16, 16), np.uint8)
    five[:2] = five[:7, :2] = five[6:8] = five[6:, 14:] = five[14:] = 255
    frame = five.copy()
    frame[:, [0, -1]] = 255
    apart = five.copy()
    apart[9:14] = 0
    larger = np.ones((side // 16, side // 16), np.uint8)
    assert not may_be_printed(np.kron(five, larger), many_digits=many_digits)
    for doubtful in (frame, apart, np.pad(five, ((0, 1), (0, 0)))):
        assert may_be_printed(np.kron(doubtful, larger), many_digits=many_digits)
