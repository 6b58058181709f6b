"""Which 1s of a line are the lines of hatching."""

from __future__ import annotations

import numpy as np
import pytest

from digitrec.recognition.best_path import Segment
from digitrec.recognition.pages.hatching import without_hatching
from digitrec.recognition.pages.page_segmentation import InkLine
from digitrec.recognition.pages.second_reading import ReadLine
from digitrec.recognition.results import Prediction

IMAGE = np.ones((28, 28), np.float32)


def line(text: str, lefts: list[float], tops: list[float] | None = None) -> ReadLine:
    """Digits 30 pixels wide and 80 high; 1s are as wide, since they lean."""
    segments, digits = [], []
    for place, (one, left) in enumerate(zip(text, lefts, strict=True)):
        top = round(tops[place]) if tops else 10
        box = round(left), top, round(left) + 30, top + 80
        segments.append(Segment(box, frozenset({place}), IMAGE, np.full(11, 1 / 11)))
        digits.append(Prediction.decided(np.eye(10)[int(one)], 0.99, IMAGE, 0.2))
    return ReadLine(InkLine(segments, []), tuple(digits))


def read(line: ReadLine) -> str:
    rest = without_hatching(line)
    assert len(rest.ink.segments) == len(rest.digits)
    return "".join(str(one.digit) for one in rest.digits)


def test_lines_as_alike_as_printed_ones_are_left_out() -> None:
    beside = [20.0, 60.0]
    assert read(line("47111111", [*beside, *(120 + 11 * np.arange(6))])) == "47"
    assert read(line("111111", list(11.0 * np.arange(6)))) == ""
    # A page may lie at an angle, and lines may be missing.
    tilted = [10 + 2.0 * place for place in range(8)]
    lefts = [20, 60, 120, 131, 142, 164, 175, 208]
    assert read(line("47111111", lefts, tilted)) == "47"


@pytest.mark.parametrize(
    ("lefts", "tops"),
    [
        ([0, 40, 73, 118, 150, 190, 236], None),  # written 1s are not so even
        ([0, 40, 80, 120, 160, 200, 240], [10, 22, 12, 25, 9, 20, 11]),  # nor do they end alike
    ],
)
def test_written_ones_stay(lefts: list[float], tops: list[float] | None) -> None:
    assert read(line("1111111", lefts, tops)) == "1111111"


def test_a_few_even_ones_stay() -> None:
    assert read(line("311111", [0, 40, 80, 120, 160, 200])) == "311111"
    assert read(line("7777777", list(40.0 * np.arange(7)))) == "7777777"
