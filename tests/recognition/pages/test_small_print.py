"""Print that is smaller than the digits of a page is not read; smaller handwriting is."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw
from plain_numbers import write

from digitrec import Recognizer
from digitrec.arrays import BoolArray, Uint8Array
from digitrec.imaging.find_ink import PageInk
from digitrec.recognition.pages.small_print import small_print
from digitrec.recognition.results import Box

SIDE = 200  # pixels of a made page
LARGE: list[Box] = [(10, 10, 40, 70), (60, 10, 90, 70), (110, 10, 140, 70)]
SMALL: list[Box] = [(10, 120, 22, 145), (40, 120, 52, 145), (70, 120, 82, 145), (99, 121, 111, 144)]


def on_paper(ink: Uint8Array, contrast: float = 0.75) -> Uint8Array:
    """Ink (H, W) on paper with noise."""
    seen = 215 * (1 - contrast * ink / 255.0)
    return (seen + np.random.default_rng(3).normal(0, 3, ink.shape)).clip(0, 255).astype(np.uint8)


def found_print(
    coverage: float, contrast: float = 0.75, *, plain: bool = False, small: list[Box] = SMALL
) -> BoolArray:
    """Ask about large digits and small ink, of this coverage and contrast relative to the digits.

    plain: on a background of one exact colour.
    """
    ink, dark = np.zeros((SIDE, SIDE), np.float32), np.zeros((SIDE, SIDE), np.uint8)
    for boxes, amount, strength in ((LARGE, 0.8, 1.0), (small, 0.8 * coverage, contrast / 0.75)):
        for left, top, right, bottom in boxes:
            ink[top:bottom, left:right] = amount
            dark[top:bottom, left:right] = round(255 * strength)
    boxes = LARGE + small
    page = PageInk(ink, 1, SIDE, SIDE)
    picture = 255 - dark if plain else on_paper(dark)
    return small_print(boxes, [True] * len(boxes), page, picture)


def test_all_that_is_low_and_thinly_covered_is_print() -> None:
    assert found_print(0.5).tolist() == [False] * 3 + [True] * 4


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(lambda: found_print(0.85), id="small writing that is covered well"),
        pytest.param(lambda: found_print(0.6, 0.3), id="pale notes"),
        pytest.param(lambda: found_print(0.5, small=SMALL[:2]), id="too few to tell"),
        pytest.param(lambda: found_print(0.5, plain=True), id="a drawing"),
    ],
)  # fmt: skip
def test_what_may_be_written_is_no_print(found) -> None:  # type: ignore[no-untyped-def]
    assert not found().any()


def test_a_piece_that_is_covered_as_the_digits_are_stays_beside_print() -> None:
    ink = np.zeros((SIDE, SIDE), np.float32)
    for boxes, amount in ((LARGE, 0.8), (SMALL[:3], 0.3), (SMALL[3:], 0.8)):
        for left, top, right, bottom in boxes:
            ink[top:bottom, left:right] = amount
    page, boxes = PageInk(ink, 1, SIDE, SIDE), LARGE + SMALL
    picture = on_paper(np.where(ink > 0, 255, 0).astype(np.uint8))
    found = small_print(boxes, [True] * 7, page, picture)
    assert found.tolist() == [False] * 3 + [True] * 3 + [False]


def test_nothing_and_rejected_ink_have_no_print() -> None:
    page = PageInk(np.zeros((SIDE, SIDE), np.float32), 1, SIDE, SIDE)
    paper = on_paper(np.zeros((SIDE, SIDE), np.uint8))
    assert small_print([], [], page, paper).shape == (0,)
    assert not small_print(LARGE + SMALL, [False] * 7, page, paper).any()
    assert not small_print(LARGE + SMALL, [True] * 7, page, paper).any()


def beside_scale(digits: str, step: int) -> Uint8Array:
    """A written number on paper above a scale with ticks and printed numbers."""
    ink = write(digits)
    page = Image.fromarray(np.vstack([ink, np.zeros((110, ink.shape[1]), np.uint8)]))
    pen, top = ImageDraw.Draw(page), len(ink)
    for number, x in enumerate(range(8, ink.shape[1], step)):
        pen.line((x, top, x, top + (22 if number % 5 == 0 else 13)), fill=255, width=2)
        if number % 5 == 0:
            pen.text((x, top + 32), str(number // 5), fill=255, font_size=24, anchor="mt")
    return on_paper(np.asarray(page))


@pytest.mark.parametrize("step", [9, 12])
def test_the_scale_of_a_ruler_is_not_read(step: int) -> None:
    read = Recognizer.load().read(beside_scale("43704", step))
    assert [one.digit for one in read.digits if one.digit is not None] == [4, 3, 7, 0, 4]
