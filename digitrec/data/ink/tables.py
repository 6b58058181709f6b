"""Digits in the cells of tables, with diagonals in the cells or without."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from digitrec.arrays import Float64Array
from digitrec.data.ink.graphics import Graphic, StrokedLine
from digitrec.data.ink.handwriting import Pen, write_digit
from digitrec.data.ink.layout import (
    Scene,
    choose_margins,
    choose_window,
    line_style,
    line_width,
)
from digitrec.data.ink.writers import Writers

__all__ = ["diagonals", "grid"]

Rng = np.random.Generator
_RULED = 0.35  # share of the tables with diagonals that have them, and a cross, in all cells
# In the other tables with diagonals, the shares of the empty and of the filled cells that have one.
_STRUCK, _STRUCK_FILLED = 0.7, 0.1
_CROSSED = 0.4  # share of these tables with both diagonals


class _Cell(NamedTuple):
    """A cell of a table: its corners (2,), and whether a digit is there."""

    low: Float64Array
    high: Float64Array
    filled: bool


def grid(writers: Writers, rng: Rng) -> Scene:
    """Digits in the cells of a table, as in a sudoku; or one cell of it."""
    scene, _ = _table(writers, rng)
    return choose_window(scene, rng)


def diagonals(writers: Writers, rng: Rng) -> Scene:
    """Digits in a table whose empty cells are struck out, or on paper to learn characters on."""
    scene, cells = _table(writers, rng)
    width = line_width(rng) / 1.5
    dash = line_style(rng, width) if rng.uniform() < 0.5 else ()
    ruled = rng.uniform() < _RULED
    if ruled and rng.uniform() < 0.7:
        dash = (rng.uniform(2, 6) * width, rng.uniform(1.5, 4) * width)
    crossed = rng.uniform() < _CROSSED
    lines: list[Float64Array] = []
    for cell in cells:
        share = 1.0 if ruled else _STRUCK_FILLED if cell.filled else _STRUCK
        if rng.uniform() >= share:
            continue
        (left, top), (right, bottom) = cell.low, cell.high
        falling, rising = [[left, top], [right, bottom]], [[left, bottom], [right, top]]
        only = (falling, rising)[int(rng.integers(2))]
        lines += [np.array(one) for one in ((falling, rising) if crossed or ruled else (only,))]
        if ruled:
            x, y = (cell.low + cell.high) / 2
            lines += [np.array([[left, y], [right, y]]), np.array([[x, top], [x, bottom]])]
    scene.prints.append([StrokedLine(one, width, dash) for one in lines])
    return scene


def _table(writers: Writers, rng: Rng) -> tuple[Scene, list[_Cell]]:
    """Make a table, and tell where its cells are, and which are filled."""
    scene = Scene()
    columns, rows = int(rng.integers(1, 6)), int(rng.integers(1, 6))
    pitch = np.array([1.0, 1.0]) * rng.uniform(1.15, 2.2)
    pitch[0] *= rng.uniform(0.8, 1.6) if rng.uniform() < 0.4 else 1
    pen, empty = Pen.choose(rng), rng.uniform(0, 0.7)
    cells: list[_Cell] = []
    for row in range(rows):
        for column in range(columns):
            place = np.array([column, row])
            is_empty = bool(rng.uniform() < empty)
            cells.append(_Cell(place * pitch, (place + 1) * pitch, not is_empty))
            if is_empty:
                continue
            middle = (place + 0.5) * pitch + rng.normal(0, 0.07, 2)
            scene.write(write_digit(writers, rng, pen, (float(middle[0]), float(middle[1]))))
    width = line_width(rng) / 1.5
    thick = width * rng.uniform(1, 3)
    dash = line_style(rng, width)
    beyond = rng.uniform(0, 0.6) if rng.uniform() < 0.4 else 0.0  # the table goes on
    graphics: list[Graphic] = []
    for axis, count in ((0, columns), (1, rows)):
        across = (rows, columns)[axis] * pitch[1 - axis]
        for number in range(count + 1):
            ends = np.zeros((2, 2))
            ends[:, axis] = number * pitch[axis]
            ends[:, 1 - axis] = -beyond, across + beyond
            graphics.append(StrokedLine(ends, thick if number % 3 == 0 else width, dash))
    scene.prints.append(graphics)
    size = np.array([columns, rows]) * pitch
    scene.show(np.array([[0.0, 0.0], size]), margins=choose_margins(rng, 0.5))
    return scene, cells
