"""Removing what is not ink: specks, and what is far paler than the other ink of a page.

Specks are small pieces left by noise, dust or the texture of the paper. Pale pieces are what shows
through from the back, the shadow of a fold, or a smear: the network that finds ink sees local
contrast, so where nothing stronger is near, it also finds what hardly differs from the paper.
"""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy import ndimage

from digitrec.arrays import BoolArray, Float32Array, Uint8Array
from digitrec.imaging.components import component_boxes, in_components, label, longer_sides

__all__ = ["contrast_with_paper", "remove_pale_ink", "remove_specks"]

_STRONG = 127  # ink in 0…255 that a piece must have somewhere
_LITTLE_INK = 0.02  # fraction of the largest piece: a smaller piece is not of the same digit
# Length below which even the longest piece is a speck, as noise makes them:
_LONGEST_SPECK = 0.035  # of one digit, as a fraction of the longer side of the picture
_LONGEST_SPECK_ON_PAGE = 12  # pixels

_PALE = 0.25  # ink with less than this share of the contrast of strong ink is pale; pencil has more
_STROKE = 0.75  # quantile of the contrast in a piece that its strokes have; their edges have less
_STRONGEST = 0.8  # quantile of the contrast of all pieces that strong ink has
# Grey levels added to paper and ink before they are compared: noise is large relative to darkness.
_DARK = 8.0
_REDUCED = 4  # paper is measured on a copy that is this many times smaller
_NEAR = 8.0  # pixels of that copy, the standard deviation of what counts as nearby
_EDGE = 5  # pixels: side of the square around a pixel that holds no ink if the pixel is paper


def remove_specks(ink: Uint8Array, *, many_digits: bool) -> Uint8Array:
    """Keep the connected pieces of ink that are strong somewhere, and not tiny.

    Args:
        ink: Shape (H, W).
        many_digits: Keep tiny pieces beside large ones too, because digits may differ in size.

    Returns:
        The ink that is kept; all 0 where even the longest piece is only a speck.
    """
    pieces, count = label(ink)
    if count == 0:
        return ink
    numbers = np.arange(1, count + 1)
    keep = ndimage.maximum(ink, pieces, numbers) > _STRONG
    if not many_digits:
        mass = ndimage.sum_labels(ink, pieces, numbers)
        keep &= mass > _LITTLE_INK * mass.max()
    boxes = component_boxes(pieces)[keep]
    longest = longer_sides(boxes).max(initial=0)
    if longest < (_LONGEST_SPECK_ON_PAGE if many_digits else _LONGEST_SPECK * max(ink.shape)):
        return np.zeros_like(ink)
    return np.where(in_components(pieces, keep), ink, 0).astype(np.uint8)


def remove_pale_ink(ink: Uint8Array, pixels: Uint8Array) -> Uint8Array:
    """Keep the connected pieces of ink that are not far paler than most ink of a page.

    Args:
        ink: Shape (H, W), 0 where there is none.
        pixels: The picture, (H, W) or (H, W, 3).
    """
    pieces, count = label(ink)
    if count < 2:
        return ink
    contrast = contrast_with_paper(
        pixels.reshape(*ink.shape, -1), ndimage.maximum_filter(ink, _EDGE) > 0
    )
    full = ink > _STRONG
    contrasts = np.zeros(count + 1)
    for number, place in enumerate(ndimage.find_objects(pieces), start=1):
        stroke = (pieces[place] == number) & full[place]
        if stroke.any():
            contrasts[number] = np.quantile(contrast[place][stroke], _STROKE)
    strong = np.quantile(contrasts[pieces[full]], _STRONGEST) if full.any() else 0.0
    pale = contrasts < _PALE * strong
    return np.where(pale[pieces], 0, ink).astype(np.uint8)


def contrast_with_paper(channels: Uint8Array, inked: BoolArray) -> Float32Array:
    """Return how far each pixel is from the paper near by; the channel that differs most counts.

    Args:
        channels: Shape (H, W, C), the picture.
        inked: Shape (H, W), what is not paper.

    Returns:
        Shape (H, W): 0 where alike, below 1.
    """
    height, width = inked.shape
    size = max(1, width // _REDUCED), max(1, height // _REDUCED)

    def near(values: Float32Array) -> Float32Array:
        small = np.asarray(Image.fromarray(values).resize(size, Image.Resampling.BOX))
        return ndimage.gaussian_filter(small, _NEAR, mode="nearest")

    paper = (~inked).astype(np.float32)
    amount = near(paper) + np.float32(1e-4)
    most = np.zeros(inked.shape, np.float32)
    for channel in np.moveaxis(channels.astype(np.float32), 2, 0):
        light = Image.fromarray((near(channel * paper) / amount).astype(np.float32))
        there = np.asarray(light.resize((width, height), Image.Resampling.BILINEAR)) + _DARK
        here = channel + np.float32(_DARK)
        np.maximum(most, 1 - np.minimum(here, there) / np.maximum(here, there), out=most)
    return most
