"""Give the selected digit its correct label, and store it."""

from __future__ import annotations

from dataclasses import dataclass

from digitrec.drawing.corrections import LabelledDrawing
from digitrec.drawing.grouping import StrokeGroup, stroke_groups
from digitrec.drawing.strokes import Drawing, Stroke
from digitrec.gui.session.background_thread import Completed
from digitrec.gui.session.canvas_content import CanvasContent
from digitrec.gui.session.corrected_drawings import CorrectedDrawings
from digitrec.gui.session.given_labels import GivenLabels
from digitrec.gui.session.latest_reading import LatestReading
from digitrec.gui.session.messages import Message
from digitrec.recognition.results import with_article

__all__ = ["Labelling"]


@dataclass
class _Storing:
    """A drawing that is being stored.

    key: of the drawing. strokes: that it consists of. before: its label when it was given another.
    """

    key: int
    strokes: tuple[Stroke, ...]
    before: int | None


class Labelling:
    """Labels the digit on the canvas that is selected in the latest reading, and stores it."""

    def __init__(
        self, content: CanvasContent, latest: LatestReading, corrected: CorrectedDrawings
    ) -> None:
        self._content, self._latest, self._corrected = content, latest, corrected
        self._labels = GivenLabels()  # since the window was opened
        self._storing: dict[int, _Storing] = {}  # by the tickets of jobs that are not done yet

    @property
    def given_label(self) -> int | None:
        """The label that the user gave to the selected digit, or None."""
        group = self._selected_strokes()
        return self._labels.label_of(group.strokes) if group else None

    def give_label(self, label: int) -> Message | None:
        """Store the selected digit in the background, and select the next one of a number.

        Returns:
            Why it cannot be stored, or None.
        """
        if self._content.picture is not None:
            return Message("This is a picture. Only drawings can be stored.", "warning")
        group = self._selected_strokes()
        if group is None:
            text = "Nothing is drawn yet. Draw a digit first, then say which digit it was."
            return Message(text, "warning")
        if group.too_small:
            return Message("This is too small to store. Draw it larger.", "warning")
        latest = self._latest
        digits = latest.reading.digits if latest.fresh and latest.reading is not None else ()
        subject = f"Digit {latest.selected + 1} is stored" if len(digits) > 1 else "Stored"
        size = self._content.drawing.width, self._content.drawing.height
        drawing = Drawing(*size, list(group.strokes))
        before = self._labels.label_of(group.strokes)
        key = self._labels.give(group.strokes, label)
        labelled = LabelledDrawing(drawing, label, key)
        ticket = self._corrected.store(labelled, f"{subject} as {with_article(label)}.")
        self._storing[ticket] = _Storing(key, group.strokes, before)
        if len(digits) > 1:
            strokes = [digit.strokes for digit in digits]
            latest.select(self._labels.next_unlabelled(strokes, latest.selected))
        return None

    def finish(self, completed: Completed) -> None:
        """Take in a job of kind "store". A label that could not be stored is not given."""
        failed = self._storing.pop(completed.ticket)
        if completed.error is None:
            return
        later = next((one for one in self._storing.values() if one.key == failed.key), None)
        if later is None:
            self._labels.take_back(failed.strokes, failed.before)
        else:  # the label was changed meanwhile
            later.before = failed.before

    def _selected_strokes(self) -> StrokeGroup | None:
        """Return the strokes that a label would be given to, or None."""
        if self._content.picture is not None:
            return None
        digit = self._latest.selected_digit
        if self._latest.fresh and digit is not None and digit.box is not None:
            return StrokeGroup(digit.strokes, digit.box)
        # What is drawn now was not read yet: the label is for the digit that was drawn last.
        last, groups = self._content.last_stroke, stroke_groups(self._content.drawing)
        return next((g for g in groups if any(one is last for one in g.strokes)), None)
