"""Store drawings with the digit that the user says they are, and count them."""

from __future__ import annotations

import importlib
from functools import partial
from pathlib import Path

from digitrec.drawing.strokes import Drawing
from digitrec.gui.session.background_thread import BackgroundThread, Completed
from digitrec.gui.session.given_labels import GivenLabels
from digitrec.gui.session.messages import Message, error_text

__all__ = ["StoredDrawings"]


class StoredDrawings:
    """The file of labelled drawings, written in a background thread.

    Attributes:
        labels: The labels given since the window was opened.
        count: How many drawings the file holds. None until they are counted.
        path: The file. None for the user's own.
    """

    def __init__(self, thread: BackgroundThread, path: Path | None) -> None:
        """Use the file at ``path``, or the user's own file if it is None."""
        self.labels = GivenLabels()
        self.count: int | None = None
        self._thread, self.path = thread, path

    def start_counting(self) -> None:
        """Count the drawings in the background."""
        self._thread.submit("count", partial(_count, self.path))

    def store(self, drawing: Drawing, label: int, announcement: str) -> None:
        """Store one digit in the background.

        Args:
            drawing: The strokes of the digit and the size of the canvas.
            label: The digit that it is.
            announcement: What to tell the user when the drawing is stored.
        """
        key = self.labels.give(tuple(drawing.strokes), label)
        job = partial(_store, self.path, drawing, label, key)
        self._thread.submit("store", lambda: (announcement, job()))

    def finish(self, completed: Completed) -> Message | None:
        """Take in a job of kind "count" or "store", and return what to tell the user."""
        if completed.error is not None:
            return Message(error_text(completed.error), "error")
        if completed.kind == "store":
            announcement, self.count = completed.value
            return Message(announcement, "good")
        if self.count is None:  # else a drawing was stored meanwhile, and its number is newer
            self.count = completed.value
        return None


def _count(path: Path | None) -> int:
    # While the other thread loads PyTorch's libraries, which needs one processor, this one imports
    # the other modules that the first reading needs.
    for name in ("matplotlib.backends.backend_agg", "PIL.Image", "scipy.special"):
        importlib.import_module(name)

    from digitrec.drawing.corrections import default_path, load_drawings

    return len(load_drawings(path or default_path()))


def _store(path: Path | None, drawing: Drawing, label: int, key: int) -> int:
    """Store a drawing, and return how many the file holds now."""
    from digitrec.drawing.corrections import LabelledDrawing, add_drawing, default_path

    return add_drawing(path or default_path(), LabelledDrawing(drawing, label, key))
