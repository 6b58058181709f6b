"""The boundary of the page, in a picture that also shows what the page lies on."""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy import ndimage

from digitrec.arrays import BoolArray, Float32Array, Uint8Array
from digitrec.imaging.downscale import downscale

__all__ = ["extend_page", "shows_page_boundary"]

_SIDE = 128  # longer side of the copy on which the page is found
_SMALLEST = 48  # pixels of that copy: a narrower picture shows a number or a digit
_WRITING = 0.06  # of that side: what is smaller is writing, or the texture of the desk
# Page and desk explain this fraction of the variance of what is then left.
_EXPLAINED = 0.75
_DESK_AROUND = 0.75  # fraction of the border that is desk
# The page is this fraction of the picture at least, and of its own bounding box: no digit is.
_LARGE, _SOLID = 0.5, 0.8
_EDGE = 3  # pixels of the copy by which the boundary is uncertain


def extend_page(grey: Float32Array) -> Float32Array | None:
    """Replace what is beyond the page by paper, as light as the page is at its boundary.

    Args:
        grey: Shape (H, W).

    Returns:
        Shape (H, W); None if no page is found whose boundary shows all round, or nearly.
    """
    small, factor = downscale(grey, _SIDE)
    if min(small.shape) < _SMALLEST:
        return None
    if _within_desk(small, 0.0) is None:  # quick, and enough for nearly all pictures
        return None
    size = max(3, int(_WRITING * max(small.shape)))
    background = ndimage.median_filter(small, size, mode="nearest")
    within = _within_desk(background, _EXPLAINED)
    if within is None:
        return None
    pieces, _ = ndimage.label(within)
    number = 1 + int(np.argmax(np.bincount(pieces.ravel())[1:]))
    page = pieces == number
    rows, columns = ndimage.find_objects(pieces)[number - 1]
    if page.mean() < _LARGE or page[rows, columns].mean() < _SOLID:
        return None
    page = ndimage.binary_fill_holes(page)
    inside = ndimage.binary_erosion(page, np.ones((3, 3), bool), _EDGE)
    nearest = ndimage.distance_transform_edt(~inside, return_distances=False, return_indices=True)
    beyond = _enlarged(background[tuple(nearest)], factor, grey.shape)
    covered = _enlarged(inside.astype(np.float32), factor, grey.shape)
    return np.where(covered > 0.9, grey, beyond)


def shows_page_boundary(ink: Uint8Array) -> bool:
    """Tell whether what was taken for ink (H, W) is a page on an even desk, which is 0."""
    # Ink hardly ever covers as much, and counting is quick.
    large = int(np.count_nonzero(ink)) > _LARGE * ink.size
    return large and extend_page(ink.astype(np.float32)) is not None


def _within_desk(grey: Float32Array, explained: float) -> BoolArray | None:
    """Return where the desk is not, (H, W); None if no desk lies all round something large.

    explained: the least fraction of the variance that the difference between the two explains.
    """
    level, fraction = _otsu_threshold(grey)
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]]) > level
    desk = border.mean() > 0.5
    within: BoolArray = (grey > level) != desk
    around = (border == desk).mean() >= _DESK_AROUND
    return within if around and fraction >= explained and within.mean() >= _LARGE else None


def _otsu_threshold(values: Float32Array) -> tuple[float, float]:
    """Return the level that separates values best, and the fraction of variance it explains.

    Otsu 1979, "A threshold selection method from gray-level histograms".
    """
    counts, edges = np.histogram(values, 64)
    below = np.cumsum(counts)[:-1] / values.size
    mass = np.cumsum(counts * (edges[:-1] + edges[1:]) / 2) / values.size
    between = (mass[-1] * below - mass[:-1]) ** 2 / np.maximum(below * (1 - below), 1e-9)
    best = int(between.argmax())
    return float(edges[best + 1]), float(between[best] / max(float(values.var()), 1e-9))


def _enlarged(small: Float32Array, factor: int, shape: tuple[int, ...]) -> Float32Array:
    """Enlarge a copy that was reduced by a factor to the shape of its original."""
    size = small.shape[1] * factor, small.shape[0] * factor
    large = Image.fromarray(small).resize(size, Image.Resampling.BILINEAR)
    return np.asarray(large)[: shape[0], : shape[1]]
