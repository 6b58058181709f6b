"""Strokes and how they become pixels: what a pen did, with no window and no network.

Coordinates are pixels of the canvas: x to the right, y down, (0, 0) the upper left corner.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from digitrec.arrays import Float64Array, Uint8Array

if TYPE_CHECKING:
    from matplotlib.backend_bases import GraphicsContextBase

__all__ = ["Drawing", "Stroke", "rasterise", "touched"]


@dataclass(frozen=True, eq=False)
class Stroke:
    """The pen's path from pen-down to pen-up.

    points: float array (P, 2) of x, y in canvas pixels, P at least 1 (a single point is a dot).
    width: diameter of the round pen in canvas pixels, above 0.
    times: seconds (P,) since the drawing was begun, never falling; None where nobody took them.
    """

    points: Float64Array
    width: float
    times: Float64Array | None = None

    def __post_init__(self) -> None:
        points = np.array(self.points, dtype=np.float64)  # a copy: what was checked stays so
        if points.ndim != 2 or points.shape[1] != 2 or len(points) == 0:
            raise ValueError(
                f"a stroke's points have shape (P, 2), P at least 1; got {points.shape}"
            )
        if not np.isfinite(points).all():
            raise ValueError("a stroke's points must be finite")
        if not 0 < self.width < np.inf:
            raise ValueError(f"a stroke's width must be above 0 and finite; got {self.width}")
        object.__setattr__(self, "points", points)
        if self.times is not None:
            times = np.array(self.times, dtype=np.float64)
            if times.shape != (len(points),):
                raise ValueError(f"a stroke of {len(points)} points has as many times")
            if not (np.isfinite(times).all() and (np.diff(times) >= 0).all()):
                raise ValueError("a stroke's times must be finite and never fall")
            object.__setattr__(self, "times", times)

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Box (left, top, right, bottom) of the ink, pen width included."""
        low, high = self.points.min(axis=0), self.points.max(axis=0)
        half = self.width / 2
        return (
            float(low[0]) - half,
            float(low[1]) - half,
            float(high[0]) + half,
            float(high[1]) + half,
        )


@dataclass(frozen=True)
class _Change:
    """Strokes that one step added to a drawing, or took away, each at its place in the list."""

    added: bool
    places: tuple[int, ...]  # ascending
    strokes: tuple[Stroke, ...]


@dataclass
class Drawing:
    """Strokes on a canvas of ``width`` × ``height`` pixels, with undo and redo step by step.

    A step is a stroke drawn, a sweep of the eraser, or all cleared.
    """

    width: int
    height: int
    strokes: list[Stroke] = field(default_factory=list)
    _done: list[_Change] = field(default_factory=list, repr=False, compare=False)
    _undone: list[_Change] = field(default_factory=list, repr=False, compare=False)

    def add(self, stroke: Stroke) -> None:
        """Put a stroke on top. What was undone before it can no longer be redone."""
        self._do(_Change(True, (len(self.strokes),), (stroke,)))

    def erase(self, strokes: Iterable[Stroke]) -> bool:
        """Take these strokes away in one step; False where none of them is there."""
        wanted = {id(stroke) for stroke in strokes}
        found = [(i, stroke) for i, stroke in enumerate(self.strokes) if id(stroke) in wanted]
        if found:
            places, gone = zip(*found, strict=True)
            self._do(_Change(False, places, gone))
        return bool(found)

    def clear(self) -> bool:
        """Take all strokes away in one step; False where there is none."""
        return self.erase(self.strokes)

    def undo(self) -> bool:
        """Take the last step back; False where there is none.

        The strokes that a drawing was made with count as drawn one by one.
        """
        if self._done:
            change = self._done.pop()
        elif self.strokes:
            change = _Change(True, (len(self.strokes) - 1,), (self.strokes[-1],))
        else:
            return False
        self._undone.append(change)
        self._apply(change, forward=False)
        return True

    def redo(self) -> bool:
        """Take the step undone last once more; False where there is none."""
        if not self._undone:
            return False
        change = self._undone.pop()
        self._done.append(change)
        self._apply(change, forward=True)
        return True

    @property
    def undoable(self) -> bool:
        """Whether there is a step to take back."""
        return bool(self._done or self.strokes)

    @property
    def redoable(self) -> bool:
        """Whether there is a step to take once more."""
        return bool(self._undone)

    def fitted(self, width: int, height: int) -> list[Stroke]:
        """Return the strokes, made smaller where this canvas is larger than width × height."""
        scale = min(1.0, width / self.width, height / self.height)
        return [Stroke(s.points * scale, s.width * scale, s.times) for s in self.strokes]

    def _do(self, change: _Change) -> None:
        self._apply(change, forward=True)
        self._done.append(change)
        self._undone.clear()

    def _apply(self, change: _Change, *, forward: bool) -> None:
        if change.added == forward:
            for place, stroke in zip(change.places, change.strokes, strict=True):
                self.strokes.insert(place, stroke)
        else:
            for place in reversed(change.places):
                del self.strokes[place]

    def bounds(self) -> tuple[float, float, float, float] | None:
        """Box (left, top, right, bottom) of the ink, pen width included; None without strokes."""
        if not self.strokes:
            return None
        left, top, right, bottom = zip(*(stroke.box for stroke in self.strokes), strict=True)
        return min(left), min(top), max(right), max(bottom)

    def left_by_pen(self) -> bool:
        """Whether the pen went beyond the canvas, where what it drew is cut off."""
        size = (self.width, self.height)
        return any(
            bool((stroke.points < 0).any() or (stroke.points > size).any())
            for stroke in self.strokes
        )

    def rasterise(self) -> Uint8Array:
        """Ink coverage (height, width), uint8: 0 where there is none, 255 where it is full."""
        return rasterise(self.strokes, self.width, self.height)


