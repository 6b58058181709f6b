"""Tells whether ink on a plain background may hold what was printed: frames, rules, combs, blocks.

It only asks the question, quickly, so that drawings need not wait for the network that answers it.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from digitrec.arrays import BoolArray, Uint8Array
from digitrec.imaging.downscale import downscale

__all__ = ["may_be_printed"]

_SIDE, _PAGE_SIDE = 96, 512  # pixels of the longer side of the copy that is looked at
_FAINT = 0.1  # of the strongest ink
_SMALL = 3  # pixels of a piece that is too small to tell anything
_FLAT = 4.0  # times as wide as high, or as high as wide: a line
_TALLER = 1.6  # times as high as the other ink: no 1
_FULL = 0.9  # share of a side of a piece's bounding box along which there is ink
_BAND = 0.12  # thickness of the sides, as a share of the bounding box
_MANY = 4  # pieces that a digit has not
_SOLID = 0.85  # share of its bounding box that a block fills


def may_be_printed(ink: Uint8Array, *, page: bool) -> bool:
    """Tell whether some of the ink may be a frame, a rule, a comb, a block or print.

    Args:
        ink: Shape (H, W), 0 on a background of one exact colour.
        page: Whether there may be many digits.
    """
    small = downscale(ink, _PAGE_SIDE if page else _SIDE)[0]
    there = small > _FAINT * float(small.max())
    if not there.any():
        return False
    if there[0].any() or there[-1].any() or there[:, 0].any() or there[:, -1].any():
        return True  # what goes on beyond the picture may be a side of a box
    pieces, count = ndimage.label(there, structure=np.ones((3, 3)))
    if count > _MANY and not page:
        return True
    places = ndimage.find_objects(pieces)
    boxes = np.array([[r.start, c.start, r.stop, c.stop] for r, c in places])
    sizes = boxes[:, 2:] - boxes[:, :2]
    kept = sizes.max(axis=1) >= _SMALL
    if not kept.any():
        return False
    return (
        _nested(boxes[kept])
        or _line_beside_others(sizes[kept])
        or any(
            _has_straight_sides(pieces[places[number]] == number + 1)
            for number in np.flatnonzero(kept).tolist()
        )
    )


def _nested(boxes: np.ndarray) -> bool:
    """Tell whether a bounding box lies within another."""
    low, high = boxes[:, None, :2], boxes[:, None, 2:]
    within = (low <= boxes[None, :, :2]).all(axis=2) & (high >= boxes[None, :, 2:]).all(axis=2)
    return bool(np.count_nonzero(within) > len(boxes))


def _line_beside_others(sizes: np.ndarray) -> bool:
    """Tell whether a piece is a level line, or an upright one that is higher than the rest."""
    height, width = sizes[:, 0].astype(float), sizes[:, 1].astype(float)
    if (width > _FLAT * height).any():
        return True
    upright = height > _FLAT * width
    if upright.all():
        return False
    tallest = float(height[~upright].max())
    return bool((height[upright] > _TALLER * tallest).any())


def _has_straight_sides(piece: BoolArray) -> bool:
    """Tell whether a piece (h, w) fills two sides of its bounding box, or nearly all of it."""
    height, width = piece.shape
    if min(height, width) < _SMALL or max(height, width) > _FLAT * min(height, width):
        return False
    down, across = max(1, round(_BAND * height)), max(1, round(_BAND * width))
    sides = (
        piece[:down].any(axis=0), piece[-down:].any(axis=0),
        piece[:, :across].any(axis=1), piece[:, -across:].any(axis=1),
    )  # fmt: skip
    full = sum(float(side.mean()) > _FULL for side in sides)
    wide_foot = width > 1.3 * height and full >= 1
    return full >= 2 or wide_foot or float(piece.mean()) > _SOLID
