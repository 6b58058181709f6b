"""Outlined strokes, as of bubble letters: only the edges of a broad stroke are drawn. Fill them."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from digitrec.arrays import BoolArray, IntArray, Uint8Array
from digitrec.imaging.components import (
    component_boxes,
    enclosed_parts,
    filled,
    half_thickness,
    label,
)
from digitrec.imaging.ink_box import ink_box
from digitrec.imaging.printed.printed_lines import has_straight_sides

__all__ = ["fill_outlined_strokes"]

_STRONG = 0.3  # of the strongest ink; fainter ink encloses nothing
# What is between two edges is a stroke: it has this many times the area of the square of its half
# thickness. A disc has π times, a square 4 times, and the loop of a digit less than 16 times.
_STROKE = 18.0
_NEAR = 3.0  # half thicknesses of the pen within which an edge is beside what it encloses
_EDGES = 0.95  # least share of the ink that is such edges
_PEN = 0.7  # the pen is at most this many times as thick as the strokes
_SMALL = 0.02  # share of the largest enclosed part; a smaller one is a slip of the pen
_MOST_PARTS = 8  # enclosed parts of a digit, where its strokes cross each other


def fill_outlined_strokes(ink: Uint8Array) -> Uint8Array | None:
    """Return ink whose strokes are drawn by their edges alone, with the strokes filled.

    Args:
        ink: Shape (H, W), 0 on a plain background.

    Returns:
        Shape (H, W), 0 or 255; None where the ink is not the edges of strokes.
    """
    peak = int(ink.max())
    if peak == 0:
        return None
    box = ink_box(ink)
    assert box is not None
    edges = np.pad(ink[box.slices] > _STRONG * peak, 1)
    # Most ink encloses nothing, or only loops, which is quick to tell.
    if not any(_each_is_stroke(enclosed_parts(edges))):
        return None
    outer = _beside_background(edges)
    enclosed = filled(outer) & ~outer
    inner = edges & enclosed
    holes = filled(inner)
    strokes = enclosed & ~holes
    are_strokes = _each_is_stroke(ndimage.label(strokes)[0])
    if not are_strokes or not all(are_strokes) or not _bound(edges, strokes):
        return None
    broad = (outer | strokes | inner)[1:-1, 1:-1]
    (part,) = ndimage.find_objects(broad.astype(np.uint8))
    if has_straight_sides(broad[part]):  # of two frames, one in the other
        return None
    whole = np.zeros_like(ink)
    whole[box.slices][broad] = 255
    return whole


def _beside_background(edges: BoolArray) -> BoolArray:
    """Return the connected pieces of a mask (H, W) that are not enclosed by others."""
    numbers, count = label(edges)
    touched = np.zeros(count + 1, bool)
    outside = ndimage.binary_dilation(~filled(edges), np.ones((3, 3), bool))
    touched[np.unique(numbers[outside])] = True
    touched[0] = False
    return np.asarray(touched[numbers])


def _each_is_stroke(parts: IntArray) -> list[bool]:
    """Tell which large enclosed parts, numbered from 1 on in (H, W), are long and narrow.

    None are large if there are more of them than a digit has.
    """
    areas = np.bincount(parts.ravel())[1:]
    large = np.flatnonzero(areas > _SMALL * areas.max(initial=0)).tolist()
    if len(large) > _MOST_PARTS:
        return []
    boxes = component_boxes(parts)
    found = []
    for number in large:
        left, top, right, bottom = boxes[number].tolist()
        part = parts[top:bottom, left:right] == number + 1
        found.append(bool(areas[number] >= _STROKE * half_thickness(part) ** 2))
    return found


def _bound(edges: BoolArray, strokes: BoolArray) -> bool:
    """Tell whether nearly all ink (H, W) is beside strokes, and thinner than they are."""
    pen = half_thickness(edges)
    if pen > _PEN * half_thickness(strokes | edges):
        return False
    far = ndimage.distance_transform_edt(~strokes) > _NEAR * pen
    return bool(np.count_nonzero(edges & far) <= (1 - _EDGES) * np.count_nonzero(edges))
