"""The search for the ink of a whole picture: of a page, or of a drawing that may hold print.

Numbers on a page that are much smaller than the others are lost at the scale of the others. A finer
copy is searched for them (`digitrec.imaging.ink_search.smaller_ink`), and what it shows is added.
Where stains hide all digits in the coarsest copy, a copy of a scale for the digits replaces it
(`digitrec.imaging.ink_search.hidden_ink`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from digitrec.arrays import Float32Array, Uint8Array
from digitrec.imaging.ink_network import IS_INK, predict_coverage
from digitrec.imaging.ink_search.copies import (
    mean_coverage,
    reduced_to_side,
    resized,
    resized_copy,
    stretch_of,
)
from digitrec.imaging.ink_search.hidden_ink import hidden_length, sharp_pieces
from digitrec.imaging.ink_search.pieces import typical_length
from digitrec.imaging.ink_search.scales import LARGEST_SIDE, SECOND, SIDES, TALL
from digitrec.imaging.ink_search.smaller_ink import smaller_ink

__all__ = ["find_in_whole_picture", "finer_page_coverage", "page_coverage"]

_PAGE_SIDES = (96, 224, 512)  # longer sides of the copies of a square page, coarse to fine
# Ink that is lower than `_LOW` pixels on a copy is searched on a finer copy. The last of these
# copies is scaled so that the ink is `_HEIGHT` high.
_LOW, _HEIGHT = 24, 36
_FINER = 3  # times as fine as the finest copy before it is the last one at most
# Size of the second copy of a page, relative to the first one; the mean of both is taken.
_SECOND_OF_PAGE = 0.8
# What is found in the coarsest copy of a page is a shadow if a copy this many times as large shows
# less of it than this share.
_CLOSER, _SEEN_CLOSER = 2.0, 0.3
# Ink of a coarse copy of which sharp digits have more than this share hides no other digits.
_MOSTLY_DIGITS = 0.5
_AGAIN = 1.5  # size of the copy that a page is read again from, relative to the first one
_MOST_AGAIN = 1024 * 1024  # pixels of that copy, at most: more are not worth the time


def page_coverage(pixels: Uint8Array) -> Float32Array:
    """Find the ink in a picture of many digits, which may be small.

    Args:
        pixels: Shape (H, W) or (H, W, 3).

    Returns:
        The coverage, (H, W) in [0, 1].
    """
    return find_in_whole_picture(pixels, many_digits=True).coverage()


def finer_page_coverage(pixels: Uint8Array) -> Float32Array | None:
    """Find the ink as `page_coverage` does, but in a finer copy alone.

    Returns:
        The coverage, (H, W) in [0, 1]; None if no ink is found at the usual size, and if the finer
        copy is so large that it takes long.
    """
    found = find_in_whole_picture(pixels, many_digits=True)
    if not found.has_ink or found.first.size * _AGAIN**2 > _MOST_AGAIN:
        return None
    finer = predict_coverage(resized_copy(pixels, found.first.shape, _AGAIN))
    return resized(finer, pixels.shape[:2])


@dataclass(frozen=True, eq=False)
class FoundInk:
    """The ink of a picture as one copy shows it. Make one with `find_in_whole_picture`.

    Attributes:
        pixels: The picture, (H, W) or (H, W, 3).
        many_digits: Whether there may be many digits in it, which may be small.
        first: The coverage (h, w) of the copy on which most ink is seen best.
        has_ink: Whether any ink is seen there.
    """

    pixels: Uint8Array
    many_digits: bool
    first: Float32Array
    has_ink: bool

    def lower_bound(self) -> Float32Array:
        """Return a lower bound (H, W) of the coverage, without looking at another copy.

        Whatever a second copy shows, the mean of both is at least half of the first.
        """
        return resized(np.float32(0.5) * self.first, self.pixels.shape[:2])

    def coverage(self) -> Float32Array:
        """Return the coverage (H, W), in [0, 1]: the mean of two copies, and smaller ink."""
        shape = self.pixels.shape[:2]
        if not self.has_ink:
            return resized(self.first, shape)
        second = _SECOND_OF_PAGE if self.many_digits else SECOND
        mean = mean_coverage(self.pixels, self.first, second)
        if not self.many_digits:
            return resized(mean, shape)
        return np.maximum(resized(mean, shape), resized(smaller_ink(self.pixels, mean), shape))


def find_in_whole_picture(pixels: Uint8Array, *, many_digits: bool) -> FoundInk:
    """Find the ink of a picture on the copy on which most of it is seen best.

    Args:
        pixels: Shape (H, W) or (H, W, 3).
        many_digits: Whether there may be many digits, which may be small.
    """
    longest, stretch = max(pixels.shape[:2]), stretch_of(pixels)
    for side in _PAGE_SIDES if many_digits else SIDES:
        small, scale = reduced_to_side(pixels, round(side * stretch))
        coverage = predict_coverage(small)
        height = typical_length(coverage)
        is_seen = height >= _LOW
        if is_seen and many_digits and side == _PAGE_SIDES[0] and scale < 1:
            closer = predict_coverage(resized_copy(pixels, coverage.shape, _CLOSER))
            hidden = hidden_length(coverage, closer)
            if hidden > 0:
                wanted = min(1.0, scale * _CLOSER * _HEIGHT / hidden)
                hidden_too = _with_hidden_ink(pixels, coverage, wanted)
                if hidden_too is not None:
                    return FoundInk(pixels, many_digits, hidden_too, has_ink=True)
            is_seen = not _is_shadow(coverage, closer, height)
        if scale == 1 or is_seen:
            break
    if height > TALL or (height < _LOW and scale < 1):
        wanted = scale * _HEIGHT / max(height, _HEIGHT / _FINER)
        side = min(round(longest * min(1.0, wanted)), round(LARGEST_SIDE * stretch))
        again, _ = reduced_to_side(pixels, max(1, side))
        coverage = predict_coverage(again)
    return FoundInk(pixels, many_digits, coverage, has_ink=height > 0)


def _with_hidden_ink(
    pixels: Uint8Array, coverage: Float32Array, scale: float
) -> Float32Array | None:
    """Return the coverage of a copy at a scale that suits the ink which a coarser copy hides.

    pixels: (H, W) or (H, W, 3). coverage: (h, w), of the coarser copy; its large digits are added.
    Returns None if most of it is digits: what they hide is rather print than smaller digits.
    """
    side = min(scale * max(pixels.shape[:2]), LARGEST_SIDE * stretch_of(pixels))
    finer, _ = reduced_to_side(pixels, max(1, round(side)))
    digits = sharp_pieces(coverage, finer)
    if digits.sum() > _MOSTLY_DIGITS * coverage.sum():
        return None
    found = predict_coverage(finer)
    return np.maximum(found, resized(digits, found.shape))


def _is_shadow(coverage: Float32Array, closer: Float32Array, length: float) -> bool:
    """Tell whether what was found in a coarse copy is not ink, but a shadow.

    The edges of a shadow are sharp in a coarse copy alone. A larger copy shows ink as well, except
    for the wide strokes of tall digits, of which nothing is told.

    coverage: (h, w), of the copy. closer: of the larger one. length: of most ink in the former.
    """
    ink = coverage > IS_INK
    return length <= TALL and float(resized(closer, coverage.shape)[ink].mean()) < _SEEN_CLOSER
