"""Tiny pictures, tiny digits in larger pictures and pages of tiny digits: enlarge them.

A network reads digits 20 pixels long. Where the strokes of a digit of 8 pixels begin, and which
of them are apart, shows only between its pixels; so it is enlarged before its ink is measured. For
one digit, the filter is Lanczos's, which blurs least and leaves thin strokes apart. On a page it is
the bicubic one: Lanczos's draws a faint line beside each stroke, which is a piece of ink there.
Where a program has already enlarged a picture of one digit and made a block of each pixel, it is
brought back to its own pixels first.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image

from digitrec.arrays import Float32Array, Int64Array, Uint8Array
from digitrec.imaging.components import component_boxes, label, typical_size
from digitrec.imaging.pixels import CheckedPicture, resolve_transparency, size_of
from digitrec.imaging.plain_background import ink_on_plain_background

__all__ = [
    "as_tiny_picture",
    "enlarge_tiny_ink",
    "enlarge_tiny_page",
    "enlarge_tiny_picture",
    "is_tiny",
]

_TINY_PICTURE = 48  # longer side in pixels up to which a picture of one digit is tiny
_TINY_INK = 16  # longer side in pixels below which a digit is tiny in a larger picture
_ENLARGED = 128  # longer side in pixels once enlarged, at least
# Pictures whose pixels were enlarged to blocks:
_MIN_BLOCK = 3  # least side of a block, in pixels
_MAX_BLOCKS = 20  # ink of this many blocks or more is not tiny
_UNEVEN_BLOCK = 6  # a block this large may be a pixel larger or smaller than the next
_CUT = 0.3  # a smaller part of a block at the border of a picture is an effect of rounding
_MIN_EDGES = 4  # least number of rows, and of columns, where the picture changes; a bar has fewer
_MIN_LEVELS = 4  # least number of levels; a picture with fewer may be drawn with bars
_LARGEST_OF_BLOCKS = 1024  # greatest longer side, in pixels
_MARGIN = 2  # pixels left around ink that is cut out, because the filter reaches over 3

_TINY_ON_PAGE = 16  # height in pixels below which the digits of a page are tiny
_ENLARGED_ON_PAGE = 32  # their height in pixels once enlarged, about
_LARGEST_PAGE = 2048  # longer side in pixels of an enlarged page, at most


def is_tiny(picture: CheckedPicture) -> bool:
    """Tell whether a picture of one digit, or its ink (H, W), is tiny."""
    return max(size_of(picture)) <= _TINY_PICTURE


def as_tiny_picture(picture: CheckedPicture) -> CheckedPicture:
    """Bring a picture back to its pixels that a program made blocks of; return any other as is."""
    width, height = size_of(picture)
    if max(width, height) > _LARGEST_OF_BLOCKS:
        return picture
    pixels = np.asarray(picture)
    # Nearly all pictures are recognised as others here, quickly: along a curve, every row differs
    # from the one before.
    if np.diff(_edges(pixels[:, :: width // 8 + 1])).min(initial=_MIN_BLOCK) < _MIN_BLOCK - 1:
        return picture
    turned = pixels.swapaxes(0, 1)
    edges = _edges(pixels), _edges(turned)
    if min(map(len, edges)) < _MIN_EDGES or len(np.unique(pixels)) < _MIN_LEVELS:
        return picture
    block = _block_side(edges)
    if block is None or max(width, height) > _TINY_PICTURE * block:
        return picture
    if max(_extent(edges[0], pixels), _extent(edges[1], turned)) >= _MAX_BLOCKS * block:
        return picture  # with so many pixels it is not tiny, and is read equally well from blocks
    rows = _middles_of_blocks(int(edges[0][0]), block, height)
    columns = _middles_of_blocks(int(edges[1][0]), block, width)
    return np.ascontiguousarray(pixels[np.ix_(rows, columns)])


def _edges(pixels: Uint8Array) -> Int64Array:
    """Return the rows of a picture (H, W, …) that differ from the one before."""
    changed = pixels[1:] != pixels[:-1]
    return np.flatnonzero(changed.any(axis=tuple(range(1, changed.ndim)))) + 1


def _extent(edges: Int64Array, pixels: Uint8Array) -> int:
    """Return how many rows of a picture (H, W, …) lie between those that are all background."""
    first, last = ((row != row[:1]).any() for row in (pixels[0], pixels[-1]))
    return int((len(pixels) if last else edges[-1]) - (0 if first else edges[0]))


def _block_side(edges: Sequence[Int64Array]) -> float | None:
    """Return the side in pixels of the blocks of a picture; None where it does not consist of any.

    Args:
        edges: The rows, and the columns, that differ from the one before.
    """
    places = np.concatenate([some - some[0] for some in edges])
    longest = int(places.max())
    for blocks in range(_MIN_EDGES - 1, min(_TINY_PICTURE, longest // _MIN_BLOCK) + 1):
        side = longest / blocks
        slack = 1.0 if side >= _UNEVEN_BLOCK else 1e-6
        if np.abs(places - np.rint(places / side) * side).max() <= slack:
            return side
    return None


def _middles_of_blocks(edge: int, side: float, length: int) -> Int64Array:
    """Return the middle pixel of each block along a picture, one of which begins at ``edge``."""
    before, after = (math.ceil(part / side - _CUT) for part in (edge, length - edge))
    numbers = np.arange(-before, after)
    middles: Int64Array = (edge + (numbers + 0.5) * side).clip(0, length - 1).astype(np.int64)
    return middles


def enlarge_tiny_picture(pixels: Uint8Array) -> Uint8Array:
    """Enlarge a tiny picture of one digit, (H, W) or (H, W, 3), or its ink, by a whole factor."""
    return _enlarged(pixels, -(-_ENLARGED // max(pixels.shape[:2])))


def enlarge_tiny_ink(ink: Uint8Array) -> Uint8Array:
    """Cut out and enlarge the ink of one digit whose extent is tiny, and return other ink as it is.

    Args:
        ink: Shape (H, W), 0 where there is none.
    """
    # Tiny ink cannot be in two rows so far apart, which settles nearly all drawings quickly.
    if np.count_nonzero(ink[::_TINY_INK].max(axis=1)) > 1:
        return ink
    rows = np.flatnonzero(ink.max(axis=1))
    if len(rows) == 0 or rows[-1] - rows[0] >= _TINY_INK:
        return ink
    columns = np.flatnonzero(ink.max(axis=0))
    if columns[-1] - columns[0] >= _TINY_INK:
        return ink
    crop = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    full = np.rint(crop * (255 / int(crop.max()))).astype(np.uint8)
    framed = np.pad(full, _MARGIN)
    return _enlarged(framed, -(-_ENLARGED // max(framed.shape)))


def enlarge_tiny_page(page: CheckedPicture, ink: Float32Array) -> tuple[CheckedPicture, int]:
    """Enlarge a page whose digits are tiny.

    Args:
        page: The page.
        ink: Shape (h, w), what was found in it.

    Returns:
        The page and the whole factor it was enlarged by; 1 where it was not.
    """
    room = _LARGEST_PAGE // max(size_of(page))
    if room < 2:
        return page, 1
    pixels = resolve_transparency(np.asarray(page))
    height = _typical_height(ink)
    if height == 0:  # very tiny digits were taken for specks
        height = _typical_height(ink_on_plain_background(pixels))
    if not 0 < height < _TINY_ON_PAGE:
        return page, 1
    factor = min(room, round(_ENLARGED_ON_PAGE / max(height, _TINY_ON_PAGE / 2)))
    return _enlarged(pixels, factor, Image.Resampling.BICUBIC), factor


def _typical_height(ink: Float32Array | Uint8Array | None) -> float:
    """Return the median height of connected ink, weighted by its amount; 0 where there is none."""
    if ink is None:
        return 0.0
    pieces, count = label(ink > 0)
    if count == 0:
        return 0.0
    boxes = component_boxes(pieces)
    amounts = np.bincount(pieces.ravel(), weights=ink.ravel())[1:]
    return typical_size(boxes[:, 3] - boxes[:, 1], amounts)


def _enlarged(
    pixels: Uint8Array, factor: int, method: Image.Resampling = Image.Resampling.LANCZOS
) -> Uint8Array:
    height, width = pixels.shape[:2]
    size = width * factor, height * factor
    return np.asarray(Image.fromarray(pixels).resize(size, method))
