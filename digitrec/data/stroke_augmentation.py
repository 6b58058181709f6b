"""Pen strokes written once more, as another hand or the same one in haste would.

A few writers' strokes show few of the ways in which people differ: lines that run on past where
they should end or stop short of it, corners that haste rounds, strokes that start beside their
place, heads too large for their feet. `rewrite` varies strokes so, before they become an image.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from digitrec.arrays import Float64Array
from digitrec.data.synthetic.handwriting import bend, stretch, tremble
from digitrec.data.synthetic.resampling import followed

__all__ = ["rewrite"]


# Lengths are parts of the longer side of what is written.
_SPACING = 0.03  # of the points that a path is followed by
_BESIDE = 0.03  # a stroke after the first starts beside its place; standard deviation, in x and y
_RUN_ON = 0.035  # a stroke ends late or early; mean of a Laplace distribution's sizes
_LATEST, _EARLIEST = 0.2, 0.06
_STRAIGHT = 0.08  # so much of an end tells where it would have gone on
_ROUND = 0.05  # corners within this are rounded, or made sharper
_HASTE = (-0.5, 1.0)  # from sharper to round


def rewrite(
    strokes: Sequence[Float64Array], rng: np.random.Generator, most: float = 1.0
) -> list[Float64Array]:
    """Write strokes, float arrays (P, 2) of x and y, once more, where they were and as large.

    How much they change is drawn first, from nothing to ``most`` times what the steps below do.
    """
    points = np.concatenate(list(strokes))
    low, high = points.min(axis=0), points.max(axis=0)
    extent = float((high - low).max())
    if extent == 0:
        return [path.copy() for path in strokes]
    middle = (low + high) / 2
    freedom = rng.uniform(0, most)
    paths = []
    for i, path in enumerate(strokes):
        way = followed((path - middle) / extent, _SPACING)
        way = _round(way, rng.uniform(*_HASTE) * freedom)
        way = _end(way, rng.laplace(0, _RUN_ON, 2) * freedom)
        paths.append(way + rng.normal(0, _BESIDE, 2) * (freedom if i else 0))
    ends = np.cumsum([len(path) for path in paths])[:-1]
    written = np.concatenate(paths)[None]
    changed = tremble(stretch(bend(written, rng), rng), rng)
    written += (changed - written) * freedom
    return [path * extent + middle for path in np.split(written[0], ends)]


def _round(path: Float64Array, part: float) -> Float64Array:
    """Go a part of the way to the path smoothed; away from it where the part is negative."""
    if len(path) < 3:
        return path
    smooth: Float64Array = ndimage.gaussian_filter1d(
        path, _ROUND / _SPACING, axis=0, mode="nearest"
    )
    changed: Float64Array = path + part * (smooth - path)
    return changed


def _end(path: Float64Array, beyond: Float64Array) -> Float64Array:
    """Let a path start and end later or, where ``beyond`` (2,) is negative, earlier."""
    most = 0.5 * _SPACING * (len(path) - 1)  # a short one stays short
    for late in np.clip(beyond, -min(_EARLIEST, most / 3), min(_LATEST, most)):
        path = path[::-1]
        if late < 0:
            path = path[: len(path) - round(-late / _SPACING)]
        elif late > 0:
            back = path[-1 - min(round(_STRAIGHT / _SPACING), len(path) - 1)]
            way = path[-1] - back
            length = float(np.hypot(*way))
            if length > 0:
                path = np.concatenate([path, path[-1:] + way / length * late])
    return path
