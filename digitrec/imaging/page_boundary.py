"""The sheet of paper in a picture that shows what it lies on, too."""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy import ndimage

from digitrec.arrays import BoolArray, Float32Array, Uint8Array
from digitrec.imaging.downscale import reduced_to

__all__ = ["is_sheet", "only_sheet"]


_SIDE = 128  # longer side of the copy on which the sheet is found
_SMALLEST = 48  # pixels of that copy: a narrow picture is one of a number or of a digit
_WRITING = 0.06  # of that side: what is smaller is written on the sheet, or the desk's grain
# Sheet and desk explain this share of the variance of what is then left.
_APART = 0.75
_DESK_AROUND = 0.75  # share of the border that is desk
# The sheet is this share of the picture at least, and of the upright box round it: no digit is.
_LARGE, _SOLID = 0.5, 0.8
_EDGE = 3  # pixels of the copy by which its edge is uncertain


def only_sheet(grey: Float32Array) -> Float32Array | None:
    """Let the sheet in a picture (H, W) go on beyond its edges, as light as it is there.

    Returns None where there is no sheet of which the edges show, all round or nearly.
    """
    small, factor = reduced_to(grey, _SIDE)
    if min(small.shape) < _SMALLEST:
        return None
    if _within_desk(small, 0.0) is None:  # nearly always, and it takes no time
        return None
    size = max(3, int(_WRITING * max(small.shape)))
    ground = ndimage.median_filter(small, size, mode="nearest")
    within = _within_desk(ground, _APART)
    if within is None:
        return None
    pieces, _ = ndimage.label(within)
    number = 1 + int(np.argmax(np.bincount(pieces.ravel())[1:]))
    sheet = pieces == number
    rows, columns = ndimage.find_objects(pieces)[number - 1]
    if sheet.mean() < _LARGE or sheet[rows, columns].mean() < _SOLID:
        return None
    sheet = ndimage.binary_fill_holes(sheet)
    inside = ndimage.binary_erosion(sheet, np.ones((3, 3), bool), _EDGE)
    nearest = ndimage.distance_transform_edt(~inside, return_distances=False, return_indices=True)
    beyond = _enlarged(ground[tuple(nearest)], factor, grey.shape)
    covered = _enlarged(inside.astype(np.float32), factor, grey.shape)
    return np.where(covered > 0.9, grey, beyond)


def is_sheet(ink: Uint8Array) -> bool:
    """Tell whether ink (H, W) is a sheet on an even desk, which is 0."""
    # Ink nearly never covers so much, and to count takes no time.
    large = int(np.count_nonzero(ink)) > _LARGE * ink.size
    return large and only_sheet(ink.astype(np.float32)) is not None


def _within_desk(ground: Float32Array, apart: float) -> BoolArray | None:
    """What is not desk, (H, W); None where no desk is all round something large, and unlike it.

    apart: the share of the variance that the two have to explain.
    """
    level, explained = _parted(ground)
    border = np.concatenate([ground[0], ground[-1], ground[:, 0], ground[:, -1]]) > level
    desk = border.mean() > 0.5
    within: BoolArray = (ground > level) != desk
    around = (border == desk).mean() >= _DESK_AROUND
    return within if around and explained >= apart and within.mean() >= _LARGE else None


def _parted(values: Float32Array) -> tuple[float, float]:
    """The level that parts values best, and the share of their variance that this explains.

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
