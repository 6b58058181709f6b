"""Strokes of a pen, and a drawing that is made of them, with undo and redo.

Coordinates are pixels of the canvas: x grows to the right and y grows downwards; (0, 0) is the
upper left corner. `digitrec.drawing.rasterise` turns strokes into pixels.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from digitrec.arrays import Float64Array

__all__ = ["Drawing", "Stroke"]


@dataclass(frozen=True, eq=False)
class Stroke:
    """The path of a pen from the moment it touches the canvas until it is lifted.

    Attributes:
        points: Float array (P, 2) of x and y in canvas pixels. P is at least 1; a single point is a
            dot.
        width: Diameter of the round pen in canvas pixels, above 0.
        times: Float array (P,), seconds since the drawing was started, never decreasing. None if
            the times are unknown.

    Raises:
        ValueError: If an attribute has the wrong shape or a value that is out of range.
    """

    points: Float64Array
    width: float
    times: Float64Array | None = None

    def __post_init__(self) -> None:
        # Copies: nobody can change the arrays after they were checked.
        points = np.array(self.points, dtype=np.float64)
        if points.ndim != 2 or points.shape[1] != 2 or len(points) == 0:
            raise ValueError(
                f"a stroke's points must have shape (P, 2) with P at least 1; got {points.shape}"
            )
        if not np.isfinite(points).all():
            raise ValueError("a stroke's points must be finite")
        if not 0 < self.width < np.inf:
            raise ValueError(f"a stroke's width must be above 0 and finite; got {self.width}")
        object.__setattr__(self, "points", points)
        if self.times is not None:
            times = np.array(self.times, dtype=np.float64)
            if times.shape != (len(points),):
                raise ValueError(f"a stroke of {len(points)} points must have as many times")
            if not (np.isfinite(times).all() and (np.diff(times) >= 0).all()):
                raise ValueError("a stroke's times must be finite and must not decrease")
            object.__setattr__(self, "times", times)

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Bounding box (left, top, right, bottom) of the ink, including the width of the pen."""
        low, high = self.points.min(axis=0), self.points.max(axis=0)
        half = self.width / 2
        return (
            float(low[0]) - half,
            float(low[1]) - half,
            float(high[0]) + half,
            float(high[1]) + half,
        )


@dataclass(frozen=True, slots=True)  # one for each stroke that was ever drawn
class _Change:
    """Strokes that one step added to a drawing or removed from it.

    Attributes:
        added: True if the strokes were added, False if they were removed.
        places: The index of each stroke in the list of strokes, in ascending order.
        strokes: The strokes, one for each place.
    """

    added: bool
    places: tuple[int, ...]
    strokes: tuple[Stroke, ...]


@dataclass
class Drawing:
    """Strokes on a canvas, with undo and redo.

    One step of undo is one stroke added, one sweep of the eraser, or the whole canvas cleared.

    Attributes:
        width: Width of the canvas in pixels.
        height: Height of the canvas in pixels.
        strokes: The strokes in the order they were drawn. The last one is on top.
    """

    width: int
    height: int
    strokes: list[Stroke] = field(default_factory=list)
    _done: list[_Change] = field(default_factory=list, repr=False, compare=False)
    _undone: list[_Change] = field(default_factory=list, repr=False, compare=False)

    def add(self, stroke: Stroke) -> None:
        """Add a stroke on top. Steps that were undone before it can no longer be redone."""
        self._do(_Change(True, (len(self.strokes),), (stroke,)))

    def erase(self, strokes: Iterable[Stroke]) -> bool:
        """Remove these strokes in one step.

        Args:
            strokes: The very objects that are in the drawing. Others are ignored.

        Returns:
            Whether any stroke was removed.
        """
        wanted = {id(stroke) for stroke in strokes}
        found = [(i, stroke) for i, stroke in enumerate(self.strokes) if id(stroke) in wanted]
        if found:
            places, gone = zip(*found, strict=True)
            self._do(_Change(False, places, gone))
        return bool(found)

    def clear(self) -> bool:
        """Remove all strokes in one step, and return whether there was any."""
        return self.erase(self.strokes)

    def undo(self) -> bool:
        """Undo the last step, and return whether there was one.

        Strokes that the drawing was created with are undone one by one.
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
        """Redo the step that was undone last, and return whether there was one."""
        if not self._undone:
            return False
        change = self._undone.pop()
        self._done.append(change)
        self._apply(change, forward=True)
        return True

    @property
    def undoable(self) -> bool:
        """Whether there is a step to undo."""
        return bool(self._done or self.strokes)

    @property
    def redoable(self) -> bool:
        """Whether there is a step to redo."""
        return bool(self._undone)

    def scaled_to_fit(self, width: int, height: int) -> list[Stroke]:
        """Return the strokes, scaled down if this canvas is larger than ``width`` × ``height``."""
        scale = min(1.0, width / self.width, height / self.height)
        return [Stroke(s.points * scale, s.width * scale, s.times) for s in self.strokes]

    def bounds(self) -> tuple[float, float, float, float] | None:
        """Return the bounding box (left, top, right, bottom) of the ink; None without strokes."""
        if not self.strokes:
            return None
        left, top, right, bottom = zip(*(stroke.box for stroke in self.strokes), strict=True)
        return min(left), min(top), max(right), max(bottom)

    def pen_left_canvas(self) -> bool:
        """Return whether the pen went beyond the canvas, where its ink is cut off."""
        size = (self.width, self.height)
        return any(
            bool((stroke.points < 0).any() or (stroke.points > size).any())
            for stroke in self.strokes
        )

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
