"""The connected pieces of ink that a coverage shows: how many, where, and how long they are."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from digitrec.arrays import BoolArray, Float32Array, IntArray
from digitrec.imaging.components import (
    bounding_boxes,
    component_boxes,
    label,
    longer_sides,
    typical_size,
)
from digitrec.imaging.ink_network import IS_INK

__all__ = ["SPECK", "count_of_long", "ink_boxes", "longest_piece", "typical_length"]

SPECK = 6
"""Length in pixels below which a piece of ink is not a digit."""

# The typical length of ink where digits may touch.
_JOINED = 1.3  # a piece more than this many times as wide as high is several digits that touch
_HIGH = 75  # this percentile of the heights of such a piece's columns is about a digit's height


def ink_boxes(coverage: Float32Array) -> IntArray:
    """Return left, top, right and bottom of each connected piece of ink, (N, 4)."""
    pieces, _ = label(coverage > IS_INK)
    return component_boxes(pieces)


def longest_piece(coverage: Float32Array) -> int:
    """Return how long the longest piece of ink is, in pixels, by the coverage (h, w)."""
    return int(longer_sides(ink_boxes(coverage)).max(initial=0))


def count_of_long(coverage: Float32Array, least: float) -> int:
    """Return how many pieces of ink, by the coverage (h, w), are at least this long."""
    return int((longer_sides(ink_boxes(coverage)) >= least).sum())


def typical_length(coverage: Float32Array) -> float:
    """Return the longer side that most ink of a page has, in pixels; 0 where there is none.

    Digits that touch are one long piece; the height of its ink counts as its length.
    """
    pieces, _ = label(coverage > IS_INK)
    places = ndimage.find_objects(pieces)
    boxes = bounding_boxes(places)
    lengths = longer_sides(boxes)
    large = lengths >= SPECK
    if not large.any():
        return 0.0
    amounts = np.bincount(pieces.ravel())[1:] * large
    width, height = (boxes[:, 2:] - boxes[:, :2]).T
    for number in np.flatnonzero(large & (width > _JOINED * height)).tolist():
        lengths[number] = _height_of_joined(pieces[places[number]] == number + 1)
    return typical_size(lengths, amounts)


def _height_of_joined(piece: BoolArray) -> int:
    """Return the height of a row of touching digits, (h, w), which may slope."""
    heights = len(piece) - piece.argmax(axis=0) - piece[::-1].argmax(axis=0)
    return round(float(np.percentile(heights, _HIGH)))
