"""Marks of a page: each is found once, and no ink is lost."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from digitrec.arrays import Float32Array, Float64Array, Uint8Array
from digitrec.models.marks import MARKS, NO_MARK
from digitrec.recognition.pages.page_segmentation import segment_page

COMMA = MARKS.index(",")


def digits(images: Float32Array) -> Sequence[Float64Array]:
    """Take all ink for a sure 0, but what is as narrow as a comma for an unsure 1."""
    answers = []
    for image in images:
        columns = np.flatnonzero((image > 0.3).any(axis=0))
        is_narrow = len(columns) > 0 and np.ptp(columns) < 12
        answer = np.full(11, 0.001)
        answer[1 if is_narrow else 0] = 0.6 if is_narrow else 0.99
        answers.append(answer / answer.sum())
    return answers


def strings(images: Sequence[Float32Array]) -> Sequence[Float32Array]:
    return [np.full((image.shape[1] // 2, 12), np.log(1 / 12), np.float32) for image in images]


def commas(sure: float) -> object:
    """Take what is narrow and below the middle of a window for a comma."""

    def read(windows: Uint8Array) -> Float64Array:
        answers = np.zeros((len(windows), NO_MARK + 1))
        for answer, window in zip(answers, windows, strict=True):
            rows, columns = (np.flatnonzero((window > 200).any(axis=i)) for i in (1, 0))
            is_comma = len(rows) > 0 and rows[0] > 14 and np.ptp(columns) < 6
            answer[COMMA] = sure if is_comma else 0.0
            answer[NO_MARK] = 1 - answer[COMMA]
        return answers

    return read


def page(comma_top: int) -> Float32Array:
    """Three rings, and a large comma that begins in this row, beside their feet at 60."""
    ink = np.zeros((140, 220), np.float32)
    for left in (10, 90, 150):
        ink[20:60, left : left + 32] = 1
        ink[26:54, left + 6 : left + 26] = 0
    ink[comma_top : comma_top + 30, 60:68] = 1
    return ink


@pytest.mark.parametrize(
    ("top", "sure", "expected"), [(48, 0.99, [","]), (48, 0.2, []), (90, 0.99, [])]
)
def test_a_comma_that_hangs_from_a_line_is_a_mark_of_it(
    top: int, sure: float, expected: list[str]
) -> None:
    lines = segment_page(page(top), digits, strings, commas(sure))  # type: ignore[arg-type]
    assert [mark.text for mark in lines[0].marks] == expected
    assert len(lines) == (1 if expected else 2)
    assert len(lines[0].segments) == 3
    boxes = [segment.box for line in lines for segment in line.segments]
    boxes += [mark.box for line in lines for mark in line.marks]
    assert len(boxes) == 4  # the comma is there once, whatever it is
