"""Augmentation of pen strokes, before they become an image.

The strokes of a few writers show few of the ways in which people's writing differs: lines that are
too long or too short, corners rounded by fast writing, strokes that start beside their place, upper
halves too large for the lower ones. `augment_strokes` varies strokes in these ways.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from digitrec.arrays import Float64Array
from digitrec.data.synthetic.handwriting import add_tremor, bend, stretch
from digitrec.data.synthetic.resampling import resample

__all__ = ["augment_strokes"]


# Lengths are shares of the longer side of the character.
_SPACING = 0.03  # of the points of a resampled path
_OFFSET = 0.03  # by which strokes after the first are moved; standard deviation, in x and in y
_END_SCALE = 0.035  # by which ends are longer or shorter; scale of a Laplace distribution
_MAX_LONGER, _MAX_SHORTER = 0.2, 0.06
_END_DIRECTION = 0.08  # length of the end that gives the direction in which it is continued
_CORNER = 0.05  # size of the corners that are rounded or sharpened
_ROUNDING = (-0.5, 1.0)  # from sharpened to rounded


def augment_strokes(
    strokes: Sequence[Float64Array], rng: np.random.Generator, strength: float = 1.0
) -> list[Float64Array]:
    """Vary the strokes of a character; its place and size stay about the same.

    Args:
        strokes: The character, each stroke (P, 2) of x and y in any unit.
        rng: The source of the random variation.
        strength: How much the strokes are varied at most; the amount is drawn uniformly from 0 to
            this. 0 varies nothing, 1 as much as the constants of this module say.

    Returns:
        As many strokes, each resampled to points at even distances.
    """
    points = np.concatenate(list(strokes))
    low, high = points.min(axis=0), points.max(axis=0)
    extent = float((high - low).max())
    if extent == 0:
        return [path.copy() for path in strokes]
    middle = (low + high) / 2
    amount = rng.uniform(0, strength)
    paths = []
    for i, stroke in enumerate(strokes):
        path = resample((stroke - middle) / extent, _SPACING)
        path = _round_corners(path, rng.uniform(*_ROUNDING) * amount)
        path = _move_ends(path, rng.laplace(0, _END_SCALE, 2) * amount)
        paths.append(path + rng.normal(0, _OFFSET, 2) * (amount if i else 0))
    ends = np.cumsum([len(path) for path in paths])[:-1]
    joined = np.concatenate(paths)[None]  # (1, P, 2)
    varied = add_tremor(stretch(bend(joined, rng), rng), rng)
    joined += (varied - joined) * amount
    return [path * extent + middle for path in np.split(joined[0], ends)]


def _round_corners(path: Float64Array, share: float) -> Float64Array:
    """Move a path by a share of the way to the smoothed path; a negative share sharpens corners."""
    if len(path) < 3:
        return path
    smooth: Float64Array = ndimage.gaussian_filter1d(
        path, _CORNER / _SPACING, axis=0, mode="nearest"
    )
    changed: Float64Array = path + share * (smooth - path)
    return changed


def _move_ends(path: Float64Array, beyond: Float64Array) -> Float64Array:
    """Lengthen a path at its start and end by ``beyond`` (2,), or shorten it where negative."""
    most = 0.5 * _SPACING * (len(path) - 1)  # a short path stays short
    for length in np.clip(beyond, -min(_MAX_SHORTER, most / 3), min(_MAX_LONGER, most)):
        path = path[::-1]
        if length < 0:
            path = path[: len(path) - round(-length / _SPACING)]
        elif length > 0:
            back = path[-1 - min(round(_END_DIRECTION / _SPACING), len(path) - 1)]
            direction = path[-1] - back
            distance = float(np.hypot(*direction))
            if distance > 0:
                path = np.concatenate([path, path[-1:] + direction / distance * length])
    return path
