"""The file of corrected drawings: adding, counting, and showing and changing as "My drawings".

It is read and written in the background thread for files. The network says in the one for reading
which labels it doubts.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from digitrec.drawing.corrections import (
    LabelledDrawing,
    add_drawing,
    default_path,
    load_drawings,
    remove_drawing,
)
from digitrec.gui.session.background_thread import BackgroundThread, Completed
from digitrec.gui.session.messages import Message, error_text
from digitrec.recognition.results import with_article

if TYPE_CHECKING:
    from digitrec.arrays import Uint8Array
    from digitrec.gui.session.reader_messages import Checked

__all__ = ["CorrectedDrawings", "ShownDrawing"]

MAX_UNDONE = 100  # steps that are remembered


@dataclass(frozen=True, eq=False)
class ShownDrawing:
    """A corrected drawing, and what it looks like.

    Attributes:
        labelled: The drawing with its label.
        thumbnail: What the network sees of it, uint8 (28, 28), 255 full ink.
    """

    labelled: LabelledDrawing
    thumbnail: Uint8Array

    @property
    def key(self) -> int:
        """The number that identifies the drawing."""
        return self.labelled.key


@dataclass(frozen=True, eq=False)
class _Step:
    """What a change did: to undo it, the drawing is stored again as it was."""

    before: LabelledDrawing
    words: str


@dataclass(frozen=True, eq=False)
class _Change:
    """A change that is being made to the file.

    key: of the drawing. after: the drawing once it is made; None if it is removed. step: undoes
    the change, or is the one that the change undoes, as ``undoing`` says.
    """

    key: int
    after: LabelledDrawing | None
    step: _Step
    undoing: bool = False


class CorrectedDrawings:
    """The file of corrected drawings. It is read and written in the background.

    Attributes:
        path: The file. It may not exist yet.
        count: How many drawings it holds. None until they are counted, or if it cannot be read.
        unreadable: Why the file cannot be read; empty if it can be, or was not read yet.
        shown: The drawings in the order they were added. None while they are not shown.
        read: By key, what the network reads in a drawing; those it was not asked about are missing.
        said: What came of the last change, for where the drawings are shown.
        doubtful: Keys of the drawings whose label is probably a slip, so that it is not learnt.
    """

    def __init__(
        self,
        files: BackgroundThread,
        readings: BackgroundThread,
        path: Path | None,
        check: Callable[[Path], Callable[[], Checked]],
    ) -> None:
        """Do nothing with the file yet.

        Args:
            files: The background thread for files.
            readings: The background thread for reading.
            path: The file. None for the user's own.
            check: Makes a job that asks a network about the labels in a file of drawings.
        """
        self.path = path or default_path()
        self.count: int | None = None
        self.unreadable = ""
        self.shown: list[ShownDrawing] | None = None
        self.read: Mapping[int, int] = {}
        self.doubtful: frozenset[int] = frozenset()
        self.said = Message()
        self._files, self._readings, self._check = files, readings, check
        self._open = False
        self._steps: list[_Step] = []
        self._changes: dict[int, _Change] = {}  # by the tickets of jobs that are not done yet
        self._thumbnails: dict[int, Uint8Array] = {}

    def start_counting(self) -> None:
        """Count the drawings in the background."""
        self._files.submit("count", partial(_count, self.path))

    def store(self, labelled: LabelledDrawing, announcement: str) -> int:
        """Add a drawing in the background, and show the announcement when it is stored.

        Returns:
            The ticket of the job, of kind "store".
        """
        return self._files.submit("store", lambda: (add_drawing(self.path, labelled), announcement))

    # --- what is shown ------------------------------------------------------------------------

    def open(self) -> None:
        """Begin to show the drawings."""
        self._open = True
        self._submit(None)

    def close(self) -> None:
        """Show them no longer."""
        self._open, self.shown, self.said = False, None, Message()

    @property
    def undoable(self) -> bool:
        """Whether there is a change to undo."""
        return bool(self._steps)

    def find(self, key: int | None) -> ShownDrawing | None:
        """Return the drawing of this key among those shown; None if there is none."""
        return next((one for one in self.shown or () if one.key == key), None)

    def disagrees(self, one: ShownDrawing) -> bool:
        """Whether the network reads another digit than the label."""
        return self.read.get(one.key, one.labelled.label) != one.labelled.label

    def remark(self, one: ShownDrawing) -> str:
        """Say in words what the label of a drawing is, and what the network reads."""
        label = one.labelled.label
        if not self.disagrees(one):
            return f"You called this {with_article(label)}."
        text = f"You called this {with_article(label)}. "
        text += f"It looks like {with_article(self.read[one.key])}."
        if one.key in self.doubtful:
            text += " It will be left out, unless you keep a second one like it."
        return text

    # --- changes ------------------------------------------------------------------------------

    def relabel(self, key: int, label: int) -> None:
        """Say that a drawing is another digit."""
        now = self._after_changes(key)
        if now is None or now.label == label:
            return
        step = _Step(now, f"It is {with_article(now.label)} again.")
        self._make(_Change(key, replace(now, label=label), step))

    def remove(self, key: int) -> None:
        """Remove a drawing."""
        now = self._after_changes(key)
        if now is None:
            return
        step = _Step(now, "The drawing is back.")
        self._make(_Change(key, None, step), "Removed. Undo brings it back.")

    def undo(self) -> None:
        """Undo the last change."""
        if self._steps:
            step = self._steps[-1]
            self._make(_Change(step.before.key, step.before, step, undoing=True), step.words)

    def _after_changes(self, key: int) -> LabelledDrawing | None:
        """Return a drawing as it will be once all changes are made; None if there is none."""
        for change in reversed(self._changes.values()):
            if change.key == key:
                return change.after
        one = self.find(key)
        return one.labelled if one is not None else None

    def _make(self, change: _Change, words: str = "") -> None:
        """Make a change in the background, and show the words when it is made."""
        self.said = Message()
        if change.undoing:
            self._steps.remove(change.step)
        else:
            self._remember(change.step)
        if change.after is None:
            job: Callable[[], object] = partial(remove_drawing, self.path, change.key)
        else:
            job = partial(add_drawing, self.path, change.after)
        self._changes[self._submit(job, words)] = change

    def _failed(self, change: _Change) -> None:
        """Remember what can be undone, after a change could not be made."""
        if change.undoing:
            self._remember(change.step)  # it can be tried again
        elif change.step in self._steps:
            self._steps.remove(change.step)

    def _remember(self, step: _Step) -> None:
        self._steps = [*self._steps, step][-MAX_UNDONE:]

    # --- in the background --------------------------------------------------------------------

    def _submit(self, change: Callable[[], object] | None, words: str = "") -> int:
        return self._files.submit("change", partial(self._changed, change, words))

    def _changed(
        self, change: Callable[[], object] | None, words: str
    ) -> tuple[list[ShownDrawing], str]:
        """Change the file, and read it again. Called in the background thread for files."""
        if change is not None:
            change()
        return [ShownDrawing(one, self._thumbnail(one)) for one in load_drawings(self.path)], words

    def _thumbnail(self, labelled: LabelledDrawing) -> Uint8Array:
        if labelled.key not in self._thumbnails:
            self._thumbnails[labelled.key] = _thumbnail(labelled)
        return self._thumbnails[labelled.key]

    def finish(self, completed: Completed) -> Message | None:
        """Take in a job of kind "count", "store", "change" or "check".

        Returns:
            What to tell the user, or None.
        """
        made = self._changes.pop(completed.ticket, None) if completed.kind == "change" else None
        if completed.error is not None:
            if made is not None:
                self._failed(made)
            text = error_text(completed.error)
            if completed.kind == "store":
                text = f"The drawing was not saved: {text}"
            elif completed.kind == "count" or (completed.kind == "change" and made is None):
                self.count, self.unreadable = None, text
            return self._told(completed, Message(text, "error"))
        if completed.kind != "check":
            self.unreadable = ""
        if completed.kind == "check":
            self.read, self.doubtful = completed.value.read, completed.value.doubtful
            return None
        if completed.kind == "count":
            if self.count is None:  # else there was a change meanwhile, and its number is newer
                self.count = completed.value
            return None
        if completed.kind == "store":
            self.count, words = completed.value
            if self._open:
                self._submit(None)
        else:
            drawings, words = completed.value
            self.said = Message()
            self.count = len(drawings)
            self._show(drawings)
        return self._told(completed, Message(words, "good")) if words else None

    def _told(self, completed: Completed, message: Message) -> Message | None:
        """Keep what came of a change beside the drawings while they are shown."""
        if completed.kind != "change" or not self._open:
            return message
        self.said = message
        return None

    def _show(self, drawings: list[ShownDrawing]) -> None:
        if not self._open:
            return  # they were closed meanwhile
        self.shown = drawings
        if drawings:
            self._readings.submit("check", self._check(self.path), latest_only=True)


def _count(path: Path) -> int:
    # While the other thread loads PyTorch's libraries, which needs one processor, this one imports
    # the other modules that the first reading needs.
    from digitrec.drawing.rasterise import import_agg

    import_agg()
    for name in ("PIL.Image", "scipy.special"):
        importlib.import_module(name)
    return len(load_drawings(path))


def _thumbnail(labelled: LabelledDrawing) -> Uint8Array:
    import numpy as np

    from digitrec.drawing.rasterise import rasterise_drawing
    from digitrec.imaging.normalise import normalise_ink

    ink = normalise_ink(rasterise_drawing(labelled.drawing))
    thumbnail: Uint8Array = np.rint(ink * 255).astype(np.uint8)
    return thumbnail
