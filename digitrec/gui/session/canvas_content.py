"""What is on the canvas: a drawing, or a picture in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digitrec.drawing.strokes import Drawing, Stroke

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["CanvasContent"]


class CanvasContent:
    """A drawing, and the picture that is shown in its place if one was opened.

    Attributes:
        drawing: The drawing, which is the same object always.
        picture: The picture, or None.
    """

    def __init__(self) -> None:
        self.drawing = Drawing(480, 480)
        self.picture: Image.Image | None = None

    @property
    def empty(self) -> bool:
        """Whether there is neither a stroke nor a picture."""
        return not self.drawing.strokes and self.picture is None

    @property
    def last_stroke(self) -> Stroke | None:
        """The stroke on top, or None."""
        return self.drawing.strokes[-1] if self.drawing.strokes else None

    def resize(self, width: int, height: int) -> bool:
        """Change the size of the canvas, and return whether the visible ink may have changed.

        Strokes stay where they are.
        """
        before = self._ink_is_cut_off()
        self.drawing.width, self.drawing.height = max(width, 1), max(height, 1)
        return before or self._ink_is_cut_off()

    def clear(self) -> bool:
        """Remove everything, and return whether there was anything. Undo restores the strokes."""
        had_picture, self.picture = self.picture is not None, None
        return self.drawing.clear() or had_picture

    def replace(self, opened: Drawing | Image.Image) -> None:
        """Show what was opened. The strokes of a drawing are scaled down if they do not fit."""
        self.clear()
        if isinstance(opened, Drawing):
            for stroke in opened.scaled_to_fit(self.drawing.width, self.drawing.height):
                self.drawing.add(stroke)
        else:
            self.picture = opened

    def snapshot(self, *more: Stroke) -> Drawing:
        """Return a copy of the drawing, with more strokes on top, for a background thread."""
        strokes = [*self.drawing.strokes, *more]
        return Drawing(self.drawing.width, self.drawing.height, strokes)

    def _ink_is_cut_off(self) -> bool:
        left, top, right, bottom = self.drawing.bounds() or (0.0, 0.0, 0.0, 0.0)
        beyond = right > self.drawing.width or bottom > self.drawing.height
        return left < 0 or top < 0 or beyond
