"""Which strokes make a digit: the strokes of a drawing, split into digits from left to right.

Strokes that lie over one another, seen from above, belong together: the bar of a crossed 7, the
slash of a barred 0, both strokes of a 4. What overlaps its neighbour by little only stands close
to it. A flat stroke beside a tall one is a part of it (the bar of a 5 that begins right of the
body): no digit is that flat. A single stroke is never split.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from digitrec.arrays import Float64Array, Int64Array
from digitrec.drawing.strokes import Drawing, Stroke

__all__ = ["Part", "group", "parts"]

# Two parts are one digit where they share this much of the narrower one's width.
_SHARED = 0.35
# A part lower than this share of the drawing's tallest is no digit of its own, but a bar or a dot,
# and belongs to what is nearer than this share of the tallest.
_FLAT = 0.35
_NEAR = 0.25

# A part that is not longer than this many pen widths is a dot, whatever it was meant to be; one of
# fewer pixels than this has no shape that a network could know it by.
_DOT = 1.5
_FEWEST_PIXELS = 10


@dataclass(frozen=True, eq=False)
class Part:
    """A group of strokes, and the box (left, top, right, bottom) of it that is on the canvas."""

    strokes: tuple[Stroke, ...]
    box: tuple[float, float, float, float]

    @property
    def too_small(self) -> bool:
        """Whether it is a dot, or has too few pixels to be anything."""
        left, top, right, bottom = self.box
        pen = min(stroke.width for stroke in self.strokes)
        return max(right - left, bottom - top) < max(_DOT * pen, _FEWEST_PIXELS)


def parts(drawing: Drawing) -> list[Part]:
    """Return the digits of a drawing, from left to right; what is outside the canvas is none."""
    found = []
    for strokes in group(drawing.strokes):
        left, top, right, bottom = zip(*(stroke.box for stroke in strokes), strict=True)
        box = (
            max(min(left), 0.0),
            max(min(top), 0.0),
            min(max(right), float(drawing.width)),
            min(max(bottom), float(drawing.height)),
        )
        if box[0] < box[2] and box[1] < box[3]:
            found.append(Part(tuple(strokes), box))
    return found


def group(strokes: Sequence[Stroke]) -> list[list[Stroke]]:
    """Split strokes into digits, from left to right; within each they keep their order.

    Every stroke is in exactly one group. The result does not depend on where the drawing lies or
    how large it is.
    """
    if not strokes:
        return []
    boxes = np.array([stroke.box for stroke in strokes])  # (N, 4) left, top, right, bottom
    owner = np.arange(len(strokes))
    while True:
        found, owner = np.unique(owner, return_inverse=True)
        whole = _unite(boxes, owner, len(found))
        joined = _join_overlapping(whole)
        if len(np.unique(joined)) == len(found):
            joined = _join_flat(whole, owner)
        if len(np.unique(joined)) == len(found):
            break
        owner = joined[owner]
    order = np.argsort(whole[:, 0] + whole[:, 2], kind="stable")
    return [[strokes[i] for i in np.flatnonzero(owner == part).tolist()] for part in order]


def _unite(boxes: Float64Array, owner: Int64Array, parts: int) -> Float64Array:
    """Boxes (G, 4) that hold all boxes (N, 4) of each part."""
    whole = np.tile([np.inf, np.inf, -np.inf, -np.inf], (parts, 1))
    np.minimum.at(whole[:, :2], owner, boxes[:, :2])
    np.maximum.at(whole[:, 2:], owner, boxes[:, 2:])
    return whole


def _join_overlapping(boxes: Float64Array) -> Int64Array:
    """Number parts (G,) anew: alike where they share enough of the narrower one's width."""
    left, right = boxes[:, 0], boxes[:, 2]
    shared = np.minimum(right[:, None], right) - np.maximum(left[:, None], left)
    width = right - left
    together = shared > _SHARED * np.minimum(width[:, None], width)
    number = np.arange(len(boxes))
    for i in range(len(boxes)):
        # All that were joined to any of these before are joined to one another now.
        met = np.isin(number, number[together[i]])
        number[met] = number[met].min()
    return number


def _join_flat(boxes: Float64Array, owner: Int64Array) -> Int64Array:
    """Number parts (G,) anew: the flattest part that has a taller one near it joins it."""
    height = boxes[:, 3] - boxes[:, 1]
    reach = _NEAR * height.max()
    number = np.arange(len(boxes))
    for part in np.argsort(height, kind="stable"):
        if height[part] > _FLAT * height.max():
            break
        gap = np.maximum(boxes[:, 0] - boxes[part, 2], boxes[part, 0] - boxes[:, 2])
        near = np.flatnonzero((gap <= reach) & (height > height[part]))
        if len(near):
            # A bar is drawn after its body, mostly: that one before another as near.
            first = int(np.flatnonzero(owner == part)[0])
            before = owner[first - 1] if first else -1
            body = before if before in near else near[gap[near].argmin()]
            number[part] = body
            break
    return number
