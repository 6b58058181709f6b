"""What the networks read last, and which of its digits is selected."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from digitrec.drawing.strokes import Stroke
from digitrec.gui.session.background_thread import BackgroundThread, Completed

if TYPE_CHECKING:
    from digitrec.recognition.results import Digit, Reading

__all__ = ["LatestReading"]


class LatestReading:
    """The latest reading, while newer ones are made in a background thread.

    Attributes:
        reading: The reading. None if nothing was read.
        fresh: Whether it is of exactly what is on the canvas now.
        selected: Index of the digit that is looked at and labelled; -1 is the last one.
    """

    def __init__(self, thread: BackgroundThread) -> None:
        self.reading: Reading | None = None
        self.fresh = False
        self.selected = -1
        self._thread = thread
        self._awaited: int | None = None  # ticket of the reading that is still up to date
        self._unfinished = False  # whether that one is of a stroke that is not finished

    @property
    def awaited(self) -> bool:
        """Whether a reading was requested that is still up to date."""
        return self._awaited is not None

    @property
    def selected_digit(self) -> Digit | None:
        """The digit that is selected, or None."""
        if self.reading is None or not self.reading.digits:
            return None
        return self.reading.digits[min(self.selected, len(self.reading.digits) - 1)]

    def select(self, index: int) -> None:
        """Select one of the digits. After the last one comes the first one again."""
        if self.reading is not None and self.reading.digits:
            self.selected = index % len(self.reading.digits)

    def request(self, job: Callable[[], Reading], *, unfinished: bool = False) -> None:
        """Make a reading in the background. Requests that were made before are out of date.

        Args:
            job: Makes the reading.
            unfinished: Whether it is of a drawing with a stroke that is not finished.
        """
        self._awaited = self._thread.submit("read", job, latest_only=True)
        self._unfinished = unfinished

    def outdate(self) -> None:
        """Say that the drawing has changed. The reading stays until there is a newer one."""
        self._awaited = None
        self.fresh = False

    def forget(self) -> None:
        """Drop the reading and what was requested."""
        self._awaited = self.reading = None

    def finish(self, completed: Completed, last_stroke: Stroke | None) -> bool:
        """Take in a job of kind "read". If it raised an error, the reading stays what it was.

        Args:
            completed: The job.
            last_stroke: The stroke whose digit is selected if nothing is.

        Returns:
            Whether to tell the user of it: it is up to date, and of finished strokes or an error.
        """
        if completed.ticket != self._awaited:
            return False
        self._awaited = None
        if completed.error is not None:
            return True
        reading: Reading = completed.value
        self.reading = reading
        self.fresh = not self._unfinished
        if not reading.digits:
            self.selected = 0
        elif not 0 <= self.selected < len(reading.digits):
            self.selected = _index_of_stroke(reading, last_stroke)
        return self.fresh


def _index_of_stroke(reading: Reading, stroke: Stroke | None) -> int:
    """Return the index of the digit that a stroke belongs to, or of the last one."""
    for index, digit in enumerate(reading.digits):
        if any(other is stroke for other in digit.strokes):
            return index
    return len(reading.digits) - 1
