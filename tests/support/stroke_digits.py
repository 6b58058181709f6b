"""Digits in several strokes, as people write them."""

from __future__ import annotations

import numpy as np

from digitrec.drawing.strokes import Stroke

PEN = 8.0
Path = list[tuple[float, float]]

# Digits of 100 pixels height as people write them in more than one stroke; left edge at 0.
CROSSED_SEVEN: list[Path] = [[(0, 0), (60, 0), (25, 100)], [(10, 50), (55, 48)]]
WIDE_CROSSED_SEVEN: list[Path] = [[(10, 0), (60, 0), (30, 100)], [(0, 50), (75, 45)]]
FOUR: list[Path] = [[(30, 0), (0, 60), (65, 60)], [(50, 25), (45, 100)]]
OPEN_FOUR: list[Path] = [[(5, 0), (0, 55), (55, 58)], [(55, 0), (55, 100)]]
FIVE: list[Path] = [[(5, 0), (5, 40), (50, 60), (40, 95), (0, 100)], [(5, 0), (60, -2)]]
FIVE_WITH_BAR_APART: list[Path] = [
    [(5, 5), (5, 40), (45, 60), (40, 95), (0, 100)],
    [(60, 0), (95, -3)],
]
BARRED_ZERO: list[Path] = [
    [(30, 0), (0, 50), (30, 100), (60, 50), (30, 0)],
    [(70, -10), (-8, 110)],
]
ONE_WITH_FOOT: list[Path] = [[(10, 20), (30, 0), (30, 100)], [(5, 100), (55, 100)]]
ONE: list[Path] = [[(0, 0), (0, 100)]]
DIGITS = {
    "crossed 7": CROSSED_SEVEN,
    "7 crossed widely": WIDE_CROSSED_SEVEN,
    "4": FOUR,
    "open 4": OPEN_FOUR,
    "5": FIVE,
    "5 with its bar to the right": FIVE_WITH_BAR_APART,
    "barred 0": BARRED_ZERO,
    "1 with a foot": ONE_WITH_FOOT,
    "1": ONE,
}


def write(paths: list[Path], x: float = 0, y: float = 50) -> list[Stroke]:
    return [Stroke(np.array(path) + np.array([x, y]), PEN) for path in paths]
