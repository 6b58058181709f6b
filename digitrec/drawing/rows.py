"""Split the strokes of a drawing into rows, from top to bottom.

Two tall strokes that are close to one another stand in the same row if they share enough of their
vertical extent, and so do two pieces of a row with a wide space between them. Rows need not be
level: it is enough that each digit shares it with its neighbour. A small stroke, such as the bar of
a 5, joins the tall stroke that it is closest to. What is left are rows that lie below one another.
Two of them are one after all if so little is between them that they are the upper and the lower
half of the same digits, as of an 8 that is drawn as two circles; or if all their strokes touch.

A drawing of a single row stays as it is. `digitrec.drawing.grouping` finds the digits of a row.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from digitrec.arrays import BoolArray, Float64Array, Int64Array
from digitrec.drawing.strokes import Stroke
from digitrec.drawing.touching_strokes import are_close

__all__ = ["joined_numbers", "split_rows"]

# A stroke is small if its height, without the pen's width, is at most this fraction of the typical
# height, which is this quantile of the heights; or this fraction of its own width.
_MAX_SMALL, _TYPICAL, _MAX_FLAT = 0.4, 0.75, 0.25
# Two tall strokes stand in one row if they share more than this fraction of the lower one's height.
_MIN_SHARED_HEIGHT = 0.5
# Close strokes are at most this fraction of the typical height apart.
_MAX_SPACE = 1.5
# Two rows are one if the gap between them is less than this fraction of the typical height. It is
# larger if each row is a single stroke, as both halves of an 8 are.
_MIN_ROW_GAP, _MIN_GAP_OF_SINGLE = 0.12, 0.26


def split_rows(strokes: Sequence[Stroke]) -> list[list[Stroke]]:
    """Split strokes into rows.

    The result does not depend on the position or the size of the drawing.

    Returns:
        The rows from top to bottom. Each stroke is in exactly one of them, and the strokes of a row
        keep their order.
    """
    if not strokes:
        return []
    boxes = np.array([_box(stroke) for stroke in strokes])  # (N, 4) left, top, right, bottom
    width, height = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    typical = float(np.quantile(height, _TYPICAL))
    tall = np.flatnonzero((height > _MAX_SMALL * typical) & (height > _MAX_FLAT * width))
    if len(tall) < 2:
        return [list(strokes)]
    row_of = np.full(len(strokes), -1)
    close = _share(boxes[tall], boxes[tall], 0) > -_MAX_SPACE * typical
    row_of[tall] = joined_numbers(close & _beside(boxes[tall], boxes[tall]))
    _join_pieces(boxes, row_of, tall)
    for small in np.flatnonzero(row_of < 0).tolist():
        row_of[small] = row_of[_closest(boxes, small, tall)]
    row_of = _join_halves(boxes, row_of, typical, strokes)
    numbers = np.unique(row_of)
    middle = [_middle(boxes[row_of == number]) for number in numbers]
    order = numbers[np.argsort(middle, kind="stable")]
    return [[strokes[i] for i in np.flatnonzero(row_of == number).tolist()] for number in order]


def _box(stroke: Stroke) -> tuple[float, float, float, float]:
    """Bounding box of a stroke's path: the width of the pen would close the gaps between rows."""
    (left, top), (right, bottom) = stroke.points.min(axis=0), stroke.points.max(axis=0)
    return float(left), float(top), float(right), float(bottom)


def _share(boxes: Float64Array, others: Float64Array, axis: int) -> Float64Array:
    """Return the length (N, M) that boxes (N, 4) and others (M, 4) share; below 0, their gap.

    axis: 0 for their horizontal extent, 1 for the vertical one.
    """
    low = np.maximum(boxes[:, None, axis], others[:, axis])
    shared: Float64Array = np.minimum(boxes[:, None, axis + 2], others[:, axis + 2]) - low
    return shared


