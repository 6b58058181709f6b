"""Fine-tune the network on the user's labelled drawings, in a process of its own.

The window goes on while the process is running. It runs this module as a program: that is
``python -m digitrec.adapt``, and a thread that ends it if the window is gone, however it ended.
"""

from __future__ import annotations

import json
import os
import runpy
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from digitrec.errors import DigitrecError
from digitrec.gui.session.background_thread import BackgroundThread
from digitrec.gui.session.messages import Message, error_text

__all__ = ["AdaptationProcess"]

END_SECONDS = 5.0  # how long to wait for the process after it was told to end
NICENESS = 10  # the window has priority
LOOK_SECONDS = 0.5  # from one look whether the window is still there to the next
MODULE = __spec__.name
"""The name of this module, also while it is run as a program."""


@dataclass(frozen=True)
class Adapted:
    """The result of fine-tuning.

    Attributes:
        message: What to tell the user.
        checkpoint: The file of the new network. None if there is no new one.
    """

    message: Message
    checkpoint: Path | None = None


class AdaptationProcess:
    """Runs ``python -m digitrec.adapt`` in a process, while a thread waits for its result.

    All methods must be called from the same thread, which is the one of the window.

    Attributes:
        command: The program to run. ``--json --checkpoint FILE DRAWINGS`` is added to it.
    """

    def __init__(self, drawings: Path | None = None) -> None:
        """Learn from the file ``drawings``, or from the user's own file if it is None."""
        self.command = [sys.executable, "-m", MODULE, str(os.getpid())]
        self._drawings = drawings
        self._thread = BackgroundThread()
        self._process: subprocess.Popen[str] | None = None
        self._closed = False
        self._lock = threading.Lock()  # so that no process is started while `close` ends it

    @property
    def running(self) -> bool:
        """Whether it has been started and `poll` has not returned its result yet."""
        return self._thread.busy

    def drawings_lacking(self, stored: int | None) -> int:
        """Return how many more drawings are needed; 0 if ``stored`` is not known yet."""
        if stored is None:
            return 0
        from digitrec.drawing.corrections import MIN_DRAWINGS

        return max(MIN_DRAWINGS - stored, 0)

    def start(self, checkpoint: Path | None) -> bool:
        """Start fine-tuning a network, and return False if it is running already.

        Args:
            checkpoint: The file of the network. None for the one that comes with the package,
                which also takes the place of a network that was fine-tuned before: everything that
                one has learnt from is among the drawings.
        """
        if self.running:
            return False
        self._thread.submit("adapt", partial(self._run, checkpoint))
        return True

    def poll(self) -> Adapted | None:
        """Return the result once the process has ended, and None before."""
        for completed in self._thread.collect():
            if completed.error is not None:
                return Adapted(Message(error_text(completed.error), "error"))
            return _summary(completed.value)
        return None

    def close(self) -> None:
        """End the process if it is running. It leaves no unfinished file."""
        with self._lock:
            self._closed = True
            if self._process is not None:
                self._process.terminate()
        self._thread.close(END_SECONDS)

    def _run(self, checkpoint: Path | None) -> dict[str, Any]:
        from digitrec.drawing.corrections import default_path
        from digitrec.storage.resources import shipped_checkpoint

        drawings = self._drawings or default_path()
        adapted = drawings.with_name("adapted.h5")
        if checkpoint is None or checkpoint.resolve() == adapted.resolve():
            checkpoint = shipped_checkpoint()
        with self._lock:
            if self._closed:
                raise DigitrecError("Nothing was learnt: the window was closed.")
            process = self._process = subprocess.Popen(
                [*self.command, "--json", "--checkpoint", str(checkpoint), str(drawings)],
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
            lines = errors.strip().splitlines() or [f"exit code {process.returncode}"]
            reason = lines[-1].removeprefix("error: ")
            raise DigitrecError(f"Nothing was learnt: {reason}") from None
        return report


def _summary(report: dict[str, Any]) -> Adapted:
    """Say in words what ``digitrec.adapt --json`` reports."""
    before, after = report["mnist_before"], report["mnist_after"]
    count = report["drawings"]
    if report["written"] is None:
        return Adapted(
            Message(
                f"Nothing was learnt from {count} drawings: anything that could be learnt would "
                f"lower the accuracy on MNIST ({before:.2%}).",
                "warning",
            )
        )
    sentences = [f"Learnt from {count} drawings."]
    tests, right, right_before = (
        report[key] for key in ("held_back", "right_after", "right_before")
    )
    if tests:
        sentences.append(f"Of {tests} others, {right} are read correctly, {right_before} before.")
    sentences.append(f"Accuracy on MNIST: {after:.2%}, {before:.2%} before.")
    worse = tests and right < right_before
    message = Message(" ".join(sentences), "warning" if worse else "good")
    return Adapted(message, Path(report["written"]))


def _end_without(parent: int) -> None:
    """End this process once it is no longer a child of the process ``parent``."""
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    if sys.platform != "win32":  # there, a process keeps its parent's number for ever
        watch = threading.Thread(target=_end_without, args=(int(sys.argv[1]),), daemon=True)
        watch.start()
    sys.argv[1:2] = []
    runpy.run_module("digitrec.adapt", run_name="__main__", alter_sys=True)
