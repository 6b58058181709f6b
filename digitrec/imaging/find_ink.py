"""Find the ink in a picture: what is background, what is ink, and how much ink is on each pixel.

On a plain background (one exact colour, as in a drawing) ink is the difference from it, unless some
of it may be printed. A network finds all other ink (`digitrec.imaging.ink_network`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image
from scipy import ndimage

from digitrec.arrays import BoolArray, Float32Array, Float64Array, IntArray, Uint8Array
from digitrec.imaging.compression_artefacts import remove_compression_artefacts
from digitrec.imaging.downscale import downscale, reduced
from digitrec.imaging.ink_box import ink_box
from digitrec.imaging.ink_network import (
    coverage_at_scales,
    page_coverage,
    page_coverage_from_below,
    resized,
    written_coverage,
)
from digitrec.imaging.pixels import Picture, check_picture, resolve_transparency
from digitrec.imaging.printed_lines import may_be_marks, may_be_printed
from digitrec.imaging.specks import remove_specks

__all__ = [
    "PageInk",
    "clean_ink",
    "find_ink",
    "ink_of",
    "ink_on_plain_background",
    "other_inks",
    "page_ink",
    "without_print",
]

# Larger pictures are reduced first; a digit a fifteenth as long still has 64 pixels,
_DIGIT_SIDE = 1024
_PAGE_PIXELS = 2048 * 2048  # and on a page digits are smaller.
# A plain background is one exact value on at least this fraction of the border, and of the picture.
# It is low for the sake of thick digits that are cropped tightly; no value is as frequent in a
# photograph.
_PLAIN = 0.15
# Faint pixels to strong ones: up to 2.3 in MNIST's thinnest images, enlarged and blurred.
_FAINT_TO_STRONG = 3
_PACK = np.array([1 << 16, 1 << 8, 1])  # one number for a colour, to count colours by
# A contrast in grey levels of 255 below which nothing is ink: a plain background has no noise.
_FAINTEST = 4
# Coverage below which the network means no ink, and, as much below 1, above which it means all.
_NO_INK = 0.15
_INK = 0.5  # coverage from which on a pixel on a plain background keeps all of its ink
# Of a piece of ink on a plain background, the share that the network has to find for it to be
_WRITTEN = 0.8  # written, at first sight,
_RATHER_WRITTEN = 0.5  # at a second look, after the first found no digit.
# Length of a part that the network did not find, as a share of its piece's, from which on it is
_LONG = 0.4  # printed, and joined to a digit
_PAPER = 0.4  # share of the picture that no frame or block beside a digit covers, but paper does
_DOUBT = 0.3  # coverage below which, and not even beside more, the network means print
_MARGIN = 0.15  # around all ink of a drawing that the network looks at, as a share of its extent
_SOFT_EDGE = 256  # pixels of a picture whose network sees two of its pixels as one
_SOME_ROWS = 32  # one row in so many is looked at first


def find_ink(picture: Picture) -> Uint8Array:
    """Find the ink in a picture of one digit: dark on light or light on dark, clean or on paper.

    The background is what most of the border shows; it may be transparent.

    Args:
        picture: See `Picture`.

    Returns:
        Shape (H, W), 0 where there is no ink. The largest value stands for full ink, however small
        it is. All 0 where the picture is blank. On a plain background a picture with a side above
        1024 pixels comes back reduced by a whole factor; elsewhere it is the part with the digit,
        at a scale that the network chose.

    Raises:
        PictureError: if it is not a picture.
    """
    return ink_of(check_picture(picture))


def ink_of(checked: Uint8Array | Image.Image) -> Uint8Array:
    """Find ink as `find_ink` does in what `digitrec.imaging.pixels.check_picture` returns."""
    return _ink(downscale(checked, _DIGIT_SIDE))


def other_inks(picture: Picture) -> Iterator[Uint8Array]:
    """Yield what else may be the ink of one digit: what the network finds at other scales.

    Args:
        picture: See `Picture`.

    Yields:
        As `find_ink` returns it; nothing where the background is plain and no print is seen.

    Raises:
        PictureError: if it is not a picture.
    """
    pixels = resolve_transparency(downscale(check_picture(picture), _DIGIT_SIDE))
    ink = ink_on_plain_background(pixels)
    if ink is None or may_be_printed(ink, page=False):
        for found in coverage_at_scales(pixels):
            yield _strong(found, page=False)
    elif ink.any():
        part = _surroundings(ink)
        for found in coverage_at_scales(pixels[part]):
            rest = np.zeros_like(ink)
            rest[part] = _without_print(ink[part], resized(found, ink[part].shape))
            if (rest == ink).all():
                return  # a glance is enough to see that there is no print
            yield rest


def clean_ink(pixels: Uint8Array) -> Uint8Array | None:
    """Return the ink (H, W) of one digit on a background of one exact colour.

    Args:
        pixels: Shape (H, W) or (H, W, 3).

    Returns:
        The ink, as `find_ink` returns it; None on another background, and where print may be.
    """
    ink = ink_on_plain_background(pixels)
    return None if ink is None or may_be_printed(ink, page=False) else ink


class PageInk(NamedTuple):
    """Ink of a page, and how its pixels lie in the picture.

    Attributes:
        ink: Shape (h, w), in [0, 1], 1 where it is full.
        factor: Pixels of the picture along each side of a pixel of the ink.
        width: Of the upright picture, in pixels.
        height: Of the upright picture, in pixels.
    """

    ink: Float32Array
    factor: int
    width: int
    height: int

    def in_picture(self, box: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
        """Return a box (left, top, right, bottom) of the ink in pixels of the picture."""
        left, top, right, bottom = (self.factor * side for side in box)
        return left, top, min(right, self.width), min(bottom, self.height)


def page_ink(picture: Picture, factor: int | None = None) -> PageInk:
    """Find the ink in a picture of many digits, which may be small beside the picture.

    Args:
        picture: See `Picture`.
        factor: By which the picture is reduced first; by default the smallest that leaves no more
            than four million pixels.

    Raises:
        PictureError: if it is not a picture.
    """
    checked = check_picture(picture)
    height, width = checked.shape[:2] if isinstance(checked, np.ndarray) else checked.size[::-1]
    if factor is None:
        factor = math.ceil(math.sqrt(height * width / _PAGE_PIXELS))
    return PageInk(_relative(_ink(reduced(checked, factor), page=True)), factor, width, height)


def without_print(
    picture: Picture, page: PageInk, boxes: Sequence[tuple[int, int, int, int]]
) -> PageInk | None:
    """Leave out what is printed in parts of a page on a plain background.

    Args:
        picture: The page.
        page: Its ink, as `page_ink` finds it.
        boxes: Left, top, right and bottom of the parts, in pixels of the ink.

    Returns:
        The ink that is written; None where that is all of it or none, and on another background.

    Raises:
        PictureError: if it is not a picture.
    """
    pixels = resolve_transparency(reduced(check_picture(picture), page.factor))
    ink = ink_on_plain_background(pixels)
    if ink is None:
        return None
    written = page.ink > 0
    for left, top, right, bottom in boxes:
        margin = bottom - top
        part = (
            slice(max(0, top - margin), bottom + margin),
            slice(max(0, left - margin), right + margin),
        )
        rest = _without_print(ink[part], page_coverage(pixels[part])) > 0
        written[top:bottom, left:right] &= rest[
            top - part[0].start : bottom - part[0].start,
            left - part[1].start : right - part[1].start,
        ]
    rest_of_page = np.where(written, page.ink, np.float32(0))
    if not written.any() or (rest_of_page == page.ink).all():
        return None
    return page._replace(ink=rest_of_page)


def _relative(ink: Uint8Array) -> Float32Array:
    """Return ink as a fraction of the strongest; all 0 where there is none."""
    return ink.astype(np.float32) / np.float32(max(int(ink.max()), 1))


def _ink(pixels: Uint8Array, *, page: bool = False) -> Uint8Array:
    """Return the ink (H, W) of pixels; full ink is somewhere in 1…255."""
    pixels = resolve_transparency(pixels)
    ink = ink_on_plain_background(pixels)
    if ink is None:
        return _on_paper(pixels, page)
    if not may_be_printed(ink, page=page):
        return ink
    part = _surroundings(ink)
    for found in page_coverage_from_below(pixels[part], page=page):
        if _all_found(ink[part], found, page):
            return ink
    rest = np.zeros_like(ink)
    rest[part] = _strong(found, page=True) if page else _written(ink[part], found)
    if np.count_nonzero(ink) - np.count_nonzero(rest) > _PAPER * ink.size:
        return _on_paper(pixels, page)  # what was taken for ink is the paper, on something darker
    return rest


def _on_paper(pixels: Uint8Array, page: bool) -> Uint8Array:
    """Return the ink on paper that is not plain, (h, w); 255 where it is full."""
    return _strong(page_coverage(pixels) if page else written_coverage(pixels), page=page)


def _strong(found: Float32Array, *, page: bool) -> Uint8Array:
    """Return the ink of which the network is sure; found: (h, w) in [0, 1]."""
    strong = (found - _NO_INK) * (255 / (1 - 2 * _NO_INK))
    return remove_specks(np.clip(strong, 0, 255).astype(np.uint8), page=page)


def _surroundings(ink: Uint8Array) -> tuple[slice, slice]:
    """Return the part of a picture with all of its ink (H, W): the less to see, the sooner seen."""
    box = ink_box(ink)
    assert box is not None
    margin = _MARGIN * (box.longest - 1) + 2
    down, across = (
        slice(max(0, int(first - margin)), int(last - 1 + margin))
        for first, last in ((box.top, box.bottom), (box.left, box.right))
    )
    return down, across


def _all_found(ink: Uint8Array, found: Float32Array, page: bool) -> bool:
    """Tell whether most of each piece of ink (H, W) was found, (H, W) in [0, 1]."""
    pieces, share, missing = _shares(ink, found)
    whole = (share[1:] > _WRITTEN) & (missing[1:] < _LONG)
    if page and len(whole):
        # The network learnt no marks; what stands between digits is for others.
        boxes = [[r.start, c.start, r.stop, c.stop] for r, c in ndimage.find_objects(pieces)]
        whole |= may_be_marks(np.array(boxes))
    return bool(whole.all())


def _written(ink: Uint8Array, found: Float32Array) -> Uint8Array:
    """Return the ink (H, W) that the network found, (H, W) in [0, 1]; the strongest is 255."""
    # Up to the pixel beside found ink, for the edges of strokes are where the network hesitates.
    weight = np.clip((ndimage.maximum_filter(found, 3) - _NO_INK) / (_INK - _NO_INK), 0, 1)
    # How faint ink is tells nothing, for a plain background has no noise.
    is_large = remove_specks(np.where(ink, weight * 255, 0).astype(np.uint8), page=False) > 0
    rest = ink * weight * is_large
    full: Uint8Array = (rest * (255 / max(float(rest.max()), 1.0))).astype(np.uint8)
    return full


def _without_print(ink: Uint8Array, found: Float32Array) -> Uint8Array:
    """Return those connected pieces of ink (H, W) most of which the network found.

    Where there is one piece alone, print may be joined to a digit. A piece is cut only where a long
    part of it was not found, for of a letter, some part looks like a digit.
    """
    pieces, share, missing = _shares(ink, found)
    kept = share > _RATHER_WRITTEN
    kept[1:] |= len(share) == 2
    written = np.where(kept[pieces], ink, 0).astype(np.uint8)
    return _written(written, found) if (missing[kept] >= _LONG).any() else written


def _shares(ink: Uint8Array, found: Float32Array) -> tuple[IntArray, Float64Array, Float64Array]:
    """Return connected pieces of ink, and which share of each the network found.

    ink: (H, W). found: (H, W) in [0, 1].

    Returns:
        The number of the piece at each pixel (H, W), 0 where is no ink; the share of each piece
        (N + 1,) that was found, and the length of the longest part that was not, as a share of
        the length of its piece. Both are 0 of piece 0.
    """
    pieces, count = ndimage.label(ink, structure=np.ones((3, 3)))
    # The edge of a stroke is where the network hesitates: a pixel beside found ink is no print.
    beside = 3 + 2 * (max(ink.shape) // _SOFT_EDGE)
    is_ink = ndimage.maximum_filter(found, beside) >= _DOUBT
    some = pieces > 0
    numbers, amount = pieces[some], ink[some]
    amounts, written = (
        np.bincount(numbers, one, count + 1) for one in (amount, amount * is_ink[some])
    )
    return pieces, written / np.maximum(amounts, 1), _longest_missing(pieces, count, is_ink)


def _longest_missing(pieces: IntArray, count: int, is_ink: BoolArray) -> Float64Array:
    """Return the length of the longest part of each piece that is no ink, as a share of its own."""
    longest = np.zeros(count + 1)
    parts, number = ndimage.label((pieces > 0) & ~is_ink, structure=np.ones((3, 3)))
    if number == 0:
        return longest
    lengths = [max(r.stop - r.start, c.stop - c.start) for r, c in ndimage.find_objects(pieces)]
    for part, (rows, columns) in enumerate(ndimage.find_objects(parts), start=1):
        piece = int(pieces[rows, columns][parts[rows, columns] == part][0])
        length = max(rows.stop - rows.start, columns.stop - columns.start)
        longest[piece] = max(longest[piece], length / lengths[piece - 1])
    return longest


def ink_on_plain_background(pixels: Uint8Array) -> Uint8Array | None:
    """Return how far pixels are from a background of one exact colour, whatever made the marks.

    Args:
        pixels: Shape (H, W) or (H, W, 3).

    Returns:
        Shape (H, W); None on another background.
    """
    border = np.concatenate([pixels[0], pixels[-1], pixels[1:-1, 0], pixels[1:-1, -1]])
    if pixels.ndim == 2:
        counts = np.bincount(border, minlength=256)
        background = counts.argmax().astype(np.uint8)
        count = int(counts[background])
    else:
        packed, tally = np.unique(border @ _PACK, return_counts=True)
        background = (packed[tally.argmax()] >> (16, 8, 0)).astype(np.uint8)
        count = int(tally.max())
    ink = _difference(pixels, background)
    if pixels.ndim == 3:
        ink = np.maximum(np.maximum(ink[..., 0], ink[..., 1]), ink[..., 2])
    peak = int(ink.max())
    if peak < _FAINTEST:
        return np.zeros_like(ink)
    covered = np.count_nonzero(ink)
    if min(count / len(border), (ink.size - covered) / ink.size) < _PLAIN:
        return None
    # The background of a scan may look plain where it is partly brighter than white can be. But
    # the edges of strokes are narrow: few pixels are faint, and ink ends within a short step.
    box = ink_box(ink)
    assert box is not None
    part = ink[box.slices]
    faint = covered - np.count_nonzero(part >= peak // 4)
    if faint > _FAINT_TO_STRONG * np.count_nonzero(part > peak // 2):
        return None
    return remove_compression_artefacts(ink, box) if _is_steep(ink, peak) else None


def _is_steep(ink: Uint8Array, peak: int) -> bool:
    """Tell whether ink (H, W) ends within a short step."""
    step = 1 + max(ink.shape) // 20
    down, right = (min(step, max(1, side // 3)) for side in ink.shape)  # a line is long and low
    here, there = ink[:-down, :-right], ink[down:, right:]
    for every in (_SOME_ROWS, 1):  # nearly always, some rows show it
        one, other = here[::every], there[::every]
        steepest = np.max(np.maximum(one, other) - np.minimum(one, other), initial=0)
        if steepest * 2.5 > peak:
            return True
    return False


def _difference(pixels: Uint8Array, background: Uint8Array | np.uint8) -> Uint8Array:
    """Return how far pixels (H, W) or (H, W, 3) are from a background () or (3,)."""
    # Nearly always the background is the lightest or the darkest, and one subtraction is enough.
    if pixels.max() <= background.min():
        return background - pixels
    if pixels.min() >= background.max():
        return pixels - background
    difference: Uint8Array = np.maximum(pixels, background) - np.minimum(pixels, background)
    return difference