def rasterise(strokes: Iterable[Stroke], width: int, height: int) -> Uint8Array:
    """Draw strokes with a round pen, antialiased, the part outside the canvas cut off.

    Returns ink coverage (height, width), uint8. The scan conversion is that of the Anti-Grain
    Geometry library, as matplotlib ships it.
    """
    # Imported here, for it takes a while, and strokes are drawn in a window that has just opened.
    from matplotlib.backends.backend_agg import RendererAgg
    from matplotlib.path import Path
    from matplotlib.transforms import IdentityTransform

    if width < 1 or height < 1:
        raise ValueError(f"a canvas has at least 1×1 pixels; got {width}×{height}")
    strokes = list(strokes)
    margin = _margin(strokes, width, height)
    # At 72 dots an inch a point, matplotlib's unit of line width, is a pixel.
    renderer = RendererAgg(width + 2 * margin, height + 2 * margin, 72.0)
    for stroke in strokes:
        points = stroke.points
        if len(points) == 1 or (points == points[0]).all():
            # Agg draws nothing for a path of no length: give a dot one too small to see.
            points = points[0] + np.array([[-0.005, 0.0], [0.005, 0.0]])
        pen = renderer.new_gc()
        _set_round_pen(pen, stroke.width)
        # Agg's y axis points up and its origin is at the lower left.
        renderer.draw_path(
            pen, Path(points * (1, -1) + (margin, height + margin)), IdentityTransform()
        )
    ink = np.asarray(renderer.buffer_rgba())[..., 3]
    return np.array(ink[margin : margin + height, margin : margin + width])


def touched(strokes: Iterable[Stroke], path: Float64Array, radius: float) -> list[Stroke]:
    """Return the strokes whose ink a round eraser meets on its way.

    path: points (N, 2) of the eraser's middle, joined by straight lines. radius: half its width.
    """
    path = np.asarray(path, dtype=np.float64)
    low, high = path.min(axis=0) - radius, path.max(axis=0) + radius
    found = []
    for stroke in strokes:
        left, top, right, bottom = stroke.box
        apart = right < low[0] or left > high[0] or bottom < low[1] or top > high[1]
        if not apart and _distance(path, stroke.points) <= radius + stroke.width / 2:
            found.append(stroke)
    return found


def _distance(one: Float64Array, other: Float64Array) -> float:
    """Shortest distance between two polylines (N, 2) and (M, 2)."""
    return min(_to_line(one, other), _to_line(other, one), _crossing(one, other))


def _to_line(points: Float64Array, line: Float64Array) -> float:
    """Shortest distance from points (N, 2) to a polyline (M, 2)."""
    start, step = line[:-1], np.diff(line, axis=0)  # (M - 1, 2)
    if len(start) == 0:
        start, step = line, np.zeros_like(line)
    length = (step**2).sum(axis=1)
    away = points[:, None] - start  # (N, M - 1, 2)
    along = (away * step).sum(axis=2) / np.where(length > 0, length, 1)
    nearest = away - along.clip(0, 1)[..., None] * step
    return float(np.sqrt((nearest**2).sum(axis=2).min()))


def _crossing(one: Float64Array, other: Float64Array) -> float:
    """0 where two polylines cross, else infinity."""
    a, b = one[:-1, None], one[1:, None]  # (N - 1, 1, 2)
    c, d = other[None, :-1], other[None, 1:]  # (1, M - 1, 2)
    sides = _side(a, b, c) * _side(a, b, d), _side(c, d, a) * _side(c, d, b)
    return 0.0 if ((sides[0] < 0) & (sides[1] < 0)).any() else np.inf


def _side(a: Float64Array, b: Float64Array, point: Float64Array) -> Float64Array:
    """On which side of the line through a and b a point lies: the sign of a cross product."""
    line, away = b - a, point - a
    side: Float64Array = line[..., 0] * away[..., 1] - line[..., 1] * away[..., 0]
    return side


def _margin(strokes: list[Stroke], width: int, height: int) -> int:
    """Pixels to draw around the canvas, to be cut off again.

    matplotlib drops the parts of a path whose middle is more than a pixel outside, though a wide
    pen there still leaves ink inside.
    """
    margin = 0.0
    for stroke in strokes:
        outside = max(-stroke.points.min(), (stroke.points - (width, height)).max())
        if outside > 1:
            margin = max(margin, min(stroke.width / 2, outside) + 1)
    # A pen that reaches further than this is so wide that the bend of its edge does not show.
    return int(min(np.ceil(margin), 4 * max(width, height)))


def _set_round_pen(pen: GraphicsContextBase, width: float) -> None:
    pen.set_linewidth(width)
    pen.set_capstyle("round")
    pen.set_joinstyle("round")
    pen.set_foreground((0.0, 0.0, 0.0))
    pen.set_snap(False)
