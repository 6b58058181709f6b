"""Digits of a page on a plain background that the network did not find at the scale of the others.

It sees a straight 7 as the corner of a frame, and rows of digits that are low beside others as
printed words. The former stand beside written digits as one of them; at the latter it looks again.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from digitrec.arrays import BoolArray, Float32Array, IntArray, Uint8Array
from digitrec.imaging.components import bounding_boxes, label
from digitrec.imaging.ink_box import ink_box
from digitrec.imaging.ink_network import coverage_at_height
from digitrec.imaging.printed.print_removal import found_shares, is_found
from digitrec.imaging.printed.straight_digits import straight_sevens

__all__ = ["overlooked_digits"]

_LOWER = 0.8  # times as high as those it found: the scale was wrong for it
_LEAST = 14  # pixels of the height of a digit: the network learnt no lower ones
_FLAT = 4.0  # times as wide as high: a line
_GAP = 1.0  # between the pieces of a row, as a share of their height
_MARGIN = 1.0  # around what is looked at again, as a share of its height


def overlooked_digits(ink: Uint8Array, found: Float32Array) -> BoolArray:
    """Return which ink is of digits that the network did not find, shape (H, W).

    Args:
        ink: Shape (H, W), 0 on the background.
        found: Coverage, shape (H, W), in [0, 1].
    """
    pieces, share, missing = found_shares(ink, found)
    written = is_found(share, missing)
    if not written.any() or written.all():
        return np.zeros(ink.shape, bool)
    kept = straight_sevens(pieces, written)
    boxes = bounding_boxes(ndimage.find_objects(pieces))
    width, height = (boxes[:, 2:] - boxes[:, :2]).T
    low = ~written & ~kept & (height >= _LEAST) & (width <= _FLAT * height)
    low &= height < _LOWER * np.median(height[written])
    if low.any():
        kept |= low & _found_alone(np.where(_of(low, pieces), ink, 0).astype(np.uint8), pieces)
    return _of(kept, pieces)


def _of(which: BoolArray, pieces: IntArray) -> BoolArray:
    """Return the pixels (H, W) of some of the pieces (N,)."""
    pixels: BoolArray = np.concatenate([[False], which])[pieces]
    return pixels


def _found_alone(ink: Uint8Array, pieces: IntArray) -> BoolArray:
    """Return which pieces are in rows of which the network finds all, where no other ink is.

    ink: (H, W), of some of the pieces. pieces: (H, W), the number of the piece at each pixel.

    Returns:
        Of all pieces, shape (N,).
    """
    numbers = np.where(ink, pieces, 0)
    alone, _ = label(ink)
    boxes = bounding_boxes(ndimage.find_objects(alone))
    height = float(np.median(boxes[:, 3] - boxes[:, 1]))
    box = ink_box(ink)
    assert box is not None
    margin = round(_MARGIN * height)
    part = (
        slice(max(0, box.top - margin), box.bottom + margin),
        slice(max(0, box.left - margin), box.right + margin),
    )
    again = np.zeros(ink.shape, np.float32)
    again[part] = coverage_at_height(np.invert(ink[part]), height)
    _, share, missing = found_shares(ink, again)
    whole = is_found(share, missing)
    rows = _rows(boxes, ink.shape)
    surely = np.bincount(rows, ~whole) == 0
    kept = np.zeros(int(pieces.max()) + 1, bool)
    kept[np.unique(numbers[_of(whole & surely[rows], alone)])] = True
    kept[0] = False
    return kept[1:]


def _rows(boxes: IntArray, shape: tuple[int, ...]) -> IntArray:
    """Return the number of the row of each bounding box (N, 4) in a picture of a shape, (N,)."""
    near = np.zeros(shape, bool)
    for left, top, right, bottom in boxes.tolist():
        gap = round(_GAP * (bottom - top) / 2)
        near[top:bottom, max(0, left - gap) : right + gap] = True
    numbers, _ = label(near)
    rows: IntArray = numbers[boxes[:, 1], boxes[:, 0]]
    return rows
