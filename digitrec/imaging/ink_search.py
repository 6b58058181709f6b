"""The search for handwritten ink at the right scale: in photographs, in form boxes, beside print.

The network (`digitrec.imaging.ink_network`) predicts the coverage of each pixel: the share of it
that ink covers. It was trained on digits from 14 to 112 pixels high, and sees thick strokes
best where they are small. So it runs on copies of the picture, from coarse to fine, until the ink
on one is tall enough; if that ink is still much taller or lower than the network sees best, it runs
again at a scale in between. At the last scale it runs on two copies of slightly different size, and
the mean of both is taken, because their errors differ (test-time augmentation).

Numbers on a page that are much smaller than the others are lost at that scale. A finer copy is
searched for them, and what it shows is added.

A coarse copy shows what a line belongs to; a fine one shows thin and pale strokes. For a reader
that is not sure of a digit, `coverage_at_scales` yields what the network finds on other copies.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from PIL import Image
from scipy import ndimage

from digitrec.arrays import BoolArray, Float32Array, IntArray, Uint8Array
from digitrec.imaging.components import (
    bounding_boxes,
    component_boxes,
    in_components,
    label,
    longer_sides,
    typical_size,
)
from digitrec.imaging.ink_network import IS_INK, NO_INK, predict_coverage, predict_from_contrasts
from digitrec.imaging.local_contrast import MIDDLE, local_contrast

__all__ = [
    "coarse_coverage",
    "coverage_at_scales",
    "coverage_from_below",
    "finer_page_coverage",
    "longest_piece",
    "page_coverage",
    "resized",
    "written_coverage",
]

_SPECK = 6  # pixels: a shorter piece of ink is not a digit

# The search for the right scale. Sizes are in pixels.
_SIDES = (64, 144, 384)  # longer sides of the copies of a picture of one digit, coarse to fine
_PAGE_SIDES = (96, 224, 512)  # the same of a square page
_LARGEST_SIDE = 1536  # longer side of the finest copy of a square page
# Ink that is lower than `_LOW` on a copy is searched on a finer copy; ink that is taller than
# `_TALL`, on a coarser one, because the network sees wide strokes badly. The last of these copies
# is scaled so that the ink is `_HEIGHT` high.
_LOW, _TALL, _HEIGHT = 30, 64, 44
_LOW_ON_PAGE, _HEIGHT_ON_PAGE = 24, 36
_MARGIN = 0.6  # around the part that holds low ink, as a share of the ink's longer side
# Size of the second copy, relative to the first one; the mean of both is taken.
_SECOND, _SECOND_OF_PAGE = 1.25, 0.8
# What is found in the coarsest copy of a page is a shadow if a copy this many times as large shows
# less of it than this share.
_CLOSER, _SEEN_CLOSER = 2.0, 0.4
_LADDER = (64, 96, 144, 224)  # longer sides of the copies that `coverage_at_scales` looks at
_AGAIN = 1.5  # size of the copy that a page is read again from, relative to the first one
_MOST_AGAIN = 1024 * 1024  # pixels of that copy, at most: more are not worth the time

# The search for digits that are much smaller than most ink of a page, on a finer copy.
_SMALLER = 0.6  # length below which ink is much smaller, as a share of that of most ink
# Least number of larger pieces; beside fewer, smaller ink is as often a ring or printed words.
_SEVERAL = 2
_LENGTH_OF_LARGE = 84  # pixels that most ink is long on the finer copy
_FINER = 1.25  # a copy that is finer by less than this factor is not worth the time
_STROKE = 48  # grey levels from the mean nearby: paper and its noise differ by less
_BESIDE = 5  # pixels: ink this near to larger ink belongs to it
_AROUND = 40  # pixels of paper around the part of the copy that the network sees
_SMALLEST = 16  # pixels: a shorter piece is not a digit
_SURE = 0.8  # mean coverage of a piece's ink above which it is a digit

# The typical length of ink where digits may touch.
_JOINED = 1.3  # a piece more than this many times as wide as high is several digits that touch
_HIGH = 75  # this percentile of the heights of such a piece's columns is about a digit's height


def written_coverage(pixels: Uint8Array) -> Float32Array:
    """Find the ink in a picture of one digit.

    Args:
        pixels: Shape (H, W) or (H, W, 3).

    Returns:
        The coverage, (h, w) in [0, 1], of the whole picture or of the part with the digit, at the
        scale at which the network sees it best.
    """
    part, coverage = _part_with_ink(pixels)
    return coverage if _bounds(coverage) is None else _mean_coverage(part, coverage, _SECOND)


def coarse_coverage(pixels: Uint8Array) -> Float32Array:
    """Find the ink in a picture of one digit at a glance, on its coarsest copy alone.

    Args:
        pixels: Shape (H, W) or (H, W, 3).

    Returns:
        The coverage of the copy, (h, w) in [0, 1].
    """
    return predict_coverage(_reduced_to_side(pixels, _LADDER[0])[0])


def coverage_at_scales(pixels: Uint8Array) -> Iterator[Float32Array]:
    """Yield the ink in a picture of one digit that is found on several copies, coarse to fine.

    Args:
        pixels: Shape (H, W) or (H, W, 3).

    Yields:
        Coverage, (h, w) in [0, 1]: the mean of each two neighbouring copies, then of all copies.
    """
    coverages: list[Float32Array] = []
    for side in _LADDER:
        small, scale = _reduced_to_side(pixels, side)
        coverages.append(predict_coverage(small))
        if len(coverages) > 1:
            yield _mean(coverages[-2:])
        if scale == 1:
            break
    if len(coverages) != 2:  # otherwise this mean was yielded last
        yield _mean(coverages)


def _mean(coverages: Sequence[Float32Array]) -> Float32Array:
    """Return the mean of coverages (h, w) of copies of one picture, as large as the last."""
    sum_ = sum(resized(one, coverages[-1].shape) for one in coverages)
    return np.asarray(sum_, np.float32) / np.float32(len(coverages))


def _part_with_ink(pixels: Uint8Array) -> tuple[Uint8Array, Float32Array]:
    """Return a picture, or its part with the digit, and the ink in a copy at the right scale."""
    for side in _SIDES:
        small, scale = _reduced_to_side(pixels, side)
        coverage = predict_coverage(small)
        box = _bounds(coverage)
        if scale == 1 or (box is not None and max(box[2] - box[0], box[3] - box[1]) >= _LOW):
            break
    if box is None:
        return pixels, coverage
    left, top, right, bottom = box
    longest = max(right - left, bottom - top)
    if longest > _TALL:
        again, _ = _reduced_to_side(pixels, round(max(small.shape[:2]) * _HEIGHT / longest))
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
    again, _ = _reduced_to_side(part, max(1, round(max(part.shape[:2]) * enlarged)))
    return part, predict_coverage(again)


def page_coverage(pixels: Uint8Array) -> Float32Array:
    """Find the ink in a picture of many digits, which may be small.

    Args:
        pixels: Shape (H, W) or (H, W, 3).

    Returns:
        The coverage, (H, W) in [0, 1].
    """
    *_, coverage = coverage_from_below(pixels, many_digits=True)
    return coverage


def finer_page_coverage(pixels: Uint8Array) -> Float32Array | None:
    """Find the ink as `page_coverage` does, but in a finer copy alone.

    Returns:
        The coverage, (H, W) in [0, 1]; None if no ink is found at the usual size, and if the finer
        copy is so large that it takes long.
    """
    coverage, has_ink = _at_suitable_scale(pixels, many_digits=True)
    if not has_ink or coverage.size * _AGAIN**2 > _MOST_AGAIN:
        return None
    return resized(
        predict_coverage(_resized_copy(pixels, coverage.shape, _AGAIN)), pixels.shape[:2]
    )


def coverage_from_below(pixels: Uint8Array, *, many_digits: bool) -> Iterator[Float32Array]:
    """Find the ink at each pixel of a picture: a lower bound first, in half of the time.

    Args:
        pixels: Shape (H, W) or (H, W, 3).
        many_digits: Whether there may be many digits, which may be small.

    Yields:
        A lower bound of the coverage, unless no ink is found; then the coverage. Both are (H, W),
        in [0, 1].
    """
    coverage, has_ink = _at_suitable_scale(pixels, many_digits)
    if has_ink:
        # Whatever a second copy shows, the mean of both is at least half of the first.
        yield resized(np.float32(0.5) * coverage, pixels.shape[:2])
        coverage = _mean_coverage(pixels, coverage, _SECOND_OF_PAGE if many_digits else _SECOND)
    whole = resized(coverage, pixels.shape[:2])
    if many_digits and has_ink:
        whole = np.maximum(whole, resized(_smaller_ink(pixels, coverage), whole.shape))
    yield whole


def _at_suitable_scale(pixels: Uint8Array, many_digits: bool) -> tuple[Float32Array, bool]:
    """Return the coverage of the copy on which most ink is seen best, and whether there is any."""
    longest, stretch = max(pixels.shape[:2]), _stretch(pixels)
    for side in _PAGE_SIDES if many_digits else _SIDES:
        small, scale = _reduced_to_side(pixels, round(side * stretch))
        coverage = predict_coverage(small)
        height = _typical_length(coverage)
        is_coarse = many_digits and side == _PAGE_SIDES[0]
        is_seen = height >= _LOW_ON_PAGE and not (
            is_coarse and _is_shadow(pixels, coverage, height)
        )
        if scale == 1 or is_seen:
            break
    if height > _TALL or (height < _LOW_ON_PAGE and scale < 1):
        wanted = scale * _HEIGHT_ON_PAGE / max(height, _HEIGHT_ON_PAGE / 3)
        side = min(round(longest * min(1.0, wanted)), round(_LARGEST_SIDE * stretch))
        again, _ = _reduced_to_side(pixels, max(1, side))
        coverage = predict_coverage(again)
    return coverage, height > 0


def _is_shadow(pixels: Uint8Array, coverage: Float32Array, length: float) -> bool:
    """Tell whether what was found in a coarse copy is not ink, but a shadow.

    The edges of a shadow are sharp in a coarse copy alone. A larger copy shows ink as well, except
    for the wide strokes of tall digits, of which nothing is told.

    pixels: (H, W) or (H, W, 3). coverage: (h, w), of the copy. length: of most ink in it.
    """
    if length > _TALL:
        return False
    closer = predict_coverage(_resized_copy(pixels, coverage.shape, _CLOSER))
    ink = coverage > IS_INK
    return float(resized(closer, coverage.shape)[ink].mean()) < _SEEN_CLOSER


def _stretch(pixels: Uint8Array) -> float:
    """Return the longer side of a picture, relative to that of a square of the same area.

    A long line of digits has as many pixels as a square page with digits of the same height.
    """
    sides = pixels.shape[:2]
    return math.sqrt(max(sides) / min(sides))


def _smaller_ink(pixels: Uint8Array, coverage: Float32Array) -> Float32Array:
    """Return the coverage of ink that is much smaller than most ink of a page, on a finer copy.

    Args:
        pixels: The page, (H, W) or (H, W, 3).
        coverage: Shape (h, w), of the copy on which most ink is seen best.

    Returns:
        Shape (h', w'), of the finer copy, 0 at other ink; all 0, (h, w), if there is no finer copy
        or too little larger ink.
    """
    typical, longest = _typical_length(coverage), max(coverage.shape)
    if _count_of_long(coverage, _SMALLER * typical) < _SEVERAL:
        return np.zeros_like(coverage)
    finest = min(max(pixels.shape[:2]), round(_LARGEST_SIDE * _stretch(pixels)))
    side = min(finest, round(longest * _LENGTH_OF_LARGE / max(typical, 1)))
    if typical == 0 or side < _FINER * longest:
        return np.zeros_like(coverage)
    finer, _ = _reduced_to_side(pixels, side)
    seen = local_contrast(finer)
    large = _large_ink(resized(coverage, seen.shape[1:]), _SMALLER * typical * side / longest)
    finer_coverage = np.zeros(large.shape, np.float32)
    part = _part_with_strokes(seen[0], large)
    if part is not None:
        finer_coverage[part] = predict_from_contrasts(seen[(slice(None), *part)])
    return _sure_pieces(finer_coverage, large)


def _count_of_long(coverage: Float32Array, least: float) -> int:
    """Return how many pieces of ink, by the coverage (h, w), are at least this long."""
    return int((longer_sides(_ink_boxes(coverage)) >= least).sum())


def longest_piece(coverage: Float32Array) -> int:
    """Return how long the longest piece of ink is, in pixels, by the coverage (h, w)."""
    return int(longer_sides(_ink_boxes(coverage)).max(initial=0))


def _ink_boxes(coverage: Float32Array) -> IntArray:
    """Return left, top, right and bottom of each connected piece of ink, (N, 4)."""
    pieces, _ = label(coverage > IS_INK)
    return component_boxes(pieces)


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
    sure = np.bincount(pieces[stroke], coverage[stroke], count + 1)[1:] > _SURE * pixels
    apart = np.bincount(pieces[large], minlength=count + 1)[1:] == 0
    return np.where(in_components(pieces, long & sure & apart), coverage, np.float32(0))


def _mean_coverage(pixels: Uint8Array, coverage: Float32Array, times: float) -> Float32Array:
    """Return the mean coverage of two copies of a picture, as large as the first copy.

    coverage: (h, w), of the first. times: size of the second, relative to the first.
    """
    second = predict_coverage(_resized_copy(pixels, coverage.shape, times))
    mean: Float32Array = np.float32(0.5) * (coverage + resized(second, coverage.shape))
    return mean


def _resized_copy(pixels: Uint8Array, shape: tuple[int, ...], times: float) -> Uint8Array:
    """Return a copy of a picture that is ``times`` as high and wide as another one."""
    height, width = (max(1, round(side * times)) for side in shape)
    way = Image.Resampling.BOX if width < pixels.shape[1] else Image.Resampling.BICUBIC
    return np.asarray(Image.fromarray(pixels).resize((width, height), way))


def resized(coverage: Float32Array, shape: tuple[int, ...]) -> Float32Array:
    """Resize coverage (h, w) to another height and width."""
    if coverage.shape == shape:
        return coverage
    image = Image.fromarray(np.ascontiguousarray(coverage))
    return np.asarray(image.resize((shape[1], shape[0]), Image.Resampling.BILINEAR))


def _reduced_to_side(pixels: Uint8Array, side: int) -> tuple[Uint8Array, float]:
    """Reduce a picture to a longer side; return the copy and its scale, at most 1."""
    height, width = pixels.shape[:2]
    scale = side / max(height, width)
    if scale >= 1:
        return pixels, 1.0
    size = max(1, round(width * scale)), max(1, round(height * scale))
    image = Image.fromarray(pixels)
    return np.asarray(image.resize(size, Image.Resampling.BOX)), scale


def _bounds(coverage: Float32Array) -> tuple[int, int, int, int] | None:
    """Return left, top, right and bottom of all ink but specks; None where there is none."""
    boxes = _ink_boxes(coverage)
    large = boxes[longer_sides(boxes) >= _SPECK]
    if len(large) == 0:
        return None
    left, top = large[:, :2].min(axis=0).tolist()
    right, bottom = large[:, 2:].max(axis=0).tolist()
    return left, top, right, bottom


def _typical_length(coverage: Float32Array) -> float:
    """Return the longer side that most ink of a page has, in pixels; 0 where there is none.

    Digits that touch are one long piece; the height of its ink counts as its length.
    """
    pieces, _ = label(coverage > IS_INK)
    places = ndimage.find_objects(pieces)
    boxes = bounding_boxes(places)
    lengths = longer_sides(boxes)
    large = lengths >= _SPECK
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
