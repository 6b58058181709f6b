"""What the network for marks sees: a piece of ink among its neighbours, in the scale of its line.

Whether a dot is a decimal point, a part of a colon or dirt shows only beside the digits: in how
large it is, how high it stands, and what is near. So the ink in question and the other ink of the
line are drawn into one image in which a digit is 16 pixels high: the background is 128, the ink
in question lighter, half as much where it was cut from other ink, all other ink darker.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Protocol

import numpy as np

from digitrec.arrays import Float32Array, Float64Array, Uint8Array
from digitrec.models.marks import WINDOW

__all__ = [
    "MIDDLE",
    "local_middles",
    "mark_windows",
    "possible_marks",
    "possible_marks_of_parts",
]

UNIT = 16.0  # height of the line's digits in a window, in pixels
MIDDLE = 128  # grey level of a window where there is no ink
_CUT_INK = 0.5  # lightness of the ink in question if it was cut, relative to ink that was not

# Lengths are fractions of the height of the line's digits.
_HIGHEST, _WIDEST = 2.2, 1.7  # of a mark
_TALL = 0.65  # digits are taller than this
_SMALL = 0.6  # the dots of a colon and the rings of a percent sign are smaller than this
_REACH, _HIGHEST_OF_SEVERAL = 1.4, 1.6  # width and height of a mark of several pieces, at most
_MAX_NEAR = 4  # how many small pieces are tried together with one piece
_MAX_PARTS, _WIDEST_OF_PARTS = 3, 1.3  # of a mark that was cut from a digit
_NEAREST = 4  # how many of the nearest digits show where the line runs


class Inked(Protocol):
    """Ink with its place on a page: left and top in pixels, and ``ink`` (h, w) in [0, 1]."""

    @property
    def left(self) -> int:
        """Column of the left edge."""

    @property
    def top(self) -> int:
        """Row of the top edge."""

    @property
    def ink(self) -> Float32Array:
        """Shape (h, w)."""


def possible_marks(boxes: Float64Array, height: float) -> list[tuple[int, ...]]:
    """Return which pieces of a line may be a mark: alone, or up to three together.

    Args:
        boxes: (N, 4), left, top, right and bottom of each piece.
        height: Of the line's digits.

    Returns:
        Indices of pieces, in order.
    """
    wide, high = (boxes[:, 2:] - boxes[:, :2]).T / height
    groups: list[tuple[int, ...]] = [
        (i,) for i in np.flatnonzero((wide <= _WIDEST) & (high <= _HIGHEST)).tolist()
    ]
    small = np.flatnonzero(np.maximum(wide, high) <= _SMALL)
    if not len(small):
        return groups
    middles = boxes[:, [0, 2]].mean(axis=1)
    found: set[tuple[int, ...]] = set()
    for i in range(len(boxes)):
        if wide[i] > _WIDEST or high[i] > _HIGHEST:
            continue
        left = np.minimum(boxes[small, 0], boxes[i, 0])
        right = np.maximum(boxes[small, 2], boxes[i, 2])
        top = np.minimum(boxes[small, 1], boxes[i, 1])
        bottom = np.maximum(boxes[small, 3], boxes[i, 3])
        narrow, low = right - left <= _REACH * height, bottom - top <= _HIGHEST_OF_SEVERAL * height
        others = small[narrow & low & (small != i)]
        others = others[np.argsort(np.abs(middles[others] - middles[i]), kind="stable")]
        others = others[:_MAX_NEAR]
        found.update(tuple(sorted((i, j))) for j in others.tolist())
        if high[i] > _SMALL:
            found.update(tuple(sorted((i, j, k))) for j, k in combinations(others.tolist(), 2))
    return groups + sorted(found)


def possible_marks_of_parts(boxes: Float64Array, height: float) -> list[tuple[int, ...]]:
    """Return which neighbouring parts of cut ink may be a mark that touches a digit.

    Args:
        boxes: (N, 4), left, top, right and bottom of each part, in the order in which it was cut.
        height: Of the line's digits.

    Returns:
        Indices of parts, in order; never of all parts.
    """
    found: list[tuple[int, ...]] = []
    for start in range(len(boxes)):
        for stop in range(start + 1, min(start + _MAX_PARTS, len(boxes)) + 1):
            own = boxes[start:stop]
            wide, high = (own[:, 2:].max(axis=0) - own[:, :2].min(axis=0)) / height
            if stop - start < len(boxes) and wide <= _WIDEST_OF_PARTS and high <= _HIGHEST:
                found.append(tuple(range(start, stop)))
    return found


def local_middles(
    boxes: Float64Array, height: float, chosen: Sequence[tuple[int, ...]]
) -> Float64Array:
    """Return the middle (G, 2) of each group: its own along the line, the line's across it.

    The digits next to a group tell how high the line stands there. Without any, it is the middle
    of the group itself.

    Args:
        boxes: (N, 4), left, top, right and bottom of each piece of the line.
        height: Of the line's digits.
        chosen: Indices of the pieces of each group.

    Returns:
        Column and row on the page.
    """
    tall = np.flatnonzero(boxes[:, 3] - boxes[:, 1] >= _TALL * height)
    x = boxes[:, [0, 2]].mean(axis=1)
    y = boxes[:, [1, 3]].mean(axis=1)
    slope = 0.0
    if len(tall) > 2 and np.ptp(x[tall]) > 3 * height:
        slope = float(np.polyfit(x[tall] - x[tall].mean(), y[tall], 1)[0])
    middles = np.empty((len(chosen), 2))
    for row, group in enumerate(chosen):
        own = boxes[list(group)]
        middle = (own[:, 0].min() + own[:, 2].max()) / 2
        others = tall[~np.isin(tall, group)]
        near = others[np.argsort(np.abs(x[others] - middle), kind="stable")[:_NEAREST]]
        if len(near):
            height_there = float((y[near] + slope * (middle - x[near])).mean())
        else:
            height_there = (own[:, 1].min() + own[:, 3].max()) / 2
        middles[row] = middle, height_there
    return middles


def mark_windows(
    pieces: Sequence[Inked],
    chosen: Sequence[tuple[int, ...]],
    middles: Float64Array,
    height: float,
    *,
    are_cut: bool = False,
) -> Uint8Array:
    """Draw groups of pieces among the other ink of their line.

    Args:
        pieces: All ink of the line.
        chosen: Indices of the pieces of each group.
        middles: (G, 2) on the page, what stands in the middle of each window.
        height: Of the line's digits.
        are_cut: Whether the groups were cut from a digit. Their ink is then half as light, which
            tells the network, because free-standing ink is a mark far more often.

    Returns:
        uint8 (G, 32, 96).
    """
    rows, columns = WINDOW
    size = np.array([columns, rows])
    scale = UNIT / height
    drawn = [_scaled(piece, scale) for piece in pieces]
    low = np.array([corner for _, corner in drawn])  # column and row of each
    high = low + [patch.shape[::-1] for patch, _ in drawn]
    out = np.empty((len(chosen), rows, columns), np.uint8)
    light = np.float32(_CUT_INK if are_cut else 1)
    for number, (group, middle) in enumerate(zip(chosen, middles * scale, strict=True)):
        corner = np.rint(middle - size / 2).astype(np.int64)
        seen = np.flatnonzero(((low < corner + size) & (high > corner)).all(axis=1))
        window = np.zeros((rows, columns), np.float32)
        for i in seen.tolist():
            patch, (left, top) = drawn[i]
            x, y = int(left - corner[0]), int(top - corner[1])
            part = patch[max(0, -y) : rows - y, max(0, -x) : columns - x]
            place = window[max(0, y) : max(0, y) + len(part), max(0, x) : max(0, x) + part.shape[1]]
            place += light * part if i in group else -part
        out[number] = np.rint(MIDDLE + 127 * np.clip(window, -1, 1))
    return out


def _scaled(piece: Inked, scale: float) -> tuple[Float32Array, tuple[int, int]]:
    """Scale ink by areas; return it with the column and the row of its corner, scaled too."""
    rows, top = _areas(piece.top, piece.ink.shape[0], scale)
    columns, left = _areas(piece.left, piece.ink.shape[1], scale)
    scaled = (rows @ piece.ink @ columns.T).astype(np.float32)
    return scaled, (left, top)


def _areas(start: int, count: int, scale: float) -> tuple[Float32Array, int]:
    """Return how much of each scaled pixel each pixel covers, (scaled, count); and the first."""
    edges = (start + np.arange(count + 1)) * scale
    first = int(np.floor(edges[0]))
    cells = np.arange(first, int(np.ceil(edges[-1])) + 1)
    low = np.maximum(edges[None, :-1], cells[:-1, None])
    high = np.minimum(edges[None, 1:], cells[1:, None])
    return np.clip(high - low, 0, None).astype(np.float32), first
