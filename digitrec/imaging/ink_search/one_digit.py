"""The search for the ink of one digit on paper, or of a drawing whose digit is not sure.

A coarse copy shows what a line belongs to; a fine one shows thin and pale strokes. For a reader
that is not sure of a digit, `coverage_at_scales` yields what the network finds on other copies.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from digitrec.arrays import Float32Array, Uint8Array
from digitrec.imaging.components import longer_sides
from digitrec.imaging.ink_network import predict_coverage
from digitrec.imaging.ink_search.copies import mean_coverage, reduced_to_side, resized
from digitrec.imaging.ink_search.pieces import SPECK, ink_boxes
from digitrec.imaging.ink_search.scales import SECOND, SIDES, TALL

__all__ = ["coarse_coverage", "coverage_at_scales", "written_coverage"]

_LADDER = (64, 96, 144, 224)  # longer sides of the copies that `coverage_at_scales` looks at
# The same of a last, finer one, beside which the others do not count: there, the edges of a shadow
# are no strokes, and a digit that is small in the picture is as large as the network sees it best.
_FINEST = 384
# Ink that is lower than `_LOW` pixels on a copy is searched on a finer copy. The last of these
# copies is scaled so that the ink is `_HEIGHT` high.
_LOW, _HEIGHT = 30, 44
_MARGIN = 0.6  # around the part that holds low ink, as a share of the ink's longer side


def written_coverage(pixels: Uint8Array) -> Float32Array:
    """Find the ink in a picture of one digit.

    Args:
        pixels: Shape (H, W) or (H, W, 3).

    Returns:
        The coverage, (h, w) in [0, 1], of the whole picture or of the part with the digit, at the
        scale at which the network sees it best.
    """
    part, coverage = _part_with_ink(pixels)
    return coverage if _bounds(coverage) is None else mean_coverage(part, coverage, SECOND)


def coarse_coverage(pixels: Uint8Array) -> Float32Array:
    """Find the ink in a picture of one digit at a glance, on its coarsest copy alone.

    Args:
        pixels: Shape (H, W) or (H, W, 3).

    Returns:
        The coverage of the copy, (h, w) in [0, 1].
    """
    return predict_coverage(reduced_to_side(pixels, _LADDER[0])[0])


def coverage_at_scales(pixels: Uint8Array) -> Iterator[Float32Array]:
    """Yield the ink in a picture of one digit that is found on several copies, coarse to fine.

    Args:
        pixels: Shape (H, W) or (H, W, 3).

    Yields:
        Coverage, (h, w) in [0, 1]: the mean of each two neighbouring copies, then of all copies;
        last, that of a finer copy alone, if the picture is so large.
    """
    coverages: list[Float32Array] = []
    for side in _LADDER:
        small, scale = reduced_to_side(pixels, side)
        coverages.append(predict_coverage(small))
        if len(coverages) > 1:
            yield _mean(coverages[-2:])
        if scale == 1:
            break
    if len(coverages) != 2:  # otherwise this mean was yielded last
        yield _mean(coverages)
    if scale < 1:
        yield predict_coverage(reduced_to_side(pixels, _FINEST)[0])


def _mean(coverages: Sequence[Float32Array]) -> Float32Array:
    """Return the mean of coverages (h, w) of copies of one picture, as large as the last."""
    sum_ = sum(resized(one, coverages[-1].shape) for one in coverages)
    return np.asarray(sum_, np.float32) / np.float32(len(coverages))


def _part_with_ink(pixels: Uint8Array) -> tuple[Uint8Array, Float32Array]:
    """Return a picture, or its part with the digit, and the ink in a copy at the right scale."""
    for side in SIDES:
        small, scale = reduced_to_side(pixels, side)
        coverage = predict_coverage(small)
        box = _bounds(coverage)
        if scale == 1 or (box is not None and max(box[2] - box[0], box[3] - box[1]) >= _LOW):
            break
    if box is None:
        return pixels, coverage
    left, top, right, bottom = box
    longest = max(right - left, bottom - top)
    if longest > TALL:
        again, _ = reduced_to_side(pixels, round(max(small.shape[:2]) * _HEIGHT / longest))
        return pixels, predict_coverage(again)
    if longest >= _LOW or scale == 1:
        return pixels, coverage
    margin = _MARGIN * longest + 2
    height, width = pixels.shape[:2]
    left, top = max(0, int((left - margin) / scale)), max(0, int((top - margin) / scale))
    right = min(width, int((right + margin) / scale))
    bottom = min(height, int((bottom + margin) / scale))
    part = pixels[top:bottom, left:right]
    enlarged = min(1.0, scale * _HEIGHT / longest)
    again, _ = reduced_to_side(part, max(1, round(max(part.shape[:2]) * enlarged)))
    return part, predict_coverage(again)


def _bounds(coverage: Float32Array) -> tuple[int, int, int, int] | None:
    """Return left, top, right and bottom of all ink but specks; None where there is none."""
    boxes = ink_boxes(coverage)
    large = boxes[longer_sides(boxes) >= SPECK]
    if len(large) == 0:
        return None
    left, top = large[:, :2].min(axis=0).tolist()
    right, bottom = large[:, 2:].max(axis=0).tolist()
    return left, top, right, bottom
