"""Group the strokes of a drawing into digits, row by row, from left to right.

`digitrec.drawing.pen_lifts` tells which strokes are one line, broken where the pen was lifted for a
moment; they count as one stroke. `digitrec.drawing.rows` finds the rows. In a row, two strokes
belong to the same digit if they share enough of their horizontal extent: the bar of a crossed 7,
the slash of a 0, both strokes of a 4. If they share little, they are neighbours that stand close
together. A flat stroke close to a tall one is a part of it too, such as the bar of a 5 that starts
to the right of the body, because no digit is that flat. A stroke is never split.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from digitrec.arrays import Float64Array, Int64Array
from digitrec.drawing.pen_lifts import lines_of_pen
from digitrec.drawing.rows import joined_numbers, split_rows
from digitrec.drawing.strokes import Drawing, Stroke

__all__ = ["StrokeGroup", "group_on_canvas", "join_groups", "stroke_groups"]

# Two groups are one digit if they share more than this fraction of the narrower one's width.
_MIN_SHARED_WIDTH = 0.35
# A group is flat if its height is at most this fraction of the tallest group's height. It joins a
# taller group if the gap between them is at most this fraction of the tallest group's height.
_MAX_FLAT_HEIGHT = 0.35
_MAX_GAP = 0.25

# A group is a dot if neither of its sides is longer than this number of pen widths, and it is too
# small to have a shape if neither is longer than this number of pixels.
# A stroke alone is a tap up to more pen widths, a stick if it is upright, and a bar if it is
# straight: its ink is a blot, which looks like a 0 or an 8. It is upright if it goes aside by
# at most a fraction of what it goes down, and straight by a fraction of its length.
_DOT_WIDTHS = 1.5
_TAP_WIDTHS, _STICK_WIDTHS, _BAR_WIDTHS, _UPRIGHT, _STRAIGHT = 2.0, 2.5, 3.5, 0.4, 0.2
_MIN_PIXELS = 10


@dataclass(frozen=True, eq=False)
class StrokeGroup:
    """The strokes of one digit.

    Attributes:
        strokes: The strokes in the order they were drawn.
        box: Bounding box (left, top, right, bottom) of their ink that is on the canvas, in canvas
            pixels.
        row: The row that it stands in, from 0 at the top.
    """

    strokes: tuple[Stroke, ...]
    box: tuple[float, float, float, float]
    row: int = 0

    @property
    def too_small(self) -> bool:
        """Whether it is a dot or a short bar, or has too few pixels to have a shape."""
        left, top, right, bottom = self.box
        pen = min(stroke.width for stroke in self.strokes)
        widths = _DOT_WIDTHS
        if len(self.strokes) == 1:
            widths = _widths_of_a_shape(self.strokes[0])
        return max(right - left, bottom - top) < max(widths * pen, _MIN_PIXELS)


def _widths_of_a_shape(stroke: Stroke) -> float:
    """Return from how many pen widths on a stroke alone has a shape; an upright one is a 1."""
    along = stroke.points[-1] - stroke.points[0]
    across = np.array([-along[1], along[0]]) / max(float(np.hypot(*along)), 1e-9)
    if abs(along[0]) <= _UPRIGHT * abs(along[1]) and along.any():
        return _STICK_WIDTHS
    if np.ptp(stroke.points @ across) > _STRAIGHT * np.ptp(stroke.points, axis=0).max():
        return _TAP_WIDTHS
    return _BAR_WIDTHS


def stroke_groups(drawing: Drawing) -> list[StrokeGroup]:
    """Return the digits of a drawing row by row, without those outside the canvas."""
    found = []
    lines = lines_of_pen(drawing.strokes)
    rows = split_rows(list(lines))
    digits = [(row, digit) for row, in_row in enumerate(rows) for digit in group_strokes(in_row)]
    for row, digit in digits:
        strokes = [stroke for line in digit for stroke in lines[line]]
        group = group_on_canvas(strokes, drawing, row)
        if group is not None:
            found.append(group)
    return found


def group_on_canvas(
    strokes: Sequence[Stroke], drawing: Drawing, row: int = 0
) -> StrokeGroup | None:
    """Make strokes of a drawing a group; None if they are outside the canvas."""
    left, top, right, bottom = zip(*(stroke.box for stroke in strokes), strict=True)
    box = (
        max(min(left), 0.0),
        max(min(top), 0.0),
        min(max(right), float(drawing.width)),
        min(max(bottom), float(drawing.height)),
    )
    if box[0] < box[2] and box[1] < box[3]:
        return StrokeGroup(tuple(strokes), box, row)
    return None


def join_groups(one: StrokeGroup, other: StrokeGroup) -> StrokeGroup:
    """Make two groups of a row one digit; its strokes are in the order of the groups."""
    low = (min(pair) for pair in zip(one.box[:2], other.box[:2], strict=True))
    high = (max(pair) for pair in zip(one.box[2:], other.box[2:], strict=True))
    left, top, right, bottom = *low, *high
    return StrokeGroup(one.strokes + other.strokes, (left, top, right, bottom), one.row)


def group_strokes(strokes: Sequence[Stroke]) -> list[list[Stroke]]:
    """Group the strokes of one row into digits.

    The result does not depend on the position or the size of the drawing.

    Returns:
        The digits from left to right. Each stroke is in exactly one of them, and the strokes of a
        digit keep their order.
    """
    if not strokes:
        return []
    boxes = np.array([stroke.box for stroke in strokes])  # (N, 4) left, top, right, bottom
    group_of = np.arange(len(strokes))  # (N,) number of the group of each stroke
    while True:
        found, group_of = np.unique(group_of, return_inverse=True)
        group_boxes = _unite(boxes, group_of, len(found))
        joined = _join_overlapping(group_boxes)
        if len(np.unique(joined)) == len(found):
            joined = _join_flat(group_boxes, group_of)
        if len(np.unique(joined)) == len(found):
            break
        group_of = joined[group_of]
    order = np.argsort(group_boxes[:, 0] + group_boxes[:, 2], kind="stable")
    return [[strokes[i] for i in np.flatnonzero(group_of == number).tolist()] for number in order]


def _unite(boxes: Float64Array, group_of: Int64Array, groups: int) -> Float64Array:
    """Return the bounding boxes (G, 4) of the groups of boxes (N, 4)."""
    united = np.tile([np.inf, np.inf, -np.inf, -np.inf], (groups, 1))
    np.minimum.at(united[:, :2], group_of, boxes[:, :2])
    np.maximum.at(united[:, 2:], group_of, boxes[:, 2:])
    return united


def _join_overlapping(boxes: Float64Array) -> Int64Array:
    """Return new numbers (G,) of groups: equal if they share enough of the narrower's width."""
    left, right = boxes[:, 0], boxes[:, 2]
    shared = np.minimum(right[:, None], right) - np.maximum(left[:, None], left)
    width = right - left
    return joined_numbers(shared > _MIN_SHARED_WIDTH * np.minimum(width[:, None], width))


def _join_flat(boxes: Float64Array, group_of: Int64Array) -> Int64Array:
    """Return new numbers (G,) of groups: the flattest with a taller group close to it joins it."""
    height = boxes[:, 3] - boxes[:, 1]
    max_gap = _MAX_GAP * height.max()
    number = np.arange(len(boxes))
    for flat in np.argsort(height, kind="stable"):
        if height[flat] > _MAX_FLAT_HEIGHT * height.max():
            break
        gap = np.maximum(boxes[:, 0] - boxes[flat, 2], boxes[flat, 0] - boxes[:, 2])
        near = np.flatnonzero((gap <= max_gap) & (height > height[flat]))
        if len(near):
            # Most people draw a bar just after its body, so prefer the group drawn before it.
            first = int(np.flatnonzero(group_of == flat)[0])
            before = group_of[first - 1] if first else -1
            number[flat] = before if before in near else near[gap[near].argmin()]
            break
    return number
