from __future__ import annotations

import numpy as np
import pytest

from digitrec.data.marks import lines
from digitrec.data.marks.lines import make_line
from digitrec.data.marks.shapes import make_mark
from digitrec.data.marks.writers import MarkWriters
from digitrec.data.synthetic.digits import draw
from digitrec.models.marks import MARKS, NO_MARK, OTHER_SIGN


def made_writers(marks: bool = True) -> MarkWriters:
    rng = np.random.default_rng(0)
    digits = [[stroke.points for stroke in draw(k, rng).strokes] for k in range(10)]
    letter = [np.array([[0.0, 0.0], [0.0, 1.0]]), np.array([[0.5, 0.0], [0.0, 0.6]])]
    written = {mark: [make_mark(mark, rng)] if marks else [] for mark in MARKS}
    bracket = np.array([[0.2, 0.0], [0.0, 0.3], [0.0, 0.7], [0.2, 1.0]])
    return MarkWriters([digits], written, [letter], {"(": [[bracket]]} if marks else {})


def test_a_line_shows_its_marks_and_some_of_its_other_ink() -> None:
    found = set()
    for seed in range(60):
        images, labels = make_line(made_writers(), np.random.default_rng(seed))
        assert images.shape == (len(labels), 32, 48)
        assert images.dtype == np.uint8
        assert np.count_nonzero(labels == NO_MARK) <= lines._PIECES + lines._GROUPS
        assert (images.max(axis=(1, 2)) > 128).all()  # there is ink in question
        found |= set(labels.tolist())
    assert found == {*range(NO_MARK + 1), OTHER_SIGN}


def test_the_same_numbers_make_the_same_line() -> None:
    one, other, third = (make_line(made_writers(), np.random.default_rng(s)) for s in (5, 5, 6))
    np.testing.assert_array_equal(one.images, other.images)
    np.testing.assert_array_equal(one.labels, other.labels)
    assert one.images.shape != third.images.shape or (one.images != third.images).any()


def test_points_are_lower_and_smaller_than_dashes_and_slashes_as_high_as_digits() -> None:
    tops: dict[int, list[float]] = {}
    heights: dict[int, list[float]] = {}
    for seed in range(150):
        images, labels = make_line(made_writers(), np.random.default_rng(seed))
        for image, label in zip(images, labels.tolist(), strict=True):
            rows = np.flatnonzero((image > 150).any(axis=1))
            if len(rows):
                tops.setdefault(label, []).append(rows[0])
                heights.setdefault(label, []).append(rows[-1] + 1 - rows[0])
    point, dash, slash = (MARKS.index(mark) for mark in ".-/")
    assert np.median(tops[point]) > np.median(tops[dash]) + 3
    assert np.median(heights[point]) < 5
    assert np.median(heights[slash]) > 12


def test_marks_that_nobody_wrote_are_made() -> None:
    made = [make_line(made_writers(marks=False), np.random.default_rng(s)) for s in range(40)]
    assert set(np.concatenate([one.labels for one in made]).tolist()) == set(range(NO_MARK + 1))


def test_parts_of_digits_are_shown_before_whole_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """A 5 whose flag is a stroke of its own, and one in one stroke, without any marks."""
    monkeypatch.setattr(lines, "_PIECES", 2)
    monkeypatch.setattr(lines, "_GROUPS", 0)
    for share in ("_MARKED", "_FIRST", "_LAST", "_OTHERS", "_BROKEN", "_DIRTY", "_VARIED"):
        monkeypatch.setattr(lines, share, 0.0)
    bar, flag = np.array([[0.0, 0.0], [0.0, 1.0]]), np.array([[0.4, 0.0], [0.8, 0.0]])
    writers = MarkWriters([[[bar, flag], [bar], [bar]]], dict.fromkeys(MARKS, ()), [], {})
    shown = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        for image in make_line(writers, rng).images:
            rows = np.flatnonzero((image > 150).any(axis=1))
            shown += len(rows) < 8  # the flag
    assert shown >= 30
