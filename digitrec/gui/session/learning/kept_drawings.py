"""The drawings that the user kept with their labels: to look at, relabel, remove, and undo that.

They are read and written in the background thread for files. The network says in the one for
reading which labels it doubts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from digitrec.gui.session.background_thread import BackgroundThread, Completed
from digitrec.gui.session.messages import Message, error_text
from digitrec.recognition.results import with_article

if TYPE_CHECKING:
    from digitrec.arrays import Uint8Array
    from digitrec.drawing.corrections import LabelledDrawing
    from digitrec.gui.session.reader_messages import Checked

__all__ = ["Kept", "KeptDrawings"]

MAX_UNDONE = 100  # steps that are remembered


@dataclass(frozen=True, eq=False)
class Kept:
    """A drawing with its label, and what it looks like.

    Attributes:
        labelled: The drawing.
        thumbnail: What the network sees of it, uint8 (28, 28), 255 full ink.
    """

    labelled: LabelledDrawing
    thumbnail: Uint8Array

    @property
    def key(self) -> int:
        """The number that identifies the drawing."""
        return self.labelled.key


@dataclass
class _Step:
    """What a change did: to undo it, the drawing is stored again as it was."""

    before: LabelledDrawing
    words: str


@dataclass
class KeptDrawings:
    """The file of labelled drawings, as it is shown to the user.

    Attributes:
        files: The background thread for files.
        readings: The background thread for reading.
        path: The file. None for the user's own.
        check: Makes a job that asks a network about the labels in a file of drawings.
        drawings: The drawings in the order they were kept. None while they are not shown.
        read: By key, what the network reads in a drawing; those it was not asked about are missing.
        doubtful: Keys of the drawings whose label is probably a slip, so that it is not learnt.
    """

    files: BackgroundThread
    readings: BackgroundThread
    path: Path | None
    check: Callable[[Path], Callable[[], Checked]]
    drawings: list[Kept] | None = None
    read: Mapping[int, int] = field(default_factory=dict)
    doubtful: frozenset[int] = frozenset()
    _steps: list[_Step] = field(default_factory=list)
    _thumbnails: dict[int, Uint8Array] = field(default_factory=dict)

    # --- what is shown ------------------------------------------------------------------------

    def open(self) -> None:
        """Begin to show the drawings."""
        self._submit(None)

    def close(self) -> None:
        """Show them no longer."""
        self.drawings = None

    @property
    def undoable(self) -> bool:
        """Whether there is a change to undo."""
        return bool(self._steps)

    def find(self, key: int | None) -> Kept | None:
        """Return the drawing of this key; None if there is none."""
        return next((kept for kept in self.drawings or () if kept.key == key), None)

    def disagrees(self, kept: Kept) -> bool:
        """Whether the network reads another digit than the label."""
        return self.read.get(kept.key, kept.labelled.label) != kept.labelled.label

    def remark(self, kept: Kept) -> str:
        """Say in words what the label of a drawing is, and what the network says to it."""
        label = kept.labelled.label
        if not self.disagrees(kept):
            return f"You called this {with_article(label)}."
        text = f"You called this {with_article(label)}. "
        text += f"It looks like {with_article(self.read[kept.key])}."
        if kept.key in self.doubtful:
            text += " It will be left out, unless you keep a second one like it."
        return text

    # --- changes ------------------------------------------------------------------------------

    def relabel(self, key: int, label: int) -> None:
        """Say that a drawing is another digit."""
        kept = self.find(key)
        if kept is None or kept.labelled.label == label:
            return
        self._remember(_Step(kept.labelled, f"It is {with_article(kept.labelled.label)} again."))
        self._submit(partial(self._store, replace(kept.labelled, label=label)))

    def remove(self, key: int) -> None:
        """Remove a drawing."""
        kept = self.find(key)
        if kept is None:
            return
        self._remember(_Step(kept.labelled, "The drawing is back."))
        self._submit(partial(self._drop, key), "Removed. Undo brings it back.")

    def undo(self) -> None:
        """Undo the last change."""
        if self._steps:
            step = self._steps.pop()
            self._submit(partial(self._store, step.before), step.words)

    def _remember(self, step: _Step) -> None:
        self._steps = [*self._steps, step][-MAX_UNDONE:]

    def _store(self, labelled: LabelledDrawing) -> None:
        from digitrec.drawing.corrections import add_drawing

        add_drawing(self._file, labelled)

    def _drop(self, key: int) -> None:
        from digitrec.drawing.corrections import remove_drawing

        remove_drawing(self._file, key)

    @property
    def _file(self) -> Path:
        from digitrec.drawing.corrections import default_path

        return self.path or default_path()

    # --- in the background --------------------------------------------------------------------

    def _submit(self, change: Callable[[], None] | None, words: str = "") -> None:
        self.files.submit("kept", partial(self._changed, change, words))

    def _changed(self, change: Callable[[], None] | None, words: str) -> tuple[list[Kept], str]:
        """Change the file, and read it again. Called in the background thread for files."""
        if change is not None:
            change()
        from digitrec.drawing.corrections import load_drawings

        drawings = load_drawings(self._file)
        return [Kept(one, self._thumbnail(one)) for one in drawings], words

    def _thumbnail(self, labelled: LabelledDrawing) -> Uint8Array:
        if labelled.key not in self._thumbnails:
            self._thumbnails[labelled.key] = _thumbnail(labelled)
        return self._thumbnails[labelled.key]

    def finish(self, completed: Completed) -> Message | None:
        """Take in a job of kind "kept" or "check", and return what to tell the user."""
        if completed.error is not None:
            return Message(error_text(completed.error), "error")
        if completed.kind == "check":
            self.read, self.doubtful = completed.value.read, completed.value.doubtful
            return None
        self.drawings, words = completed.value
        if self.drawings:
            self.readings.submit("check", self.check(self._file), latest_only=True)
        return Message(words, "good") if words else None


def _thumbnail(labelled: LabelledDrawing) -> Uint8Array:
    import numpy as np

    from digitrec.drawing.rasterise import rasterise_drawing
    from digitrec.imaging.normalise import normalise_ink

    ink = normalise_ink(rasterise_drawing(labelled.drawing))
    thumbnail: Uint8Array = np.rint(ink * 255).astype(np.uint8)
    return thumbnail
