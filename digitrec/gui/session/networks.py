"""Which networks read: the one that the user chose, and others to compare it with."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from digitrec.errors import CheckpointError
from digitrec.gui.session.background_thread import BackgroundThread, Completed
from digitrec.gui.session.messages import (
    Message,
    error_text,
    loading_message,
    model_name,
    network_summary,
)
from digitrec.gui.session.reader_messages import Checked, NetworkFacts
from digitrec.gui.session.reader_process import ReaderProcess, ReaderStoppedError

if TYPE_CHECKING:
    from PIL import Image

    from digitrec.drawing.strokes import Drawing
    from digitrec.recognition.results import Reading

__all__ = ["Networks"]

MAX_WAIT = 2.0  # seconds that a new network waits for a reading to end


@dataclass(frozen=True)
class _Loading:
    path: Path
    compare: bool
    announcement: Message


class Networks:
    """The networks that read. They are loaded in the reader process.

    Attributes:
        paths: Checkpoint file of the network that the user chose, then of those it is compared
            with.
        facts: What the checkpoint files say of them, by their paths.
        failed: Whether the last network could not be loaded.
        reader: The process that loads them and reads with them.
    """

    def __init__(self, thread: BackgroundThread) -> None:
        self.paths: list[Path] = []
        self.facts: dict[Path, NetworkFacts] = {}
        self.failed = False
        self.reader = ReaderProcess()
        self._thread = thread
        self._loading: dict[int, _Loading] = {}

    @property
    def loading(self) -> bool:
        """Whether a network is being loaded."""
        return bool(self._loading)

    def load(
        self, path: Path, *, compare: bool = False, announcement: Message | None = None
    ) -> Message:
        """Load a network in the background. A reading that takes long is abandoned for it.

        Args:
            path: Its checkpoint file, or the run directory that holds it.
            compare: Read with it beside the others, and not in place of the one chosen.
            announcement: What to tell the user when it is loaded.

        Returns:
            What to tell the user meanwhile.
        """
        path = _checkpoint_file(path.absolute())
        if not self._loading and self.reader.busy_seconds > MAX_WAIT:
            self.reader.stop()
        ticket = self._thread.submit("load", partial(self.reader.load, path))
        self._loading[ticket] = _Loading(path, compare, announcement or Message())
        return loading_message(path)

    def finish_loading(self, completed: Completed) -> tuple[Path, Message]:
        """Take in a job of kind "load".

        Returns:
            The path of the network, and what to tell the user. `failed` says whether it is loaded.
        """
        loading = self._loading.pop(completed.ticket)
        path, announcement = loading.path, loading.announcement
        self.failed = completed.error is not None
        if completed.error is not None:
            text = error_text(completed.error)
            if isinstance(completed.error, ReaderStoppedError):
                text = f"{model_name(path)} cannot be used: {text}"
            still = f". Still using {model_name(self.paths[0])}." if self.paths else ""
            return path, Message(text + still, "error")
        self.facts[path] = completed.value
        if not (loading.compare and self.paths):
            self.paths = [path, *(other for other in self.paths[1:] if other != path)]
        elif path not in self.paths:
            self.paths.append(path)
        else:
            announcement = Message(f"{model_name(path)} is already in use.", "warning")
        return path, announcement

    def summary(self, path: Path) -> str:
        """Say in a few words what a network is."""
        facts = self.facts.get(path)
        return network_summary(facts) if facts else ""

    def rejects(self) -> bool:
        """Return whether the network that the user chose rejects non-digits."""
        facts = self.facts.get(self.paths[0]) if self.paths else None
        return facts is None or facts.rejects

    def drop(self, path: Path) -> bool:
        """Stop comparing with a network, and return whether it was among those compared."""
        if path not in self.paths[1:]:
            return False
        self.paths.remove(path)
        return True

    def reading_job(self, ink: Drawing | Image.Image) -> Callable[[], Reading]:
        """Return a job that reads a drawing or a picture with the current networks."""
        return partial(self.reader.read, ink, list(self.paths))

    def checking_job(self, path: Path, drawings: Path) -> Callable[[], Checked]:
        """Return a job that asks a network about the labels in a file of drawings."""
        return partial(self.reader.check, path, drawings)


def _checkpoint_file(path: Path) -> Path:
    """Return the checkpoint file in a run directory; any other path as it is."""
    if path.is_dir():
        from digitrec.models.checkpoint import checkpoint_file

        with suppress(CheckpointError):  # loading it tells the user what is wrong
            return checkpoint_file(path)
    return path
