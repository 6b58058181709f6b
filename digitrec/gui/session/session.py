"""The session: everything that happens in the window, without the window itself.

The window shows the state of the session and passes on what the user does. Two threads wait for
slow work: one for the process that reads, the other for files, so that files need not wait for a
network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from digitrec.drawing.strokes import Drawing, Stroke
from digitrec.gui.session.background_thread import BackgroundThread, Completed
from digitrec.gui.session.canvas_content import CanvasContent
from digitrec.gui.session.corrected_drawings import CorrectedDrawings
from digitrec.gui.session.drawing_files import open_file, save_file, saving_problem
from digitrec.gui.session.explanation import Explanation
from digitrec.gui.session.labelling import Labelling
from digitrec.gui.session.latest_reading import LatestReading
from digitrec.gui.session.learning.learning import LEARNING, Learning
from digitrec.gui.session.messages import (
    NOTHING_DRAWN,
    Message,
    error_text,
    loading_message,
    model_name,
    reading_message,
)
from digitrec.gui.session.networks import Networks
from digitrec.gui.session.reader_process import ReaderStoppedError
from digitrec.storage.resources import shipped_checkpoint

if TYPE_CHECKING:
    from PIL import Image

    from digitrec.gui.session.reader_messages import Checked

__all__ = ["Session"]

STORE_SECONDS = 10.0  # how long to wait for files to be stored when the window is closed
SLOW_SECONDS = 3.0  # after which the user is told that something is still being read
MAX_STOPS = 2  # a drawing that makes the reader process end more often is not read again

READING = Message("Reading …")
STILL_READING = Message("Still reading. The picture is large, or this network is slow.")
NOT_COUNTED = "Your drawings are not counted yet. Try again."
LEARNT_IN_USE = Message("The window now reads with the network that learnt your writing.", "good")
STARTED_AGAIN = Message("The reader stopped and was restarted.", "warning")


class Session:
    """One drawing or picture, the networks that read it, and what they read.

    Attributes:
        content: What is on the canvas.
        networks: The networks that read.
        latest: What they read last, and which digit of it is selected.
        message: What to tell the user.
        live: Whether everything is read as soon as it is drawn.
        corrected: The file of corrected drawings.
        labelling: Gives the selected digit its label, which adds it to them.
        explanation: Why the selected digit is read as it is.
        learning: Fine-tunes the network on the corrected drawings.
    """

    def __init__(
        self, checkpoint: Path, drawings: Path | None = None, *, live: bool = True
    ) -> None:
        """Prepare a session; `begin` starts it.

        Args:
            checkpoint: Checkpoint file of the network that reads.
            drawings: The file of corrected drawings. None for the user's own file.
            live: Whether to read everything as soon as it is drawn.
        """
        self.content = CanvasContent()
        self.message = Message("Loading the network …")
        self.live = live
        self.reading_thread, self.file_thread = BackgroundThread(), BackgroundThread()
        self.networks = Networks(self.reading_thread)
        self.latest = LatestReading(self.reading_thread)
        self.explanation = Explanation(self.reading_thread, self.networks, self.latest)
        self.corrected = CorrectedDrawings(
            self.file_thread, self.reading_thread, drawings, self._checking_job
        )
        self.labelling = Labelling(self.content, self.latest, self.corrected)
        self.learning = Learning(self.corrected.path)
        self._first_checkpoint: Path | None = checkpoint
        self._read_when_loaded = False  # a reading was asked for while a network was being loaded
        self._picture: Image.Image | None = None  # at the last change
        self._message_before = Message()  # the message when the reading was requested
        self._stops = 0  # of the reader process since an answer, or since the networks changed

    def begin(self) -> None:
        """Load the network and count the corrected drawings. Call it after the window is shown."""
        if self._first_checkpoint is not None:
            self.choose_model(self._first_checkpoint)
            self.corrected.start_counting()
            self.learning.delete_abandoned()
            self._first_checkpoint = None

    @property
    def loading(self) -> bool:
        """Whether a network is being loaded."""
        return self.networks.loading or self._first_checkpoint is not None

    @property
    def busy(self) -> bool:
        """Whether a background thread has work, so that `poll` should be called often."""
        return self.reading_thread.busy or self.file_thread.busy

    @property
    def drawing(self) -> Drawing:
        """The drawing on the canvas."""
        return self.content.drawing

    # --- drawing ------------------------------------------------------------------------------

    def resize(self, width: int, height: int) -> None:
        """Change the size of the canvas. Strokes stay where they are."""
        if self.content.resize(width, height):
            self._changed()

    def add(self, stroke: Stroke) -> None:
        """Add a stroke. It takes the place of a picture."""
        self.content.add(stroke)
        self.latest.selected = -1
        self._changed()

    def read_unfinished(self, stroke: Stroke) -> None:
        """Read the drawing with a stroke that is not finished, if nothing else is being done."""
        idle = not self.loading and not self.reading_thread.busy
        if self.live and self.networks.paths and idle:
            self._request_reading(self.content.snapshot(stroke), unfinished=True)

    def erase(self, strokes: Iterable[Stroke]) -> bool:
        """Remove strokes in one step, and return whether there were any."""
        return self._did(self.content.erase(strokes))

    def undo(self) -> bool:
        """Undo the last step, and return whether there was one."""
        return self._did(self.content.undo(), select_last=True)

    def redo(self) -> bool:
        """Redo the step that was undone last, and return whether there was one."""
        return self._did(self.content.redo(), select_last=True)

    def clear(self) -> bool:
        """Remove everything. Undo brings it back."""
        return self._did(self.content.clear())

    def _did(self, done: bool, *, select_last: bool = False) -> bool:
        if done:
            self.latest.selected = -1 if select_last else self.latest.selected
            self._changed()
        return done

    def _changed(self) -> None:
        """Forget what is out of date, and read again if ``live``."""
        self.latest.outdate()
        before, self._picture = self._picture, self.content.picture
        if self.networks.paths and not self.loading:
            self.message, self.networks.failed = Message(), False
        if self.content.empty or not self.live or self._picture is not before:
            self.latest.forget()
        if self.live and not self.content.empty:
            self.read()

    # --- reading ------------------------------------------------------------------------------

    def read(self) -> None:
        """Read what is on the canvas in the background; `poll` takes in the result."""
        if self.content.empty:
            self.message = NOTHING_DRAWN
        elif self.networks.paths:
            self._request_reading(self.content.picture or self.content.snapshot())
            if self.content.picture is not None:
                self.message = READING
        elif self.loading:
            self._read_when_loaded = True
        else:
            self.message = Message("Nothing can be read yet. Choose a network at the top.", "error")

    def _request_reading(self, ink: Drawing | Image.Image, *, unfinished: bool = False) -> None:
        self.latest.request(self.networks.reading_job(ink), unfinished=unfinished)
        self._read_when_loaded = False
        if self.message not in (READING, STILL_READING):
            self._message_before = self.message

    def _finish_reading(self, completed: Completed) -> None:
        if not self.latest.finish(completed, self.content.last_stroke):
            return
        if self.message in (READING, STILL_READING):
            self.message = self._message_before
        if isinstance(completed.error, ReaderStoppedError):
            self._reader_stopped()
            return
        self._stops = 0
        if completed.error is not None:
            self.message = Message(error_text(completed.error), "error")
            return
        message = reading_message(completed.value, note=self.content.note)
        # A message that came up while the networks were reading stays until the next change.
        unchanged = self.message == self._message_before
        if message.text and unchanged and self.message.tone != "error":
            self.message = message

    def _reader_stopped(self) -> None:
        """Read again in a new process, unless this ink ended the process each time."""
        if self.loading:
            # It was stopped so that another network need not wait for it. If that one cannot be
            # loaded, the networks of now read again.
            self._read_when_loaded = True
            return
        self._stops += 1
        if self._stops > MAX_STOPS:
            names = " or ".join(model_name(path) for path in self.networks.paths)
            text = f"The reader stops each time {names} reads this. Choose another network."
            self.message, self.networks.failed = Message(text, "error"), True
        else:
            self.message = STARTED_AGAIN
            if not self.content.empty:
                self.read()

    # --- networks -----------------------------------------------------------------------------

    def choose_model(self, path: Path, announcement: Message | None = None) -> None:
        """Load a network to read with from then on, and show a message when it is loaded."""
        self.message = self.networks.load(path, announcement=announcement)

    def compare_with(self, path: Path) -> None:
        """Load one more network to read with, in addition to the others."""
        self.message = self.networks.load(path, compare=True)

    def drop_model(self, path: Path) -> None:
        """Stop comparing with this network. The one that was chosen stays."""
        if self.networks.drop(path):
            self._networks_changed()

    def _finish_loading(self, completed: Completed) -> None:
        path, message = self.networks.finish_loading(completed)
        if self.networks.failed:
            self.message = message
            if path == self.learning.learnt and not self.networks.paths:
                self.choose_model(shipped_checkpoint(), message)  # a learnt one that is damaged
            elif self._read_when_loaded and self.networks.paths and not self.content.empty:
                self.read()
            return
        if self.message == loading_message(path):
            self.message = Message()  # any other message stays
        self._networks_changed()
        if message.text:
            self.message = message

    def _networks_changed(self) -> None:
        read_before = self.latest.reading is not None or self.latest.awaited
        wanted = self.live or self._read_when_loaded or read_before
        self._read_when_loaded, self._stops = False, 0
        self.latest.forget()
        if wanted and not self.content.empty:
            self.read()

    # --- files --------------------------------------------------------------------------------

    def open(self, source: Path | bytes) -> None:
        """Open a file of strokes, a picture file, or the bytes of a picture."""
        self.file_thread.submit("open", partial(open_file, source))
        self.message = self.message if self.loading else Message("Opening …")

    def save(self, path: Path) -> None:
        """Save the drawing, as a picture in .png or as strokes in .json."""
        if problem := saving_problem(path, self.drawing, self.content.picture):
            self.message = problem
        else:
            self.file_thread.submit("save", partial(save_file, path, self.content.snapshot()))

    def _finish_opening(self, completed: Completed) -> None:
        if completed.error is not None:
            self.message = Message(error_text(completed.error), "error")
            return
        self.content.replace(*completed.value)
        self.latest.forget()  # also if the new strokes replace others
        self.latest.selected = -1
        self._changed()
        if not self.live and not self.content.empty:
            self.read()

    def _finish_saving(self, completed: Completed) -> None:
        if completed.error is not None:
            self.message = Message(f"Not saved: {error_text(completed.error)}", "error")
        else:
            self.message = Message(f"Saved as {completed.value}.", "good")

    # --- labels -------------------------------------------------------------------------------

    def give_label(self, label: int) -> None:
        """Store the selected digit with its correct label, and select the next one of a number."""
        if problem := self.labelling.give_label(label):
            self.message = problem

    def _finish_storing(self, completed: Completed) -> None:
        self.labelling.finish(completed)
        self._finish_correcting(completed)

    def _finish_correcting(self, completed: Completed) -> None:
        if message := self.corrected.finish(completed):
            self.message = message

    def _checking_job(self, drawings: Path) -> Callable[[], Checked]:
        """Ask about labels the network that would learn from them."""
        base = self.learning.base(self.networks.paths[0] if self.networks.paths else None)
        return self.networks.checking_job(base, drawings)

    def learn(self) -> None:
        """Fine-tune the chosen network on the corrected drawings; `poll` takes in the result."""
        if (lacking := self.learning.lacking(self.corrected.count)) is None:
            self.message = Message(self.corrected.unreadable or NOT_COUNTED, "warning")
            return
        if lacking:
            needed = "1 more drawing is" if lacking == 1 else f"{lacking} more drawings are"
            self.message = Message(f"{needed} needed to learn your writing.", "warning")
            return
        with self._errors_told():
            if self.learning.start(self.networks.paths[0] if self.networks.paths else None):
                self.message = LEARNING

    def use_learnt(self) -> None:
        """Read with what was learnt from now on."""
        with self._errors_told():
            if path := self.learning.use():
                self.choose_model(path, LEARNT_IN_USE)

    def discard_learnt(self) -> None:
        """Discard what was learnt."""
        with self._errors_told():
            self.learning.discard()
            self.message = Message("The new network was discarded. Nothing else changed.")

    @contextmanager
    def _errors_told(self) -> Iterator[None]:
        """Tell the user of a file that cannot be moved or deleted."""
        try:
            yield
        except OSError as error:
            self.message = Message(error_text(error), "error")

    # --- threads ------------------------------------------------------------------------------

    def tend(self) -> bool:
        """Start the reader process again if it has ended; return whether that was so.

        To be called now and then while there is nothing to do.
        """
        paths = self.networks.paths
        if self.busy or not paths or not self.networks.reader.stopped:
            return False
        self.choose_model(paths[0], STARTED_AGAIN)
        return True

    def poll(self) -> bool:
        """Take in what the background threads have completed.

        Returns:
            Whether there is anything new to show.
        """
        handlers: dict[str, Callable[[Completed], None]] = {
            "read": self._finish_reading,
            "load": self._finish_loading,
            "open": self._finish_opening,
            "save": self._finish_saving,
            "count": self._finish_correcting,
            "store": self._finish_storing,
            "change": self._finish_correcting,
            "check": self._finish_correcting,
            "explain": self.explanation.finish,
        }
        jobs = self.reading_thread.collect() + self.file_thread.collect()
        for completed in jobs:
            handlers[completed.kind](completed)
        learnt = self.learning.poll()
        if learnt is not None:
            self.message = learnt
        slow = self.networks.reader.busy_seconds > SLOW_SECONDS
        if slow and self.latest.awaited and self.message in (Message(), READING):
            self.message = STILL_READING
            return True
        return bool(jobs or learnt)

    def close(self) -> None:
        """End the threads after all files are stored, and the processes at once."""
        try:
            self.networks.reader.close()
            self.learning.close()
        finally:
            self.reading_thread.close()
            self.file_thread.close(STORE_SECONDS)
