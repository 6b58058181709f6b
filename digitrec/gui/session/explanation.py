"""Why the selected digit is read as it is: asks the reader process when it is wanted."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from digitrec.gui.session.background_thread import BackgroundThread, Completed
from digitrec.gui.session.latest_reading import LatestReading
from digitrec.gui.session.networks import Networks

if TYPE_CHECKING:
    from digitrec.gui.session.reader_messages import Explained
    from digitrec.recognition.results import Prediction

__all__ = ["Explanation"]


class Explanation:
    """The explanation of what is read in the selected digit by the network that the user chose.

    Attributes:
        layer: The layer whose maps are wanted, from 0.
        found: The explanation that was found last. None if there is none yet.
        digit: The digit that it explains.
    """

    def __init__(self, thread: BackgroundThread, networks: Networks, latest: LatestReading) -> None:
        self.layer = 0
        self.found: Explained | None = None
        self.digit = 0
        self._thread, self._networks, self._latest = thread, networks, latest
        self._explained: tuple[Prediction, int, Path] | None = None  # what `found` is about
        self._asked: tuple[int, int, tuple[Prediction, int, Path]] | None = None

    @property
    def outdated(self) -> bool:
        """Whether something else is selected than what was explained or is being explained."""
        wanted = self._wanted()
        if wanted is None:
            return False
        known = self._asked[2] if self._asked else self._explained
        return known is None or any(a is not b for a, b in zip(wanted, known, strict=True))

    @property
    def current(self) -> Explained | None:
        """The explanation to show: the one found last, while a digit that was read is selected.

        Until the selected digit is explained, that is of the digit before, so that nothing flickers
        while the user draws; `digit` says which. None if there is none.
        """
        if self._selected() is None:
            return None
        return self.found

    def ask(self) -> None:
        """Explain the selected digit in the background, unless that is done or being done."""
        wanted = self._wanted()
        if wanted is None or not self.outdated:
            return
        prediction, layer, path = wanted
        digit = prediction.digit
        if digit is None:
            digit = int(prediction.probabilities.argmax())
        job = partial(self._networks.reader.explain, path, prediction.image, digit, layer)
        self._asked = self._thread.submit("explain", job, latest_only=True), digit, wanted

    def finish(self, completed: Completed) -> None:
        """Take in a job of kind "explain". One that failed is not tried again."""
        if self._asked is None or completed.ticket != self._asked[0]:
            return
        _, self.digit, self._explained = self._asked
        self._asked = None
        self.found = completed.value
        if self.found is not None:
            self.layer = self.found.layer

    def _wanted(self) -> tuple[Prediction, int, Path] | None:
        prediction, paths = self._selected(), self._networks.paths
        if prediction is None or not self._latest.fresh or not paths:
            return None
        return prediction, self.layer, paths[0]

    def _selected(self) -> Prediction | None:
        """Return what is read in the selected digit, if a network has read it."""
        digit = self._latest.selected_digit
        if digit is None:
            return None
        rejection = digit.prediction.rejection
        read = rejection is None or rejection.kind == "not a digit"
        return digit.prediction if read else None
