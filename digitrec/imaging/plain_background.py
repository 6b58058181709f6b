"""Ink on a background of one exact colour, as in a drawing: the difference from it."""

from __future__ import annotations

import numpy as np

from digitrec.arrays import BoolArray, Uint8Array
from digitrec.imaging.compression_artefacts import remove_compression_artefacts
from digitrec.imaging.ink_box import ink_box

__all__ = ["ink_on_plain_background", "on_commonest_colour"]

# A plain background is one exact value on at least this fraction of the border, and of the picture.
# It is low because of thick digits that are cropped tightly; in a photograph no value is as
# frequent.
_PLAIN = 0.15
# Largest ratio of faint pixels, below a quarter of the strongest, to strong ones, above half of it.
# It is up to 2.3 in MNIST's thinnest images, enlarged and blurred.
_FAINT_TO_STRONG = 3
_PACK = np.array([1 << 16, 1 << 8, 1])  # one number for a colour, to count colours by
_SAMPLED_SIDE = 256  # pixels in a row or column that are counted, about: a plain colour is common
# A contrast in grey levels of 255 below which nothing is ink: a plain background has no noise.
_FAINTEST = 4
# Ink ends within a short step, one of so many along the longer side, if its level falls there by so
# much that this many times as much is more than the strongest.
_STEPS, _STEEP = 20, 2.5
_SOME_ROWS = 32  # every 32nd row is looked at first
# A dithered picture has this much ink at least, in pixels, and more than this share of the part
# that holds ink is single pixels. Its strokes are specks, as its paper is: only their means tell.
_MUCH_INK, _SINGLE = 1_000, 0.02


def ink_on_plain_background(pixels: Uint8Array) -> Uint8Array | None:
    """Return how far pixels are from a background of one exact colour, whatever made the marks.

    Args:
        pixels: Shape (H, W) or (H, W, 3).

    Returns:
        Shape (H, W); None on another background.
    """
    border = _border(pixels)
    background, count = _commonest(border)
    ink = _difference(pixels, background)
    if pixels.ndim == 3:
        ink = np.maximum(np.maximum(ink[..., 0], ink[..., 1]), ink[..., 2])
    peak = int(ink.max())
    if peak < _FAINTEST:
        return np.zeros_like(ink)
    covered = np.count_nonzero(ink)
    if min(count / len(border), (ink.size - covered) / ink.size) < _PLAIN:
        return None
    # The background of an overexposed scan may look plain where it is cut off at white. In a
    # drawing, however, the edges of strokes are narrow: few pixels are faint, and ink ends within a
    # short step.
    box = ink_box(ink)
    assert box is not None
    part = ink[box.slices]
    faint = covered - np.count_nonzero(part >= peak // 4)
    if faint > _FAINT_TO_STRONG * np.count_nonzero(part > peak // 2):
        return None
    if not _is_steep(ink, peak) or (covered >= _MUCH_INK and _is_dithered(part > 0)):
        return None
    return remove_compression_artefacts(ink, box)


def on_commonest_colour(pixels: Uint8Array) -> Uint8Array | None:
    """Lay a picture on its commonest colour, where that is not the commonest one of its border.

    Of a digit that was cut out where it touches all four sides, ink may cover most of the border.

    Args:
        pixels: Shape (H, W) or (H, W, 3).

    Returns:
        The picture with one pixel of that colour on each side; None where the border shows that
        colour, and where it is no plain background.
    """
    step = 1 + max(pixels.shape[:2]) // _SAMPLED_SIDE
    colour, _ = _commonest(pixels[::step, ::step].reshape(-1, *pixels.shape[2:]))
    if np.array_equal(colour, _commonest(_border(pixels))[0]):
        return None
    height, width = pixels.shape[:2]
    laid = np.empty((height + 2, width + 2, *pixels.shape[2:]), np.uint8)
    laid[:] = colour
    laid[1:-1, 1:-1] = pixels
    return None if ink_on_plain_background(laid) is None else laid


def _border(pixels: Uint8Array) -> Uint8Array:
    """Return the outermost pixels of a picture, (N,) or (N, 3)."""
    return np.concatenate([pixels[0], pixels[-1], pixels[1:-1, 0], pixels[1:-1, -1]])


def _commonest(pixels: Uint8Array) -> tuple[Uint8Array | np.uint8, int]:
    """Return the commonest colour of pixels (N,) or (N, 3), and how many have it."""
    if pixels.ndim == 1:
        counts = np.bincount(pixels, minlength=256)
        level = counts.argmax()
        return level.astype(np.uint8), int(counts[level])
    packed, tally = np.unique(pixels @ _PACK, return_counts=True)
    colour = (packed[tally.argmax()] >> (16, 8, 0)).astype(np.uint8)
    return colour, int(tally.max())


def _is_dithered(ink: BoolArray) -> bool:
    """Tell whether much of a picture (H, W) are single pixels of ink: no neighbour on any side."""
    some = ink[::_SOME_ROWS]
    begun = np.count_nonzero(some[:, 1:] > some[:, :-1])
    if 3 * begun < np.count_nonzero(some):  # runs of more than 3 pixels on average: strokes
        return False
    single = ink.copy()
    single[1:] &= ~ink[:-1]
    single[:-1] &= ~ink[1:]
    single[:, 1:] &= ~ink[:, :-1]
    single[:, :-1] &= ~ink[:, 1:]
    return bool(np.count_nonzero(single) > _SINGLE * ink.size)


def _is_steep(ink: Uint8Array, peak: int) -> bool:
    """Tell whether ink (H, W) ends within a short step."""
    step = 1 + max(ink.shape) // _STEPS
    down, right = (min(step, max(1, side // 3)) for side in ink.shape)  # a line is long and low
    here, there = ink[:-down, :-right], ink[down:, right:]
    for every in (_SOME_ROWS, 1):  # nearly always, some rows show it
        one, other = here[::every], there[::every]
        steepest = np.max(np.maximum(one, other) - np.minimum(one, other), initial=0)
        if steepest * _STEEP > peak:
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
