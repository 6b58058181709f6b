"""What is on the canvas: a drawing, or a picture in its place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digitrec.drawing.strokes import Drawing, Stroke

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["CanvasContent"]

MAX_PICTURES = 3  # that undo brings back: they are large


@dataclass(frozen=True, slots=True)  # one for each stroke that was ever drawn
class _Step:
    """One step of undo.

    before, after: the picture. strokes: whether it is a step of the drawing too.
    """

    before: Image.Image | None
    after: Image.Image | None
    strokes: bool


class CanvasContent:
    """A drawing, and the picture that is shown in its place if one was opened.

    Both are changed here, so that undo brings back either.

    Attributes:
        drawing: The drawing, which is the same object always.
        picture: The picture, or None.
    """

    def __init__(self) -> None:
        self.drawing = Drawing(480, 480)
        self.picture: Image.Image | None = None
        self._notes: list[tuple[Image.Image, str]] = []  # those of pictures that have one
        self._done: list[_Step] = []
        self._undone: list[_Step] = []

    @property
    def empty(self) -> bool:
        """Whether there is neither a stroke nor a picture."""
        return not self.drawing.strokes and self.picture is None

    @property
    def last_stroke(self) -> Stroke | None:
        """The stroke on top, or None."""
        return self.drawing.strokes[-1] if self.drawing.strokes else None

    @property
    def note(self) -> str | None:
        """What to tell the user of the picture, which may be nothing; None if there is none."""
        if self.picture is None:
            return None
        return next((note for picture, note in self._notes if picture is self.picture), "")

    def resize(self, width: int, height: int) -> bool:
        """Change the size of the canvas, and return whether the visible ink may have changed.

        Strokes stay where they are.
        """
        before = self._ink_is_cut_off()
        self.drawing.width, self.drawing.height = max(width, 1), max(height, 1)
        return before or self._ink_is_cut_off()

    def add(self, stroke: Stroke) -> None:
        """Add a stroke on top. It takes the place of a picture."""
        self.drawing.add(stroke)
        self._show(None, strokes=True)

    def erase(self, strokes: Iterable[Stroke]) -> bool:
        """Remove strokes in one step, and return whether there were any."""
        erased = self.drawing.erase(strokes)
        if erased:
            self._show(None, strokes=True)
        return erased

    def clear(self) -> bool:
        """Remove everything in one step, and return whether there was anything."""
        if self.empty:
            return False
        self._show(None, strokes=self.drawing.clear())
        return True

    def undo(self) -> bool:
        """Undo the last step, and return whether there was one."""
        if not self._done:
            return False
        step = self._done.pop()
        self._undone.append(step)
        self.picture = step.before
        return self.drawing.undo() if step.strokes else True

    def redo(self) -> bool:
        """Redo the step that was undone last, and return whether there was one."""
        if not self._undone:
            return False
        step = self._undone.pop()
        self._done.append(step)
        self.picture = step.after
        return self.drawing.redo() if step.strokes else True

    @property
    def undoable(self) -> bool:
        """Whether there is a step to undo."""
        return bool(self._done)

    @property
    def redoable(self) -> bool:
        """Whether there is a step to redo."""
        return bool(self._undone)

    def replace(self, opened: Drawing | Image.Image, note: str = "") -> None:
        """Show what was opened. The strokes of a drawing are scaled down if they do not fit.

        Args:
            opened: The drawing, or the picture.
            note: What the user is to know of the picture.
        """
        if isinstance(opened, Drawing):
            self.clear()
            for stroke in opened.scaled_to_fit(self.drawing.width, self.drawing.height):
                self.add(stroke)
        else:
            self._show(opened, strokes=self.drawing.clear())
            if note:
                self._notes = [*self._notes, (opened, note)][-MAX_PICTURES:]
            opening = [at for at, step in enumerate(self._done) if step.after is not None]
            if len(opening) > MAX_PICTURES:  # forget the oldest one, with the step that removed it
                del self._done[: opening[-MAX_PICTURES - 1] + 2]

    def snapshot(self, *more: Stroke) -> Drawing:
        """Return a copy of the drawing, with more strokes on top, for a background thread."""
        strokes = [*self.drawing.strokes, *more]
        return Drawing(self.drawing.width, self.drawing.height, strokes)

    def _show(self, picture: Image.Image | None, *, strokes: bool) -> None:
        """Remember a step that the drawing, if ``strokes``, has made already."""
        self._done.append(_Step(self.picture, picture, strokes))
        self._undone.clear()
        self.picture = picture

    def _ink_is_cut_off(self) -> bool:
        left, top, right, bottom = self.drawing.bounds() or (0.0, 0.0, 0.0, 0.0)
        beyond = right > self.drawing.width or bottom > self.drawing.height
        return left < 0 or top < 0 or beyond
