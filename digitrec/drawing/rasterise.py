"""Turn strokes into pixels: a grey image of the ink, drawn with a round, antialiased pen."""

from __future__ import annotations

import importlib
import logging
import math
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from digitrec.arrays import Uint8Array
from digitrec.drawing.strokes import Drawing, Stroke
from digitrec.errors import DigitrecError

if TYPE_CHECKING:
    from matplotlib.backend_bases import GraphicsContextBase

__all__ = [
    "MAX_POINTS",
    "MAX_SIDE",
    "check_limits",
    "import_agg",
    "rasterise",
    "rasterise_box",
    "rasterise_drawing",
]

MAX_POINTS = 100_000
MAX_SIDE = 2**15  # pixels of the canvas of a drawing in a file
MAX_PIXELS = 2**25  # with the margin; four bytes each while it is drawn
MAX_STROKES = 20_000
MAX_LENGTH = 3e6  # pixels that the pen moves in all, at which Agg takes 170 MB
MAX_INK = 1e9  # pixels under the pen, each as often as it passes

_NO_LENGTH = 1e-9  # pixels; a path that is shorter along both axes is a dot
_HALF_DOT = 0.005  # pixels: half the length that a dot is drawn with, too little to see
_MAX_MARGIN = 4  # times the longer side of a canvas; what is farther outside is left out
_MIN_LIMIT = 256  # pixels of margin that even a tiny canvas may have


def rasterise_drawing(drawing: Drawing) -> Uint8Array:
    """Return the ink of a drawing as `rasterise` does, in the size of its canvas."""
    return rasterise(drawing.strokes, drawing.width, drawing.height)


def rasterise_box(
    strokes: Iterable[Stroke], box: tuple[float, float, float, float]
) -> tuple[Uint8Array, int, int]:
    """Rasterise what strokes have in a box: the same pixels that they have on the whole canvas.

    Args:
        strokes: The strokes, in canvas pixels.
        box: Left, top, right and bottom in canvas pixels; all pixels that it cuts are drawn.

    Returns:
        The ink as `rasterise` returns it, and the column and the row of its first pixel.
    """
    left, top = (math.floor(value) for value in box[:2])
    right, bottom = (math.ceil(value) for value in box[2:])
    moved = [Stroke(stroke.points - (left, top), stroke.width) for stroke in strokes]
    return rasterise(moved, right - left, bottom - top), left, top


def rasterise(strokes: Iterable[Stroke], width: int, height: int) -> Uint8Array:
    """Draw strokes with a round, antialiased pen, and cut off what is outside the canvas.

    The pixels are computed by the Anti-Grain Geometry library (Agg), which comes with matplotlib.

    Args:
        strokes: The strokes, in canvas pixels.
        width: Width of the canvas in pixels.
        height: Height of the canvas in pixels.

    Returns:
        Ink coverage, uint8 array (height, width): 0 without ink, 255 where ink covers the pixel.

    Raises:
        ValueError: If the canvas has no pixels.
        DigitrecError: If a stroke is too long to be drawn.
    """
    import_agg()
    from matplotlib.backends.backend_agg import RendererAgg
    from matplotlib.path import Path
    from matplotlib.transforms import IdentityTransform

    if width < 1 or height < 1:
        raise ValueError(f"a canvas must have at least 1×1 pixels; got {width}×{height}")
    strokes = list(strokes)
    margin = _margin(strokes, width, height)
    # At 72 dots per inch, one point, matplotlib's unit of line width, is one pixel.
    renderer = RendererAgg(width + 2 * margin, height + 2 * margin, 72.0)
    for stroke in strokes:
        points = stroke.points
        if np.ptp(points, axis=0).max() < _NO_LENGTH:
            # Agg draws nothing for a path of length 0: make it a little longer.
            points = points[0] + np.array([[-_HALF_DOT, 0.0], [_HALF_DOT, 0.0]])
        pen = renderer.new_gc()
        _set_round_pen(pen, stroke.width)
        # Agg's y axis points up and its origin is at the lower left.
        path = Path(points * (1, -1) + (margin, height + margin))
        try:
            renderer.draw_path(pen, path, IdentityTransform())
        except OverflowError:  # of Agg's memory for the edges of one path
            raise DigitrecError(
                f"a stroke of {len(points):,} points is too long to be drawn; split it in two"
            ) from None
    ink = np.asarray(renderer.buffer_rgba())[..., 3]  # (height + 2 margin, width + 2 margin)
    return np.array(ink[margin : margin + height, margin : margin + width])


@cache
def import_agg() -> None:
    """Import Agg, which is slow: the window opens before it needs any pixels.

    matplotlib is silent meanwhile: where it cannot write, it would tell of a cache of fonts, of
    which strokes have no need.
    """
    logger = logging.getLogger("matplotlib")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        importlib.import_module("matplotlib.backends.backend_agg")
    finally:
        logger.setLevel(level)


def check_limits(drawing: Drawing) -> None:
    """Check that a drawing out of a file can be rasterised in a second or two, and in 300 MB.

    The limits are far beyond what a hand draws in an hour.

    Raises:
        ValueError: If it is too large: one that says what.
    """
    width, height, strokes = drawing.width, drawing.height, list(drawing.strokes)
    points = sum(len(stroke.points) for stroke in strokes)
    if points > MAX_POINTS:
        raise ValueError(f"it has {points:,} points, more than {MAX_POINTS:,}")
    if len(strokes) > MAX_STROKES:
        raise ValueError(f"it has {len(strokes):,} strokes, more than {MAX_STROKES:,}")
    margin = _margin(strokes, width, height)
    if (width + 2 * margin) * (height + 2 * margin) > MAX_PIXELS:
        raise ValueError(
            f"its canvas of {width}×{height} and the strokes around it have more than "
            f"{MAX_PIXELS / 2**20:.0f} million pixels"
        )
    side, length, area = float(max(width, height)), 0.0, 0.0
    for stroke in strokes:
        # What is far outside costs nothing.
        path = np.diff(np.clip(stroke.points, -2 * side, 3 * side), axis=0)
        moved, pen = float(np.hypot(*path.T).sum()), min(stroke.width, 2 * side)
        length += moved
        area += (moved + pen) * pen
    if length > MAX_LENGTH or area > MAX_INK:
        raise ValueError("its strokes are too long, or its pen too wide, to be drawn")


def _margin(strokes: list[Stroke], width: int, height: int) -> int:
    """Return how many pixels to draw around the canvas and to cut off afterwards.

    matplotlib clips a path whose middle is more than one pixel outside: it drops parts of which a
    wide pen leaves ink inside, and draws the rest in pieces whose ink adds up where they meet. So
    there is room for the whole of each stroke. Of one that goes very far outside, there is room
    for the parts whose ink may reach inside.
    """
    limit = max(_MAX_MARGIN * max(width, height), _MIN_LIMIT)
    margin = 0.0
    for stroke in strokes:
        outside = max(-stroke.points.min(), (stroke.points - (width, height)).max())
        if outside > 1:
            reach = min(stroke.width / 2, outside)
            margin = max(margin, (outside if outside + reach < limit else 0) + reach + 1)
    # A pen that reaches further than this is so wide that its edge looks straight.
    return int(min(np.ceil(margin), limit))


def _set_round_pen(pen: GraphicsContextBase, width: float) -> None:
    pen.set_linewidth(width)
    pen.set_capstyle("round")
    pen.set_joinstyle("round")
    pen.set_foreground((0.0, 0.0, 0.0))
    pen.set_snap(False)
