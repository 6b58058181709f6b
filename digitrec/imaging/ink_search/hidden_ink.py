"""Ink that a coarse copy of a page does not show, because large stains or digits stand out there.

A ring that a cup has left, or a crease, has soft edges. In a coarse copy they are as sharp as those
of strokes, and there the stain is ink, tall enough to be a digit. A copy twice as large shows the
digits as well, and in one in which they are tall enough, edges tell stains from large digits.
"""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy import ndimage

from digitrec.arrays import Float32Array, Float64Array, IntArray, Uint8Array
from digitrec.imaging.components import component_boxes, in_components, label, longer_sides
from digitrec.imaging.ink_network import IS_INK, NO_INK
from digitrec.imaging.ink_search.copies import resized

__all__ = ["hidden_length", "sharp_pieces"]

# Pieces of ink on the larger copy are hidden digits if there are several, each of them this long,
# in pixels, and of this mean coverage. A few, or paler ones, are as often noise, or a caption.
_SEVERAL, _SHORTEST, _SURE = 4, 12, 0.8
_BESIDE = 7  # pixels: side of the square around an edge in which it is measured
_BLUR = 1.5  # pixels, the standard deviation of the blur before edges are measured, against noise
# The steepest grey levels at an edge, for each pixel, as a share of the contrast. Of large digits
# it is 0.19 and more (a step, so blurred, would be 0.27), of rings of coffee 0.14 at most.
_SHARP = 0.165
_STEEPEST, _LIGHTEST = 0.75, 0.9  # quantiles of the slopes at an edge, and of its grey levels


def hidden_length(coverage: Float32Array, closer: Float32Array) -> float:
    """Return the usual length of pieces of ink that only the larger of two copies of a page shows.

    Args:
        coverage: Shape (h, w), of the smaller copy.
        closer: Shape (H, W), of the larger one.

    Returns:
        The median length in pixels of the larger copy; 0 if there are not several such pieces.
    """
    pieces, count = label(closer > IS_INK)
    lengths = longer_sides(component_boxes(pieces))
    sure = _mean_coverage(pieces, count, closer) > _SURE
    unseen = _mean_coverage(pieces, count, resized(coverage, closer.shape)) < IS_INK
    hidden = lengths[(lengths >= _SHORTEST) & sure & unseen]
    return float(np.median(hidden)) if len(hidden) >= _SEVERAL else 0.0


def sharp_pieces(coverage: Float32Array, finer: Uint8Array) -> Float32Array:
    """Keep the coverage of pieces whose edges are sharp in a finer copy; those of stains are soft.

    Args:
        coverage: Shape (h, w), of the coarse copy.
        finer: The pixels of the finer one, (H, W) or (H, W, 3).

    Returns:
        Shape (h, w), 0 at stains.
    """
    pieces, count = label(coverage > NO_INK)
    strokes = Image.fromarray(np.where(coverage > IS_INK, pieces, 0))
    size = finer.shape[1], finer.shape[0]
    there = np.asarray(strokes.resize(size, Image.Resampling.NEAREST))
    around = ndimage.maximum_filter(there, _BESIDE)
    edges = np.where(ndimage.minimum_filter(there, _BESIDE) == 0, around, 0)
    grey = finer.reshape(*there.shape, -1).mean(axis=2)
    slopes = ndimage.gaussian_gradient_magnitude(grey, _BLUR)
    sharp = np.zeros(count, bool)
    for number, place in enumerate(ndimage.find_objects(edges, count), start=1):
        if place is not None:
            levels = np.quantile(grey[place][around[place] == number], (1 - _LIGHTEST, _LIGHTEST))
            steepest = np.quantile(slopes[place][edges[place] == number], _STEEPEST)
            sharp[number - 1] = steepest > _SHARP * (levels[1] - levels[0])
    return np.where(in_components(pieces, sharp), coverage, np.float32(0))


def _mean_coverage(pieces: IntArray, count: int, coverage: Float32Array) -> Float64Array:
    """Return the mean coverage (H, W) at the pixels of each of the pieces (H, W): (count,)."""
    numbers = pieces.ravel()
    amount = np.bincount(numbers, coverage.ravel(), count + 1)[1:]
    return np.asarray(amount / np.maximum(np.bincount(numbers, minlength=count + 1)[1:], 1))
