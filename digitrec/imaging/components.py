"""Connected components of ink: their numbers, bounding boxes and sizes, and what they enclose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from digitrec.arrays import BoolArray, IntArray, Uint8Array

__all__ = [
    "bounding_boxes",
    "component_boxes",
    "enclosed_parts",
    "filled",
    "half_thickness",
    "in_components",
    "label",
    "longer_sides",
    "main_component",
    "typical_size",
]

_CONNECTED = np.ones((3, 3), bool)  # pixels that touch at a corner are connected
_MAIN = 0.7  # least share of the ink that the main component holds
# What lies within its bounding box has at most this share of its ink; more would be a part of the
# same character, or a digit in a ring.
_WITHIN = 0.04
_FAINT = 0.3  # ink fainter than this share of the strongest joins no components


def label(ink: npt.NDArray[Any]) -> tuple[IntArray, int]:
    """Number the connected components of ink.

    Args:
        ink: Shape (H, W), 0 or false where there is none.

    Returns:
        The number of the component at each pixel, shape (H, W), from 1 on, 0 where there is no ink;
        and how many components there are.
    """
    return ndimage.label(ink, structure=_CONNECTED)


def bounding_boxes(places: Sequence[tuple[slice, ...]]) -> IntArray:
    """Return left, top, right and bottom of each component, shape (N, 4).

    Args:
        places: Rows and columns of each, as `scipy.ndimage.find_objects` returns them.
    """
    boxes = [(across.start, down.start, across.stop, down.stop) for down, across in places]
    return np.array(boxes, np.int64).reshape(-1, 4)


def component_boxes(numbers: IntArray) -> IntArray:
    """Return left, top, right and bottom of each component, shape (N, 4).

    Args:
        numbers: Shape (H, W), as `label` returns them.
    """
    return bounding_boxes(ndimage.find_objects(numbers))


def in_components(numbers: IntArray, chosen: BoolArray) -> BoolArray:
    """Return which pixels are in chosen components, shape (H, W).

    Args:
        numbers: Shape (H, W), as `label` returns them.
        chosen: Shape (N,), which of the components.
    """
    pixels: BoolArray = np.concatenate([[False], chosen])[numbers]
    return pixels


def enclosed_parts(mask: BoolArray) -> IntArray:
    """Number the connected parts of the background that a mask (H, W) encloses.

    Returns:
        Shape (H, W), from 1 on, 0 in the mask and outside of it.
    """
    numbers, _ = ndimage.label(np.pad(~mask, 1, constant_values=True))
    return np.maximum(numbers - 1, 0)[1:-1, 1:-1]  # what is outside is number 1


def filled(mask: BoolArray) -> BoolArray:
    """Return a mask (H, W) with all that it encloses.

    SciPy's `binary_fill_holes` gives the same in many times as long.
    """
    return np.asarray(mask | (enclosed_parts(mask) > 0))


def half_thickness(mask: BoolArray) -> float:
    """Return the radius of the largest circle in a mask (H, W), in pixels; 0 where it is empty."""
    return float(ndimage.distance_transform_edt(np.pad(mask, 1)).max())


def longer_sides(boxes: IntArray) -> IntArray:
    """Return the longer side of each bounding box (N, 4), shape (N,)."""
    sides: IntArray = (boxes[:, 2:] - boxes[:, :2]).max(axis=1)
    return sides


def typical_size(sizes: npt.NDArray[Any], amounts: npt.NDArray[Any]) -> float:
    """Return the median size of components, each weighted by the amount of its ink.

    That is the least size at which half of the ink is reached.

    Args:
        sizes: Heights or lengths in pixels, shape (N,), one at least.
        amounts: Shape (N,), not negative, and not all 0.
    """
    order = np.argsort(sizes, kind="stable")
    cumulated = np.cumsum(amounts[order])
    return float(sizes[order][np.searchsorted(cumulated, cumulated[-1] / 2)])


def main_component(ink: Uint8Array) -> Uint8Array | None:
    """Return the component that most of the ink belongs to, without the rest.

    Args:
        ink: Shape (H, W), 0 where there is none.

    Returns:
        The same shape, 0 elsewhere; None where no component has most of the ink, where one has all,
        and where others reach into its bounding box, as those of a face do.
    """
    numbers, count = label(ink > _FAINT * int(ink.max()))
    if count < 2:
        return None
    amounts = np.bincount(numbers.ravel(), ink.ravel())[1:]
    main = int(amounts.argmax())
    if amounts[main] < _MAIN * amounts.sum():
        return None
    box = ndimage.find_objects(numbers, main + 1)[-1]
    others = (numbers[box] > 0) & (numbers[box] != main + 1)
    if ink[box][others].sum() > _WITHIN * amounts[main]:
        return None
    return np.where(numbers == main + 1, ink, np.uint8(0))
