"""Which specks are so near the digits of a line that they may be marks of it."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

import numpy as np
from scipy.spatial import KDTree

from digitrec.recognition.ink_pieces import Piece

__all__ = ["specks_near_lines"]

# Ink is dirt if its longer side is below `_MIN_SIZE`, as a fraction of the height of the digits, or
# below `_MIN_PIXELS`.
_MIN_SIZE, _MIN_PIXELS = 0.05, 2
# A line lies in noise if it has more than `_MAX_SPECKS` specks for each of its pieces, plus
# `_AND_SPECKS`.
_MAX_SPECKS, _AND_SPECKS = 3, 6


def specks_near_lines(
    lines: Sequence[list[Piece]],
    heights: Sequence[float],
    specks: Sequence[Piece],
    hanging: AbstractSet[Piece],
) -> list[list[Piece]]:
    """Return for each line the specks near its digits; none for a line that lies in noise.

    Args:
        lines: The pieces of each line.
        heights: Of the digits of each line, in pixels.
        specks: Ink that may be marks.
        hanging: Those of the specks that are alone on a line of their own, of which they are not
            digits.
    """
    near: list[list[Piece]] = [[] for _ in lines]
    owners, places = [], []
    for number, (line, height) in enumerate(zip(lines, heights, strict=True)):
        for piece in line:
            if piece.is_tall(height) and piece not in hanging:
                left, top, right, bottom = piece.box
                owners.append(number)
                places.append(((left + right) / 2, (top + bottom) / 2))
    if not owners or not specks:
        return near
    boxes = np.array([piece.box for piece in specks], np.float64)
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    found = KDTree(places).query(middles)
    distances, nearest = np.asarray(found[0]).tolist(), np.asarray(found[1]).tolist()
    for piece, middle, distance, index in zip(specks, middles, distances, nearest, strict=True):
        number = owners[index]
        height = heights[number]
        size = max(piece.ink.shape)
        above = abs(float(middle[1]) - places[index][1])
        if size < max(_MIN_SIZE * height, _MIN_PIXELS) or above > height or distance > 2 * height:
            continue
        near[number].append(piece)
    return [
        some if len(some) <= _MAX_SPECKS * len(line) + _AND_SPECKS else []
        for line, some in zip(lines, near, strict=True)
    ]
