from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from made_writers import made_mark_writers

from digitrec.data.marks import line_windows
from digitrec.data.marks.line_windows import LineWindows, look_at_line
from digitrec.data.marks.lines import draw_line
from digitrec.data.marks.writers import MarkWriters
from digitrec.models.marks import MARKS, NO_MARK


def make_line(writers: MarkWriters, rng: np.random.Generator) -> LineWindows:
    return look_at_line(draw_line(writers, rng), rng)


def test_a_line_shows_its_marks_and_some_of_its_other_ink() -> None:
    found = set()
    for seed in range(60):
        images, labels = make_line(made_mark_writers(), np.random.default_rng(seed))
        assert images.shape == (len(labels), 32, 96)
        count = 8  # at most so many pieces of a line are cut
        assert images.dtype == np.uint8
        most = (
            line_windows._NO_MARKS + count * line_windows._NO_MARKS_OF_PARTS
        )  # of each piece that is cut
        assert np.count_nonzero(labels == NO_MARK) <= most
        assert (images.max(axis=(1, 2)) > 128).all()  # there is ink in question
        found |= set(labels.tolist())
    assert found == set(range(NO_MARK + 1))


def test_the_same_numbers_make_the_same_line() -> None:
    one, other, third = (
        make_line(made_mark_writers(), np.random.default_rng(s)) for s in (5, 5, 6)
    )
    np.testing.assert_array_equal(one.images, other.images)
    np.testing.assert_array_equal(one.labels, other.labels)
    assert one.images.shape != third.images.shape or (one.images != third.images).any()


def test_points_are_lower_and_smaller_than_dashes_and_slashes_as_high_as_digits() -> None:
    tops: dict[int, list[float]] = {}
    heights: dict[int, list[float]] = {}
    for seed in range(80):
        images, labels = make_line(made_mark_writers(), np.random.default_rng(seed))
        for image, label in zip(images, labels.tolist(), strict=True):
            rows = np.flatnonzero((image > 150).any(axis=1))
            if len(rows):
                tops.setdefault(label, []).append(rows[0])
                heights.setdefault(label, []).append(rows[-1] + 1 - rows[0])
    point, dash, slash = (MARKS.index(mark) for mark in ".-/")
    assert np.median(tops[point]) > np.median(tops[dash]) + 3
    assert np.median(heights[point]) <= 5
    assert np.median(heights[slash]) > 12


def test_marks_that_nobody_wrote_are_made() -> None:
    made = [make_line(made_mark_writers(marks=False), np.random.default_rng(s)) for s in range(40)]
    assert set(np.concatenate([one.labels for one in made]).tolist()) == set(range(NO_MARK + 1))


def test_parts_of_cut_ink_are_marks_where_these_touch_digits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked_at: list[LineWindows] = []
    look = line_windows._look_at_parts

    def keep(*args: Any) -> LineWindows:
        looked_at.append(look(*args))
        return looked_at[-1]

    monkeypatch.setattr(line_windows, "_look_at_parts", keep)
    for seed in range(150):
        make_line(made_mark_writers(), np.random.default_rng(seed))
    labels = np.concatenate([one.labels for one in looked_at])
    images = np.concatenate([one.images for one in looked_at])
    found = set(labels.tolist())
    assert {MARKS.index(mark) for mark in "-/+"} | {NO_MARK} <= found
    # What is a dash is lower than what is a slash, though both were cut from a digit.
    rows = [np.flatnonzero((image > 150).any(axis=1)) for image in images]
    heights = [float(np.ptp(some)) if len(some) else 0.0 for some in rows]
    dash, slash = (
        np.median([h for h, label in zip(heights, labels, strict=True) if label == mark])
        for mark in (MARKS.index("-"), MARKS.index("/"))
    )
    assert dash + 4 < slash
