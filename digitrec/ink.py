"""Strokes and how they become pixels: what a pen did, with no window and no network.

Coordinates are pixels of the canvas: x to the right, y down, (0, 0) the upper left corner.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from matplotlib.backend_bases import GraphicsContextBase
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.path import Path
from matplotlib.transforms import IdentityTransform

__all__ = ["Drawing", "Stroke", "rasterise"]


@dataclass(frozen=True, eq=False)
class Stroke:
    """The pen's path from pen-down to pen-up.

    points: float array (P, 2) of x, y in canvas pixels, P at least 1 (a single point is a dot).
    width: diameter of the round pen in canvas pixels, above 0.
    """

    points: npt.NDArray[np.float64]
    width: float

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


@dataclass
class Drawing:
    """Strokes on a canvas of ``width`` × ``height`` pixels, with undo and redo by stroke."""

    width: int
    height: int
    strokes: list[Stroke] = field(default_factory=list)
    _undone: list[Stroke] = field(default_factory=list, repr=False, compare=False)

    def add(self, stroke: Stroke) -> None:
        """Put a stroke on top. What was undone before it can no longer be redone."""
        self.strokes.append(stroke)
        self._undone.clear()

    def undo(self) -> bool:
        """Take the last stroke away; False where there is none."""
        if not self.strokes:
            return False
        self._undone.append(self.strokes.pop())
        return True

    def redo(self) -> bool:
        """Bring back the stroke undone last; False where there is none."""
        if not self._undone:
            return False
        self.strokes.append(self._undone.pop())
        return True

    def clear(self) -> None:
        """Undo all strokes at once; redo brings them back one by one, the first first."""
        self._undone.clear()
        self._undone.extend(reversed(self.strokes))
        self.strokes.clear()

    def bounds(self) -> tuple[float, float, float, float] | None:
        """Box (left, top, right, bottom) of the ink, pen width included; None without strokes."""
        if not self.strokes:
            return None
        low = np.min([s.points.min(axis=0) - s.width / 2 for s in self.strokes], axis=0)
        high = np.max([s.points.max(axis=0) + s.width / 2 for s in self.strokes], axis=0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])

    def rasterise(self) -> npt.NDArray[np.uint8]:
        """Ink coverage (height, width), uint8: 0 where there is none, 255 where it is full."""
        return rasterise(self.strokes, self.width, self.height)


def rasterise(strokes: Iterable[Stroke], width: int, height: int) -> npt.NDArray[np.uint8]:
    """Draw strokes with a round pen, antialiased, the part outside the canvas cut off.

    Returns ink coverage (height, width), uint8. The scan conversion is that of the Anti-Grain
    Geometry library, as matplotlib ships it.
    """
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