def _beside(boxes: Float64Array, others: Float64Array) -> BoolArray:
    """Return whether boxes (N, 4) and others (M, 4) share enough of the lower one's height."""
    one, other = boxes[:, 3] - boxes[:, 1], others[:, 3] - others[:, 1]
    least = _MIN_SHARED_HEIGHT * np.minimum(one[:, None], other)
    beside: BoolArray = _share(boxes, others, 1) > least
    return beside


def joined_numbers(together: BoolArray) -> Int64Array:
    """Join what is together, also by way of others.

    Args:
        together: (G, G), symmetric: which of G items are together.

    Returns:
        Numbers (G,), equal for all items that are joined: the lowest index among them.
    """
    number = np.arange(len(together))
    for i in range(len(together)):
        # All that were joined to any of these before are joined to one another now.
        joined = np.isin(number, number[together[i]])
        number[joined] = number[joined].min()
    return number


def _join_pieces(boxes: Float64Array, row_of: Int64Array, tall: Int64Array) -> None:
    """Give pieces of a row that are far apart the same number: the last and the first are level."""
    pieces = sorted(np.unique(row_of[tall]), key=lambda n: boxes[row_of == n, 0].min())
    for i, right in enumerate(pieces):
        of_right = np.flatnonzero(row_of == right)
        first = of_right[boxes[of_right, 0].argmin()]
        for left in reversed(pieces[:i]):
            of_left = np.flatnonzero(row_of == left)
            if not len(of_left):
                continue
            last = of_left[boxes[of_left, 2].argmax()]
            if boxes[last, 2] <= boxes[first, 0] and _beside(boxes[[last]], boxes[[first]])[0, 0]:
                row_of[of_left] = right
                break


def _closest(boxes: Float64Array, small: int, tall: Int64Array) -> int:
    """Return which tall stroke a small one belongs to: the closest; of two, that drawn before."""
    gap = np.maximum(boxes[tall, :2] - boxes[small, 2:], boxes[small, :2] - boxes[tall, 2:])
    distance = np.hypot(*np.maximum(gap, 0).T)
    before = np.where(tall < small, small - tall, len(boxes) + tall - small)
    return int(tall[np.lexsort((before, distance))[0]])


def _middle(boxes: Float64Array) -> float:
    return float(np.mean(boxes[:, [1, 3]]))


def _join_halves(
    boxes: Float64Array, row_of: Int64Array, typical: float, strokes: Sequence[Stroke]
) -> Int64Array:
    """Return the rows, with those joined that touch or are halves of the same digits."""
    numbers = sorted(np.unique(row_of), key=lambda number: _middle(boxes[row_of == number]))
    joined = row_of.copy()
    for above, below in itertools.pairwise(numbers):
        upper, lower = boxes[row_of == above], boxes[row_of == below]
        single = len(upper) == len(lower) == 1
        is_half = _gap(upper, lower) < (_MIN_GAP_OF_SINGLE if single else _MIN_ROW_GAP) * typical
        own, others = np.flatnonzero(row_of == above), np.flatnonzero(row_of == below)
        if is_half or _all_touch(own, others, strokes):
            joined[joined == above] = below
    return joined


def _all_touch(upper: Int64Array, lower: Int64Array, strokes: Sequence[Stroke]) -> bool:
    """Tell whether each stroke of the upper of two rows touches one of the lower, and they it.

    Where only some touch, as a long 9 the digit below it, they are two rows.
    """
    sides = upper.tolist(), lower.tolist()
    return all(
        any(are_close(strokes[i], strokes[j]) for j in others)
        for some, others in (sides, sides[::-1])
        for i in some
    )


def _gap(upper: Float64Array, lower: Float64Array) -> float:
    """Return the vertical gap between two rows: the median where their strokes face each other."""
    gaps = lower[:, 1] - upper[:, None, 3]  # (U, L)
    facing = _share(upper, lower, 0) > 0
    return float(np.median(gaps[facing] if facing.any() else gaps))
