"""The strokes on the canvas: first shown as lines, then as the pixels that the network sees.

Tk draws a line quickly, so the pen leaves one at once. As soon as there is time, lines are replaced
by the pixels of `digitrec.drawing.rasterise`.
"""

from __future__ import annotations

import math
import tkinter as tk
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from digitrec.gui.theme import Theme, mix
from digitrec.gui.tk_images import coloured_ppm, delete_images

# NumPy and what needs it are imported in functions, because the window is shown before.
if TYPE_CHECKING:
    from digitrec.drawing.strokes import Stroke

__all__ = ["StrokeLayer"]

UNFINISHED = "unfinished"  # tag of the lines of a stroke that is being drawn


class StrokeLayer:
    """Shows strokes on a Tk canvas.

    Attributes:
        shown: The strokes that are shown.
        image: The strokes that are shown as pixels.
    """

    def __init__(self, area: tk.Canvas, theme: Theme) -> None:
        self.shown: list[Stroke] = []
        self._area, self._theme = area, theme
        self._as_lines: dict[int, Stroke] = {}  # shown as lines, by their id
        self.image = tk.PhotoImage(master=area, width=1, height=1)
        area.create_image(0, 0, image=self.image, anchor="nw", tags="pixels")

    def delete(self) -> None:
        """Delete the image when the canvas is destroyed."""
        delete_images(self.image)

    def resize(self, width: int, height: int) -> None:
        """Change the size of the canvas, and show all strokes as lines again."""
        self.image.configure(width=width, height=height)
        self.repaint(self.shown)

    # --- as lines -----------------------------------------------------------------------------

    def extend_unfinished(self, points: Sequence[Sequence[float]], width: float) -> None:
        """Draw the next piece of a stroke that is being drawn."""
        self._draw_line(points, width, UNFINISHED, f"{UNFINISHED}-edge")

    def finish(self, stroke: Stroke) -> None:
        """Replace the stroke that was being drawn with this finished one."""
        self._area.itemconfigure(UNFINISHED, tags="line")
        self._area.itemconfigure(f"{UNFINISHED}-edge", tags="edge")
        self._as_lines[id(stroke)] = stroke
        self.shown.append(stroke)

    def show(self, strokes: Sequence[Stroke]) -> None:
        """Show these strokes and no others. Nothing is drawn if they are shown already."""
        if [*map(id, strokes)] != [*map(id, self.shown)]:
            self.repaint(strokes)

    def repaint(self, strokes: Sequence[Stroke]) -> None:
        """Show these strokes as lines."""
        self._area.delete("line", "edge")
        self.image.blank()
        self.shown = list(strokes)
        self._as_lines = {id(stroke): stroke for stroke in strokes}
        for stroke in strokes:
            points = stroke.points.tolist()
            self._draw_line(points if len(points) > 1 else points * 2, stroke.width, "line", "edge")

    def _draw_line(
        self, points: Sequence[Sequence[float]], width: float, tag: str, edge_tag: str
    ) -> None:
        """Draw a line, and below it a fainter and wider one, which makes its edge smooth."""
        flat = [value for x, y, *_ in points for value in (x, y)]
        colours = self._theme.colours
        style: dict[str, Any] = {"capstyle": "round", "joinstyle": "round"}
        faint = mix(colours.canvas, colours.ink, 0.35)
        self._area.create_line(*flat, width=width + 1, fill=faint, tags=edge_tag, **style)
        self._area.create_line(*flat, width=max(width - 1, 1), fill=colours.ink, tags=tag, **style)
        self._area.tag_lower(edge_tag)
        self._area.tag_lower("pixels")

    # --- as pixels ----------------------------------------------------------------------------

    def lines_to_pixels(self) -> None:
        """Replace the lines by pixels. This is quick for a stroke that was just drawn."""
        if not self._as_lines:
            return
        left, top, right, bottom = zip(*(s.box for s in self._as_lines.values()), strict=True)
        self._paint_pixels(min(left) - 1, min(top) - 1, max(right) + 1, max(bottom) + 1)
        self._as_lines.clear()
        self._area.delete("line", "edge")

    def _paint_pixels(self, left: float, top: float, right: float, bottom: float) -> None:
        """Paint the pixels of all strokes inside of a box, as far as it is on the canvas."""
        from digitrec.drawing.rasterise import rasterise
        from digitrec.drawing.strokes import Stroke

        x, y = max(math.floor(left), 0), max(math.floor(top), 0)
        width = min(math.ceil(right), self.image.width()) - x
        height = min(math.ceil(bottom), self.image.height()) - y
        if width < 1 or height < 1:
            return
        moved = [
            Stroke(stroke.points - (x, y), stroke.width)
            for stroke in self.shown
            if stroke.box[0] < x + width
            and stroke.box[2] > x
            and stroke.box[1] < y + height
            and stroke.box[3] > y
        ]
        colours = self._theme.colours
        ink = rasterise(moved, width, height)
        self.image.put(coloured_ppm(ink, colours.canvas, colours.ink), to=(x, y))
