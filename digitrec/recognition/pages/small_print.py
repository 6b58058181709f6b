"""Print that is smaller than the digits of a page, such as the scale of a ruler or a receipt.

The network that finds ink has learnt to leave print out. Of small print it finds some, but covers
it thinly. One piece tells little, for some small handwriting is covered as thinly; all that is much
lower than the digits of the page tells, together. Pale ink is covered thinly whoever made it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from digitrec.arrays import BoolArray, Float32Array, Float64Array, Uint8Array
from digitrec.imaging.components import typical_size
from digitrec.imaging.find_ink import PageInk, paper_pixels
from digitrec.imaging.pixels import CheckedPicture
from digitrec.imaging.specks import contrast_with_paper
from digitrec.recognition.results import Box

__all__ = ["small_print"]

# Ink is much lower than the digits of a page below this share of their height.
_LOW = 0.7
# It is print if the network covers it by less than this share of what it covers the digits by. On
# made pages of small notes beside larger numbers, that share was 0.77 or more.
_THIN = 0.75
# Where its contrast is less than this share of that of the digits, ink has to be thinner still.
_PALE = 0.7
# Ink that is covered by this share at least was written beside the print.
_WRITTEN = 0.95
_SEVERAL = 3  # pieces at least that tell whether what is low is print
_DIGITS = 2  # digits at least that others are compared with
_STROKE = 0.75  # quantile of the contrast of ink that its strokes have; their edges have less


def small_print(
    boxes: Sequence[Box], is_digit: Sequence[bool], page: PageInk, picture: CheckedPicture
) -> BoolArray:
    """Return which pieces of ink on paper are print that is much smaller than the page's digits.

    Args:
        boxes: N boxes of what was read, in pixels of the ink.
        is_digit: For each, whether it was read as a digit.
        page: The ink of the page as it was found at first.
        picture: The page.

    Returns:
        Shape (N,); nothing is print on a plain background, whose ink is not coverage.
    """
    none = np.zeros(len(boxes), bool)
    digits = np.array(is_digit, bool)
    if np.count_nonzero(digits) < _DIGITS:
        return none
    heights = np.array([bottom - top for _, top, _, bottom in boxes])
    amounts, coverage = _amounts_and_coverage(boxes, page.ink)
    if not amounts[digits].any():
        return none
    # Large digits count more: of a form with much print, they have less ink than the print.
    weights = (amounts * heights)[digits]
    low: BoolArray = heights < _LOW * typical_size(heights[digits], weights)
    # What was overlooked at first says nothing, for pale digits are, too.
    seen, others = low & (coverage > 0), digits & ~low & (coverage > 0)
    if np.count_nonzero(seen) < _SEVERAL or np.count_nonzero(others) < _DIGITS:
        return none
    shares = coverage / np.median(coverage[others])
    share = float(shares[seen].mean())
    pixels = paper_pixels(picture, page) if share < _THIN else None
    if pixels is None:
        return none
    contrast = _contrasts(boxes, page.ink, pixels)
    relative = float(np.median(contrast[seen]) / max(float(np.median(contrast[others])), 1e-9))
    is_thin = share < _THIN * min(1.0, relative / _PALE)
    return low & (shares < _WRITTEN) if is_thin else none


def _amounts_and_coverage(
    boxes: Sequence[Box], ink: Float32Array
) -> tuple[Float64Array, Float64Array]:
    """Return the amount of ink in each of N boxes, and its mean where there is any; each (N,)."""
    amounts, coverage = np.zeros(len(boxes)), np.zeros(len(boxes))
    for number, (left, top, right, bottom) in enumerate(boxes):
        part = ink[top:bottom, left:right]
        amounts[number] = part.sum()
        coverage[number] = amounts[number] / max(np.count_nonzero(part), 1)
    return amounts, coverage


def _contrasts(boxes: Sequence[Box], ink: Float32Array, pixels: Uint8Array) -> Float64Array:
    """Return the contrast of the strokes in each of N boxes, (N,); 0 where there is no ink.

    pixels: (H, W) or (H, W, 3), the page.
    """
    inked = ink > 0
    everywhere = contrast_with_paper(pixels.reshape(*ink.shape, -1), inked)
    contrast = np.zeros(len(boxes))
    for number, (left, top, right, bottom) in enumerate(boxes):
        part = slice(top, bottom), slice(left, right)
        if inked[part].any():
            contrast[number] = np.quantile(everywhere[part][inked[part]], _STROKE)
    return contrast
