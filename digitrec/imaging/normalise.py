"""From ink to the image that a network reads: 28×28 for a digit, 28×W for a string of digits.

Ink is brought to the size and place that MNIST's authors gave theirs (LeCun, Bottou, Bengio &
Haffner 1998, "Gradient-based learning applied to document recognition", section III.A): it is
fitted into 20×20 with its aspect ratio kept, and its centre of mass is moved to the middle of
28×28. All that a network sees, in training and in use, is made by the functions here.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from digitrec.arrays import Float32Array, Uint8Array
from digitrec.errors import PictureError
from digitrec.imaging.components import main_component
from digitrec.imaging.find_ink import clean_ink, digit_pixels, find_ink, ink_of
from digitrec.imaging.ink_box import ink_box, ink_image
from digitrec.imaging.ink_search.strong_contrast import without_pale
from digitrec.imaging.other_ink import other_ink
from digitrec.imaging.pixels import Picture, check_picture, resolve_transparency
from digitrec.imaging.plain_background import ink_on_plain_background
from digitrec.imaging.tiny_pictures import (
    as_tiny_picture,
    enlarge_tiny_ink,
    enlarge_tiny_picture,
    is_tiny,
)

__all__ = [
    "BOX",
    "CENTRE",
    "EDGE",
    "FAINT_PEAK",
    "SIZE",
    "TAIL",
    "normalise",
    "normalise_ink",
    "normalise_otherwise",
    "normalise_string",
    "normalise_strong",
    "normalise_unstretched",
]

SIZE = 28  # side of the normalised image, in pixels
BOX = 20  # the longer side of the digit within it

# The width of an image of several digits is a multiple of this, so that images of equal width can
# be read in one batch.
_STRING_STEP, _SHORTEST_STRING, _LONGEST_STRING = 16, 48, 640
_STRING_MARGIN = 4

# MNIST's centres of mass lie evenly between 13.5 and 14.5 (pixels counted from 0), 14.0 on average
# over its 60,000 training images: a whole-pixel shift that brings the centre nearest to pixel 14.
CENTRE = 14
# Ink fainter than this fraction of the strongest is the tail of a resampling filter, not the edge
# of a stroke.
TAIL = 0.04
# A blurred edge lies within this many pixels of the image that the ink was enlarged from.
EDGE = 0.8
FAINT_PEAK = 128  # ink whose strongest level is lower is made stronger before it is resized
_UNSTRETCHED = 0.5  # width of a digit that was stretched to a square, as a share of the square's


def normalise(picture: Picture) -> Float32Array:
    """Turn a picture of one digit into what the networks read.

    Args:
        picture: See `digitrec.imaging.pixels.Picture`.

    Returns:
        Shape (28, 28), in [0, 1], light ink on a dark background; all 0 where the picture is blank.

    Raises:
        PictureError: if it is not a picture.
    """
    return normalise_ink(_ink_of_digit(picture))


def _ink_of_digit(picture: Picture) -> Uint8Array:
    """Return the ink (H, W) of a picture of one digit, enlarged if it is tiny."""
    checked = as_tiny_picture(check_picture(picture))
    ink = ink_of(checked)
    if is_tiny(ink) and not _is_normalised(ink):
        ink = _ink_of_tiny_picture(resolve_transparency(np.asarray(checked)))
    return enlarge_tiny_ink(ink)


class OtherImages(NamedTuple):
    """What else may be the ink of one digit, each as `normalise` returns it.

    Attributes:
        whole: All ink that was found, in each of several ways.
        main: The main connected component alone, of ink that has other, small ones beside it.
        piece: All ink, some of which may be print, if it is one connected piece.
        filled: All ink with its strokes filled, where only their edges are drawn.
    """

    whole: list[Float32Array]
    main: list[Float32Array]
    piece: Float32Array | None
    filled: Float32Array | None = None


def normalise_otherwise(picture: Picture, *, joined_print: bool = True) -> OtherImages:
    """Turn what else may be the ink of one digit into what the networks read.

    Args:
        picture: See `digitrec.imaging.pixels.Picture`.
        joined_print: As for `digitrec.imaging.other_ink.other_ink`.

    Returns:
        No images where nothing else may be the ink.

    Raises:
        PictureError: if it is not a picture.
    """
    checked = as_tiny_picture(check_picture(picture))
    if is_tiny(checked):  # with so few pixels, the network for ink finds nothing better
        return OtherImages([], [], None)
    other = other_ink(checked, joined_print=joined_print)
    whole = [ink for ink in other.found if not is_tiny(ink)]
    main = [ink for ink in map(main_component, whole) if ink is not None]
    return OtherImages(
        [normalise_ink(enlarge_tiny_ink(ink)) for ink in whole],
        [normalise_ink(enlarge_tiny_ink(ink)) for ink in main],
        *(
            None if ink is None or is_tiny(ink) else normalise_ink(enlarge_tiny_ink(ink))
            for ink in (other.piece, other.filled)
        ),
    )


def normalise_strong(picture: Picture) -> Float32Array | None:
    """Turn what differs most from paper into what the networks read, without paler patterns.

    Args:
        picture: See `digitrec.imaging.pixels.Picture`.

    Returns:
        Shape (28, 28), as `normalise` returns it; None on a plain background, and of tiny ink.

    Raises:
        PictureError: if it is not a picture.
    """
    checked = as_tiny_picture(check_picture(picture))
    pixels = digit_pixels(checked)
    if is_tiny(checked) or ink_on_plain_background(pixels) is not None:
        return None
    ink = find_ink(without_pale(pixels))
    return None if is_tiny(ink) else normalise_ink(enlarge_tiny_ink(ink))


def normalise_unstretched(picture: Picture) -> Float32Array:
    """Turn a digit that was stretched to a square into what the networks read.

    Some collections fit the bounding box of each digit into a square image, whatever shape it had.
    A 1 becomes a block there. So the digit is made half as wide.

    Args:
        picture: See `digitrec.imaging.pixels.Picture`.

    Returns:
        Shape (28, 28), as `normalise` returns it.

    Raises:
        PictureError: if it is not a picture.
    """
    ink = _ink_of_digit(picture)
    box = ink_box(ink)
    if box is None:
        return normalise_ink(ink)
    crop = ink_image(ink[box.slices])
    height = max(crop.height, 2 * BOX)
    size = max(1, round(_UNSTRETCHED * crop.width * height / crop.height)), height
    return normalise_ink(np.asarray(crop.resize(size, Image.Resampling.BICUBIC)))


def normalise_ink(ink: npt.NDArray[Any]) -> Float32Array:
    """Fit ink into a 20×20 box, with its centre of mass in the middle of 28×28.

    Args:
        ink: Shape (H, W), uint8 coverage or non-negative floats, 0 where there is no ink.

    Returns:
        Shape (28, 28), in [0, 1], the strongest pixel 1; all 0 where there is no ink. The longer
        side of the ink becomes 20 pixels; ink that has this size already is only moved.

    Raises:
        PictureError: if the shape is another, or a value is negative or not finite.
    """
    out = np.zeros((SIZE, SIZE), np.float32)
    ink = _ink_bytes(ink)
    rows = ink.max(axis=1)
    peak = int(rows.max())
    if peak == 0:
        return out
    top, bottom = _extent(rows, 0)
    columns = ink[top:bottom].max(axis=0)
    left, right = _extent(columns, 0)
    if max(bottom - top, right - left) != BOX:
        top, bottom = _extent(rows, TAIL * peak)
        left, right = _extent(columns, TAIL * peak)
        pixel = max(bottom - top, right - left) / BOX
        top, bottom = _sharp_extent(rows, top, bottom, pixel)
        left, right = _sharp_extent(columns, left, right, pixel)
    height, width = bottom - top, right - left
    scale = BOX / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    digit = _resized(ink[top:bottom, left:right], size)
    top, left = _start(digit.sum(axis=1)), _start(digit.sum(axis=0))
    out[top : top + digit.shape[0], left : left + digit.shape[1]] = digit
    return out


def _ink_of_tiny_picture(pixels: Uint8Array) -> Uint8Array:
    ink = clean_ink(pixels)
    if ink is not None:
        return enlarge_tiny_picture(ink)
    return find_ink(enlarge_tiny_picture(pixels))  # on paper and beside print, that needs pixels


def _is_normalised(ink: Uint8Array) -> bool:
    """Tell whether ink has the size that MNIST's authors gave theirs."""
    if ink.shape != (SIZE, SIZE):
        return False
    box = ink_box(ink)
    return box is not None and box.longest == BOX


