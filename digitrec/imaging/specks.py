"""Specks: small pieces that noise, dust or the grain of the paper leaves in ink."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from digitrec.arrays import Uint8Array
from digitrec.imaging.components import bounding_boxes, label, longer_sides

__all__ = ["remove_specks"]

# Noise makes specks of up to this fraction of the longer side of a picture of one digit,
_LONGEST_SPECK = 0.035
_LONGEST_SPECK_ON_PAGE = 12  # pixels, and of up to this length on a page
_LITTLE_INK = 0.02  # fraction of the largest piece: a smaller piece is not of the same digit
_STRONG = 127  # ink in 0…255 that a piece must have somewhere


def remove_specks(ink: Uint8Array, *, page: bool) -> Uint8Array:
    """Keep the connected pieces of ink that are strong somewhere, and not tiny.

    Args:
        ink: Shape (H, W).
        page: Keep tiny pieces beside large ones too, for digits may differ in size.

    Returns:
        The ink that is kept; all 0 where even the longest piece is only a speck.
    """
    pieces, count = label(ink)
    if count == 0:
        return ink
    numbers = np.arange(1, count + 1)
    keep = ndimage.maximum(ink, pieces, numbers) > _STRONG
    if not page:
        mass = ndimage.sum_labels(ink, pieces, numbers)
        keep &= mass > _LITTLE_INK * mass.max()
    boxes = bounding_boxes(ndimage.find_objects(pieces))[keep]
    longest = longer_sides(boxes).max(initial=0)
    if longest < (_LONGEST_SPECK_ON_PAGE if page else _LONGEST_SPECK * max(ink.shape)):
        return np.zeros_like(ink)
    return np.where(np.concatenate([[False], keep])[pieces], ink, 0).astype(np.uint8)
