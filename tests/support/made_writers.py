"""A little handwriting to put on made paper or to make lines with marks of, without any file."""

from __future__ import annotations

import numpy as np

from digitrec.data.ink.writers import Writers
from digitrec.data.marks.shapes import make_mark
from digitrec.data.marks.writers import MarkWriters
from digitrec.data.synthetic.digits import draw
from digitrec.models.marks import MARKS


def made_writers() -> Writers:
    """Synthetic digits of each class, one letter, and the scan of a 1."""
    rng = np.random.default_rng(0)
    strokes = []
    for label in range(10):
        points = [stroke.points / 28 - 0.5 for stroke in draw(label, rng).strokes]
        low, high = np.concatenate(points).min(axis=0), np.concatenate(points).max(axis=0)
        strokes.append([(one - (low + high) / 2) / (high - low).max() for one in points])
    letter = [np.array([[-0.3, -0.5], [-0.3, 0.5]]), np.array([[0.3, -0.5], [-0.3, 0.1]])]
    scan = np.zeros((1, 28, 28), np.uint8)
    scan[0, 4:24, 12:16] = 255
    return Writers(strokes, np.arange(10), [letter], scan, np.array([1]))


def made_mark_writers(marks: bool = True) -> MarkWriters:
    """One writer of digits, one of each mark unless there are none, and a letter."""
    rng = np.random.default_rng(0)
    digits = [[stroke.points for stroke in draw(k, rng).strokes] for k in range(10)]
    letter = [np.array([[0.0, 0.0], [0.0, 1.0]]), np.array([[0.5, 0.0], [0.0, 0.6]])]
    written = {mark: [make_mark(mark, rng)] if marks else [] for mark in MARKS}
    return MarkWriters([digits], written, [letter])