def normalise_string(ink: npt.NDArray[Any]) -> Float32Array:
    """Fit the ink of several digits into the rows that one digit has: 20 of 28.

    Args:
        ink: As for `normalise_ink`.

    Returns:
        Shape (28, W), in [0, 1], the ink in the middle; all 0 where there is none. W is a multiple
        of 16 from 48 to 640. Ink that would be wider is made lower.

    Raises:
        PictureError: as for `normalise_ink`.
    """
    ink = _ink_bytes(ink)
    rows, columns = ink.max(axis=1), ink.max(axis=0)
    peak = int(rows.max())
    if peak == 0:
        return np.zeros((SIZE, _SHORTEST_STRING), np.float32)
    top, bottom = _extent(rows, TAIL * peak)
    left, right = _extent(columns, TAIL * peak)
    height, width = bottom - top, right - left
    scale = min(BOX / height, (_LONGEST_STRING - 2 * _STRING_MARGIN) / width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    string = _resized(ink[top:bottom, left:right], size)
    room = -(-(size[0] + 2 * _STRING_MARGIN) // _STRING_STEP) * _STRING_STEP
    out = np.zeros((SIZE, max(room, _SHORTEST_STRING)), np.float32)
    top, left = (SIZE - size[1]) // 2, (out.shape[1] - size[0]) // 2
    out[top : top + size[1], left : left + size[0]] = string
    return out


def _ink_bytes(ink: npt.NDArray[Any]) -> Uint8Array:
    """Check ink (H, W) and bring it to uint8."""
    if ink.ndim != 2 or ink.size == 0:
        raise PictureError(f"ink must have the shape (H, W), not {ink.shape}")
    if ink.dtype == np.uint8:
        return ink
    most = float(ink.max())
    if not (float(ink.min()) >= 0 and most < np.inf):
        raise PictureError("ink must be finite and not negative")
    return np.rint(ink / (most or 1.0) * 255).astype(np.uint8)


def _resized(crop: Uint8Array, size: tuple[int, int]) -> Float32Array:
    """Resize ink (H, W) to a width and height; float32, the strongest pixel 1."""
    height, width = crop.shape
    if size != (width, height):
        peak = int(crop.max())
        if peak < FAINT_PEAK:
            crop = crop * np.uint8(255 // peak)  # resizing rounds to whole levels
        # Area averaging is what a pixel of a scanner does, but in enlarging it would make blocks.
        smaller = max(size) < max(width, height)
        method = Image.Resampling.BOX if smaller else Image.Resampling.HAMMING
        resized = np.asarray(ink_image(crop).resize(size, method))
        if not resized.any():  # specks far apart: their means are fractions of a level
            resized = np.asarray(Image.fromarray(crop.astype(np.float32)).resize(size, method))
        crop = resized
    out = crop.astype(np.float32)
    out /= out.max()
    return out


def _extent(profile: Uint8Array, level: float) -> tuple[int, int]:
    """Return the first index at which a profile is above a level, and the one after the last."""
    above = np.flatnonzero(profile > int(level))  # of whole numbers, which are compared faster
    return int(above[0]), int(above[-1]) + 1


def _sharp_extent(profile: Uint8Array, start: int, stop: int, pixel: float) -> tuple[int, int]:
    """Remove the blur from both ends of an extent.

    Blur spreads an edge over about a pixel of the image it was enlarged from; the edge was where
    the profile is half of what it reaches ``pixel`` steps further in.
    """
    reach = min(max(1, round(EDGE * pixel)), stop - start)
    first, last = profile[start : start + reach].tolist(), profile[stop - reach : stop].tolist()
    last.reverse()
    return start + _first_half(first), stop - _first_half(last)


def _first_half(levels: list[int]) -> int:
    """Return the first index at which levels reach half of the highest."""
    highest = max(levels)
    return next(place for place, level in enumerate(levels) if 2 * level >= highest)


def _start(mass: Float32Array) -> int:
    """Return where a box with this mass profile begins if its centre of mass is in the middle."""
    centre = float(mass @ np.arange(len(mass), dtype=np.float32)) / float(mass.sum())
    return min(max(int(CENTRE - centre + 0.5), 0), SIZE - len(mass))
