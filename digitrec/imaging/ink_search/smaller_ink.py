"""The search for digits that are much smaller than most ink of a page, on a finer copy."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from digitrec.arrays import BoolArray, Float32Array, Uint8Array
from digitrec.imaging.components import component_boxes, in_components, label, longer_sides
from digitrec.imaging.ink_network import IS_INK, NO_INK, predict_from_contrasts
from digitrec.imaging.ink_search.copies import reduced_to_side, resized, stretch_of
from digitrec.imaging.ink_search.pieces import count_of_long, typical_length
from digitrec.imaging.ink_search.scales import LARGEST_SIDE
from digitrec.imaging.local_contrast import MIDDLE, local_contrast

__all__ = ["smaller_ink"]

_SMALLER = 0.6  # length below which ink is much smaller, as a share of that of most ink
# Least number of larger pieces; beside fewer, smaller ink is as often a ring or printed words.
_SEVERAL = 2
_LENGTH_OF_LARGE = 84  # pixels that most ink is long on the finer copy
_FINER = 1.25  # a copy that is finer by less than this factor is not worth the time
_STROKE = 48  # grey levels from the mean nearby: paper and its noise differ by less
_BESIDE = 5  # pixels: ink this near to larger ink belongs to it
_AROUND = 40  # pixels of paper around the part of the copy that the network sees
_SMALLEST = 16  # pixels: a shorter piece is not a digit
_DIGIT_COVERAGE = 0.8  # mean coverage of a piece's ink above which it is a digit


def smaller_ink(pixels: Uint8Array, coverage: Float32Array) -> Float32Array:
    """Return the coverage of ink that is much smaller than most ink of a page, on a finer copy.

    Args:
        pixels: The page, (H, W) or (H, W, 3).
        coverage: Shape (h, w), of the copy on which most ink is seen best.

    Returns:
        Shape (h', w'), of the finer copy, 0 at other ink; all 0, (h, w), if there is no finer copy
        or too little larger ink.
    """
    typical, longest = typical_length(coverage), max(coverage.shape)
    if count_of_long(coverage, _SMALLER * typical) < _SEVERAL:
        return np.zeros_like(coverage)
    finest = min(max(pixels.shape[:2]), round(LARGEST_SIDE * stretch_of(pixels)))
    side = min(finest, round(longest * _LENGTH_OF_LARGE / max(typical, 1)))
    if typical == 0 or side < _FINER * longest:
        return np.zeros_like(coverage)
    finer, _ = reduced_to_side(pixels, side)
    seen = local_contrast(finer)
    large = _large_ink(resized(coverage, seen.shape[1:]), _SMALLER * typical * side / longest)
    finer_coverage = np.zeros(large.shape, np.float32)
    part = _part_with_strokes(seen[0], large)
    if part is not None:
        finer_coverage[part] = predict_from_contrasts(seen[(slice(None), *part)])
    return _sure_pieces(finer_coverage, large)


def _large_ink(coverage: Float32Array, least: float) -> BoolArray:
    """Return the pixels of pieces of ink that are at least this tall, and pixels beside them."""
    pieces, _ = label(coverage > NO_INK)
    boxes = component_boxes(pieces)
    tall = boxes[:, 3] - boxes[:, 1] >= least  # smaller digits that touch are long, and low
    large: BoolArray = ndimage.maximum_filter(in_components(pieces, tall), 2 * _BESIDE + 1)
    return large


def _part_with_strokes(seen: Uint8Array, large: BoolArray) -> tuple[slice, slice] | None:
    """Return the rows and columns of all that may be digits beside large ink, with a margin.

    The network takes most of the time, and runs there alone; None if there is nothing.

    seen: (H, W), grey values as `local_contrast` returns them. large: (H, W), pixels of large ink.
    """
    strokes, _ = label((np.abs(seen.astype(np.int16) - MIDDLE) > _STROKE) & ~large)
    boxes = component_boxes(strokes)
    boxes = boxes[longer_sides(boxes) >= _SMALLEST]
    if len(boxes) == 0:
        return None
    left, top = np.maximum(boxes[:, :2].min(axis=0) - _AROUND, 0).tolist()
    right, bottom = (boxes[:, 2:].max(axis=0) + _AROUND).tolist()
    return slice(top, bottom), slice(left, right)


def _sure_pieces(coverage: Float32Array, large: BoolArray) -> Float32Array:
    """Keep the coverage (H, W) of pieces that the network is sure of and that touch no large ink.

    large: (H, W), pixels of large ink.
    """
    pieces, count = label(coverage > NO_INK)
    long = longer_sides(component_boxes(pieces)) >= _SMALLEST
    stroke = coverage > IS_INK
    pixels = np.bincount(pieces[stroke], minlength=count + 1)[1:]
    sure = np.bincount(pieces[stroke], coverage[stroke], count + 1)[1:] > _DIGIT_COVERAGE * pixels
    apart = np.bincount(pieces[large], minlength=count + 1)[1:] == 0
    return np.where(in_components(pieces, long & sure & apart), coverage, np.float32(0))
