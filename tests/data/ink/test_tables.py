"""Tables, with diagonals in their cells or without."""

from __future__ import annotations

import numpy as np
from made_writers import made_writers

from digitrec.data.ink.graphics import StrokedLine
from digitrec.data.ink.tables import diagonals

SEEDS = 60


def test_diagonals_lie_in_the_cells_and_mostly_where_nothing_is_written() -> None:
    struck = filled = 0
    for seed in range(SEEDS):
        scene = diagonals(made_writers(), np.random.default_rng(seed))
        lines = [one for one in scene.prints[-1] if isinstance(one, StrokedLine)]
        oblique = [one.points for one in lines if np.ptp(one.points, axis=0).all()]
        if len(oblique) < len(lines):  # paper to learn characters on
            continue
        low = np.array([one.min(axis=0) for one in oblique]).reshape(-1, 2)
        high = np.array([one.max(axis=0) for one in oblique]).reshape(-1, 2)
        middles = np.array([(one.low + one.high) / 2 for one in scene.written]).reshape(-1, 1, 2)
        within = ((middles > low) & (middles < high)).all(axis=2)
        struck += len(oblique)
        filled += int(within.sum())
    assert struck > SEEDS
    assert 0 < filled < 0.5 * struck


def test_paper_to_learn_characters_on_has_a_cross_in_each_cell_too() -> None:
    level = 0
    for seed in range(SEEDS):
        scene = diagonals(made_writers(), np.random.default_rng(seed))
        lines = [one.points for one in scene.prints[-1] if isinstance(one, StrokedLine)]
        level += any(np.ptp(one[:, 1]) == 0 for one in lines)
    assert 0.15 * SEEDS < level < 0.55 * SEEDS
