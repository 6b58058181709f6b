"""What goes on in the window, without the window: drawing, reading, files, labels and messages.

The window shows what stands here and passes on what a person does. Slow work is done by two
threads, one that reads and one that opens and stores, so that these need not wait for a network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from digitrec.drawing.grouping import StrokeGroup, stroke_groups
from digitrec.drawing.strokes import Drawing, Stroke
from digitrec.gui.labelled import Labels
from digitrec.gui.learning import Learning
from digitrec.gui.messages import Message, explain, in_words, loading, model_name
from digitrec.gui.reader import Reader, count_kept, keep, open_file, save_file
from digitrec.gui.worker import Outcome, Worker

if TYPE_CHECKING:
    from PIL import Image

    from digitrec.recognition.results import Digit, Reading

__all__ = ["Session"]

STORE_SECONDS = 10.0  # to finish storing when the window is closed


class Session:
    """One drawing or picture, the networks that read it, and what they read.

    store: the file of drawings that were put right; the user's own where none is given.
    """

    def __init__(self, checkpoint: Path, store: Path | None = None, *, live: bool = True) -> None:
        self.drawing = Drawing(480, 480)
        self.picture: Image.Image | None = None
        self.models: list[Path] = []
        """The network chosen, then those it is compared with."""
        self.reading: Reading | None = None
        self.fresh = False
        """Whether the reading is of what is on the canvas now, to the last stroke."""
        self.selected = -1
        """Which of the reading's digits is looked at, and meant by a label; -1 for the last."""
        self.message = Message("Loading the network …")
        self.model_failed = False
        """Whether there is no network, or another could not be loaded."""
        self.stored: int | None = None
        """How many drawings are kept; None while nobody has counted."""
        self.live = live
        self.learning = Learning(store)
        self._store = store
        self._reader = Reader()
        self._work, self._keep = Worker(), Worker()
        self._wanted: int | None = None  # the ticket of the reading that is not out of date
        self._partial = False  # whether it is of a stroke that is not finished
        self._asked = False  # whether somebody waits for a reading until there is a network
        self._labels = Labels()
        self._loading: dict[int, tuple[Path, bool, Message]] = {}
        self._said = Message()  # what was said when a reading was asked for
        self._first: Path | None = checkpoint

    def begin(self) -> None:
        """Load the network and count the drawings kept. Call it when the window is there to see."""
        if self._first is not None:
            self.choose_model(self._first)
            self._keep.submit("count", partial(count_kept, self._store))
            self._first = None

    @property
    def loading(self) -> bool:
        """Whether a network is being loaded."""
        return bool(self._loading) or self._first is not None

    @property
    def busy(self) -> bool:
        """Whether something quick is under way, so that `poll` is worth calling all the time."""
        return self._work.busy or self._keep.busy

    @property
    def empty(self) -> bool:
        """Whether there is neither a stroke nor a picture."""
        return not self.drawing.strokes and self.picture is None

    @property
    def digit(self) -> Digit | None:
        """The digit selected."""
        if self.reading is None or not self.reading.digits:
            return None
        return self.reading.digits[min(self.selected, len(self.reading.digits) - 1)]

    @property
    def label(self) -> int | None:
        """What the person said that the digit selected was."""
        part = self._selected_part()
        return self._labels.of(part.strokes) if part else None

    # --- drawing ------------------------------------------------------------------------------

    def resize(self, width: int, height: int) -> None:
        """Give the canvas another size; strokes stay where they are."""
        size = max(width, 1), max(height, 1)
        before = self._cut_off()
        self.drawing.width, self.drawing.height = size
        if before or self._cut_off():
            self._changed()

    def _cut_off(self) -> bool:
        """Whether some of the ink is outside the canvas."""
        left, top, right, bottom = self.drawing.bounds() or (0.0, 0.0, 0.0, 0.0)
        beyond = right > self.drawing.width or bottom > self.drawing.height
        return left < 0 or top < 0 or beyond

    def add(self, stroke: Stroke) -> None:
        """Put a stroke on the canvas, in place of a picture."""
        self.picture = None
        self.drawing.add(stroke)
        self.selected = -1
        self._changed()

    def sketch(self, stroke: Stroke) -> None:
        """Read what there is with a stroke that is not finished, if nothing else is under way."""
        if self.live and self.models and not self.loading and not self._work.busy:
            drawing = self._snapshot()
            drawing.strokes.append(stroke)
            self._submit_reading(drawing, partial_stroke=True)

    def erase(self, strokes: Iterable[Stroke]) -> bool:
        """Take strokes away in one step."""
        return self._did(self.drawing.erase(strokes))

    def undo(self) -> bool:
        """Take the last step back."""
        return self._stepped(self.drawing.undo())

    def redo(self) -> bool:
        """Take the step undone last once more."""
        return self._stepped(self.drawing.redo())

    def clear(self) -> bool:
        """Take everything away; strokes can be brought back by undo."""
        had_picture, self.picture = self.picture is not None, None
        return self._did(self.drawing.clear() or had_picture)

    def _stepped(self, done: bool) -> bool:
        if done:
            self.picture = None
            self.selected = -1
        return self._did(done)

    def _did(self, done: bool) -> bool:
        if done:
            self._changed()
        return done

    def _changed(self) -> None:
        """Forget what was read of what is no longer so, and read anew where that is wished."""
        self._wanted = None
        self.fresh = False
        if self.models and not self.loading:
            self.message, self.model_failed = Message(), False
        if self.empty or not self.live:
            self.reading = None
        if self.live and not self.empty:
            self.read()

    # --- reading ------------------------------------------------------------------------------

    def read(self) -> None:
        """Read what is on the canvas; the answer comes by `poll`."""
        if self.empty:
            self.message = Message("Nothing is drawn yet: draw a digit, or a number.", "warning")
        elif self.models:
            self._submit_reading(self.picture or self._snapshot())
        elif self.loading:
            self._asked = True
        else:
            self.message = Message("There is no network: choose a weights file.", "error")

    def select(self, index: int) -> None:
        """Look at another of the digits read; what is beyond either end comes round."""
        if self.reading is not None and self.reading.digits:
            self.selected = index % len(self.reading.digits)

    def _snapshot(self) -> Drawing:
        return Drawing(self.drawing.width, self.drawing.height, list(self.drawing.strokes))

    def _submit_reading(self, what: Drawing | Image.Image, *, partial_stroke: bool = False) -> None:
        call = partial(self._reader.read, what, list(self.models))
        self._wanted = self._work.submit("read", call, latest_only=True)
        self._partial = partial_stroke
        self._asked = False
        self._said = self.message

    def _read(self, outcome: Outcome) -> None:
        reading: Reading = outcome.value
        if outcome.ticket != self._wanted:
            return  # the drawing or the networks are others by now
        self._wanted = None
        self.reading = reading
        self.fresh = not self._partial
        if not reading.digits:
            self.selected = 0
        elif not 0 <= self.selected < len(reading.digits):
            self.selected = self._latest(reading)
        if not self._partial:
            said = explain(reading, picture=self.picture is not None)
            # What else happened meanwhile is not to be lost: it is told until the next change.
            if said.text and self.message == self._said and self.message.tone != "error":
                self.message = said

    def _latest(self, reading: Reading) -> int:
        """Return the digit that the last stroke belongs to."""
        last = self.drawing.strokes[-1] if self.drawing.strokes else None
        for index, digit in enumerate(reading.digits):
            if any(stroke is last for stroke in digit.strokes):
                return index
        return len(reading.digits) - 1

    # --- networks -----------------------------------------------------------------------------

    def choose_model(self, path: Path, said: Message | None = None) -> None:
        """Load a network to read with from now on, and say this when it is there, not before."""
        self._load(path, compare=False, said=said)

    def compare_with(self, path: Path) -> None:
        """Load one more network to read with beside the others."""
        self._load(path, compare=True)

    def drop_model(self, path: Path) -> None:
        """Compare with this network no longer; the one chosen stays."""
        if path in self.models[1:]:
            self.models.remove(path)
            self._models_changed()

    def _load(self, path: Path, *, compare: bool, said: Message | None = None) -> None:
        path = path.absolute()
        ticket = self._work.submit("load", partial(self._reader.load, path))
        self._loading[ticket] = path, compare, said or Message()
        self.message = loading(path)

    def _loaded(self, outcome: Outcome) -> None:
        path, compare, said = self._loading.pop(outcome.ticket)
        if outcome.error is not None:
            self.model_failed = True
            still = f". Still reading with {model_name(self.models[0])}." if self.models else ""
            self.message = Message(in_words(outcome.error) + still, "error")
            return
        self.model_failed = False
        if compare and self.models:
            if path in self.models:
                said = Message(f"{model_name(path)} is among those that read already.", "warning")
            else:
                self.models.append(path)
        else:
            self.models = [path, *(other for other in self.models[1:] if other != path)]
        if self.message == loading(path):
            self.message = Message()  # what else was said meanwhile stays
        self._models_changed()
        if said.text:
            self.message = said

    def _models_changed(self) -> None:
        asked = self.live or self._asked or self.reading is not None or self._wanted is not None
        self._wanted = self.reading = None
        if asked and not self.empty:
            self.read()

    # --- files --------------------------------------------------------------------------------

    def open(self, source: Path | bytes) -> None:
        """Open strokes or a picture from a file, or a picture from the clipboard's bytes."""
        self._keep.submit("open", partial(open_file, source))

    def save(self, path: Path) -> None:
        """Save the drawing, as .png or as strokes in .json."""
        if self.picture is not None:
            self.message = Message("A picture is shown: there are no strokes to save.", "warning")
        elif not self.drawing.strokes:
            self.message = Message("Nothing is drawn yet that could be saved.", "warning")
        elif path.suffix.lower() not in (".png", ".json"):
            self.message = Message(
                f"{path.name}: give it a name that ends in .png or .json.", "warning"
            )
        else:
            drawing = self._snapshot()
            self._keep.submit("save", partial(save_file, path, drawing))

    def _opened(self, outcome: Outcome) -> None:
        if outcome.error is not None:
            self.message = Message(in_words(outcome.error), "error")
            return
        self.drawing.clear()
        self.picture = None
        self.selected = -1
        if isinstance(outcome.value, Drawing):
            for stroke in outcome.value.scaled_to_fit(self.drawing.width, self.drawing.height):
                self.drawing.add(stroke)
        else:
            self.picture = outcome.value
        self._changed()
        if not self.live and not self.empty:
            self.read()

    def _saved(self, outcome: Outcome) -> None:
        if outcome.error is not None:
            self.message = Message(f"Not saved: {in_words(outcome.error)}", "error")
        else:
            self.message = Message(f"Saved as {outcome.value}.", "good")

    # --- labels -------------------------------------------------------------------------------

    def say_it_was(self, label: int) -> None:
        """Store the digit selected with its right label, and go on to the next of a number."""
        part = self._selected_part()
        if part is None:
            text = "Nothing is drawn: draw a digit first, then say what it was."
            if self.picture is not None:
                text = "Only drawings are stored, and this is a picture."
            self.message = Message(text, "warning")
            return
        if part.too_small:
            self.message = Message("This is too small to be kept; draw it larger.", "warning")
            return
        key = self._labels.give(part.strokes, label)
        drawing = Drawing(self.drawing.width, self.drawing.height, list(part.strokes))
        said = f"Stored as a {label}."
        if self.fresh and self.reading is not None and len(self.reading.digits) > 1:
            said = f"Digit {self.selected + 1} is stored as a {label}."
            strokes = [digit.strokes for digit in self.reading.digits]
            self.selected = self._labels.next_without(strokes, self.selected)
        self._keep.submit("store", partial(keep, self._store, drawing, label, key, said))

    def _selected_part(self) -> StrokeGroup | None:
        """What a label is for; None where there is nothing."""
        if self.picture is not None:
            return None
        if self.fresh and self.digit is not None and self.digit.box is not None:
            return StrokeGroup(self.digit.strokes, self.digit.box)
        found = stroke_groups(self.drawing)
        return found[self.selected if self.selected < len(found) else -1] if found else None

    def _kept(self, outcome: Outcome) -> None:
        if outcome.error is not None:
            self.message = Message(in_words(outcome.error), "error")
            return
        said, self.stored = outcome.value
        self.message = Message(said, "good")

    def _counted(self, outcome: Outcome) -> None:
        if outcome.error is not None:
            self.message = Message(in_words(outcome.error), "error")
        elif self.stored is None:
            self.stored = outcome.value

    def learn(self) -> None:
        """Let the network chosen learn from the drawings kept; what comes of it comes by `poll`."""
        if more := self.learning.lacking(self.stored):
            self.message = Message(f"{more} more drawings are needed to learn from.", "warning")
        elif self.learning.start(self.models[0] if self.models else None):
            self.message = Message("Learning your hand …")

    # --- the threads --------------------------------------------------------------------------

    def poll(self) -> bool:
        """Take in what the threads have done since; whether that was anything."""
        outcomes = self._work.collect() + self._keep.collect()
        handlers: dict[str, Callable[[Outcome], None]] = {
            "load": self._loaded,
            "open": self._opened,
            "save": self._saved,
            "store": self._kept,
            "count": self._counted,
        }
        for outcome in outcomes:
            if outcome.kind != "read":
                handlers[outcome.kind](outcome)
            elif outcome.error is None:
                self._read(outcome)
            elif outcome.ticket == self._wanted and self.models:
                self._wanted = None
                self.message = Message(in_words(outcome.error), "error")
        if learnt := self.learning.poll():
            self.message = learnt.message
            if learnt.weights is not None:
                self.choose_model(learnt.weights, learnt.message)
        return bool(outcomes or learnt)

    def close(self) -> None:
        """End the threads, once all labelled or saved is stored; what is being learnt is not."""
        self.learning.close()
        self._work.close()
        self._keep.close(STORE_SECONDS)
