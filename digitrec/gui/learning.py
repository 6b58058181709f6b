"""Learning the person's hand: a process that does it while the window goes on, and its outcome."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from digitrec.errors import DigitrecError
from digitrec.gui.messages import Message, in_words
from digitrec.gui.worker import Worker

__all__ = ["Learning", "Learnt"]

END_SECONDS = 5.0  # for a process that was told to end
NICENESS = 10  # the window goes first


@dataclass(frozen=True)
class Learnt:
    """What came of learning: what to say, and the new weights where there are any."""

    message: Message
    weights: Path | None = None


class Learning:
    """Runs ``python -m digitrec.adapt`` in a process of its own, and a thread waits for it.

    store: the file of drawings to learn from; the user's own where none is given. All methods are
    called from one thread, the window's.
    """

    def __init__(self, store: Path | None = None) -> None:
        self.command = [sys.executable, "-m", "digitrec.adapt"]
        """The program that learns; ``--json --checkpoint FILE DRAWINGS`` is put behind it."""
        self._store = store
        self._worker = Worker()
        self._process: subprocess.Popen[str] | None = None
        self._closed = False
        self._lock = threading.Lock()  # between starting the process and ending it

    @property
    def running(self) -> bool:
        """Whether something is being learnt whose outcome `poll` has not given yet."""
        return self._worker.busy

    def lacking(self, stored: int | None) -> int:
        """Return how many more drawings are needed to learn from; 0 while nobody has counted."""
        if stored is None:
            return 0
        from digitrec.drawing.corrections import MIN_DRAWINGS

        return max(MIN_DRAWINGS - stored, 0)

    def start(self, model: Path | None) -> bool:
        """Let a network learn, the one that ships where there is none; False if one does already.

        Weights that were learnt before are not learnt from again: whatever they have learnt is
        among the drawings, and from the weights that ship it is learnt afresh.
        """
        if self.running:
            return False
        self._worker.submit("learn", partial(self._learn, model))
        return True

    def poll(self) -> Learnt | None:
        """Return what came of learning, once it is over."""
        for outcome in self._worker.collect():
            if outcome.error is not None:
                return Learnt(Message(in_words(outcome.error), "error"))
            return _told(outcome.value)
        return None

    def close(self) -> None:
        """End the process, if there is one; nothing half-written stays."""
        with self._lock:
            self._closed = True
            if self._process is not None:
                self._process.terminate()
        self._worker.close(END_SECONDS)

    def _learn(self, model: Path | None) -> dict[str, Any]:
        from digitrec.drawing.corrections import default_path
        from digitrec.storage.resources import shipped_checkpoint

        drawings = self._store or default_path()
        if model is None or model.resolve() == drawings.with_name("adapted.h5").resolve():
            model = shipped_checkpoint()
        words = ["--json", "--checkpoint", str(model), str(drawings)]
        with self._lock:
            if self._closed:
                raise DigitrecError("Nothing was learnt: the window was closed.")
            process = self._process = subprocess.Popen(
                [*self.command, *words],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={**os.environ, "PYTHONIOENCODING": "utf-8"},
                encoding="utf-8",
                errors="replace",
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
            if sys.platform != "win32":
                os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
        output, errors = process.communicate()
        with self._lock:
            self._process = None
        try:
            report: dict[str, Any] = json.loads(output)
        except ValueError:
            said = errors.strip().splitlines() or [f"it ended with exit code {process.returncode}"]
            reason = said[-1].removeprefix("error: ")
            raise DigitrecError(f"Nothing was learnt: {reason}") from None
        return report


def _told(report: dict[str, Any]) -> Learnt:
    """Say in words what the program reports."""
    before, after = (_accuracy(report[key]) for key in ("mnist_before", "mnist_after"))
    count = report["drawings"]
    if report["written"] is None:
        text = f"Nothing was learnt: whatever {count} drawings taught was lost on MNIST ({before})."
        return Learnt(Message(text, "warning"))
    held_back, right = report["held_back"], report["right_after"]
    judged = f"Learnt from {count} drawings"
    if held_back:
        judged += (
            f": {right} of {held_back} held back are read right, {report['right_before']} before"
        )
    worse = held_back and right < report["right_before"]
    text = f"{judged}; MNIST {after}, {before} before."
    return Learnt(Message(text, "warning" if worse else "good"), Path(report["written"]))


def _accuracy(share: float) -> str:
    return f"{share:.2%}".replace("%", " %")
