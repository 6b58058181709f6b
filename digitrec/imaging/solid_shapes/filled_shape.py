"""A shape of one colour on a plain background, as a badge or an icon: what is in it is a picture.

There, the difference from the background is the shape. The ink is what differs from the shape.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from digitrec.arrays import BoolArray, Uint8Array
from digitrec.imaging.components import filled, half_thickness, label
from digitrec.imaging.find_ink import digit_pixels
from digitrec.imaging.ink_box import ink_box
from digitrec.imaging.pixels import Picture
from digitrec.imaging.plain_background import ink_on_plain_background

__all__ = ["inside_filled_shape"]

_MIN_SIDE = 24  # pixels: shorter side of a shape
_MEASURED_SIDE = 128  # pixels: longer side of the copy on which thickness is measured
_SAME = 12  # grey levels of 255 from the colour of a shape within which it is that colour
_CLEAR = 32  # the same beyond which it is ink
# Least share of a shape that has its colour; the rest is ink and its soft edges.
_ONE_COLOUR = 0.55
# A shape is compact: its inscribed circle has this radius at least, as a share of its longer side.
# An outline, a stroke or a letter that is drawn with a broad pen has less, or it encloses a blob.
_COMPACT = 0.25
# Ink in it consists of strokes: it has this many times the area of the square of its half thickness
# (a disc has π times, a square 4 times), and what is around it is this many times as thick.
_STROKES, _THICKER = 14.0, 1.5
# Least length of the ink, as a share of the shape's longer side.
_LONG = 0.2
_EDGE = 200  # for each of this many pixels of its longer side, a shape's edge is a pixel softer


def inside_filled_shape(picture: Picture) -> Uint8Array | None:
    """Return what is in a shape of one colour, on a background of that colour.

    Args:
        picture: See `Picture`.

    Returns:
        Shape (H, W) or (H, W, 3), the part of the picture with the shape; None where there is no
        such shape with strokes in it.

    Raises:
        PictureError: if it is not a picture.
    """
    pixels = digit_pixels(picture)
    ink = ink_on_plain_background(pixels)
    box = None if ink is None else ink_box(ink)
    if ink is None or box is None:
        return None
    pixels, ink = pixels[box.slices], ink[box.slices]
    numbers, _ = label(ink)
    main = int(np.bincount(numbers[numbers > 0]).argmax())
    place = ndimage.find_objects(numbers, main)[-1]
    height, width = (part.stop - part.start for part in place)
    if min(height, width) < _MIN_SIDE:
        return None
    pixels = pixels[place]
    solid = numbers[place] == main
    shape = filled(solid)
    # A compact shape is larger than its inscribed circle; most strokes are not, which is quick.
    area = np.count_nonzero(shape)
    if area < np.pi * (_COMPACT * max(height, width)) ** 2:
        return None
    colour = np.median(pixels[solid], axis=0).astype(np.int16)
    contrast = np.abs(pixels - colour).reshape(height, width, -1).max(axis=2)
    solid &= contrast <= _SAME
    if np.count_nonzero(solid) < _ONE_COLOUR * area:
        return None
    edge = 2 + max(height, width) // _EDGE
    inner = ndimage.binary_erosion(shape, iterations=edge)
    if not _holds_strokes(shape, inner & (contrast > _CLEAR)):
        return None
    inside = pixels.copy()
    inside[~inner] = colour
    return inside


def _holds_strokes(shape: BoolArray, strokes: BoolArray) -> bool:
    """Tell whether a shape (H, W) is compact, and what is in it are strokes."""
    longest = max(shape.shape)
    extents = [np.flatnonzero(strokes.any(axis=axis)) for axis in (0, 1)]
    if max((places[-1] - places[0] if len(places) else 0) for places in extents) < _LONG * longest:
        return False
    step = -(-longest // _MEASURED_SIDE)
    small, thin = shape[::step, ::step], strokes[::step, ::step]
    if half_thickness(small) < _COMPACT * max(small.shape):
        return False
    half = half_thickness(thin)
    if np.count_nonzero(thin) < _STROKES * half**2:
        return False
    return half_thickness(small & ~thin) > _THICKER * half
