"""The process that fine-tunes the network, as the window sees it: start, poll, close.

The window goes on meanwhile. The process runs `digitrec.gui.session.learning.learning_program`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path
from typing import Any

from digitrec.config.plugins import loaded_plugins
from digitrec.errors import DigitrecError
from digitrec.gui.session.background_thread import BackgroundThread, Completed
from digitrec.gui.session.learning.learning_program import MODULE

__all__ = ["LearningProcess"]

END_SECONDS = 5.0  # how long to wait for the process after it was told to end
NICENESS = 10  # the window has priority


class LearningProcess:
    """Runs the program that learns, while a thread waits for its result.

    All methods must be called from the same thread, which is the one of the window.

    Attributes:
        command: The program to run. ``DRAWINGS CHECKPOINT OUTPUT`` is added to it.
        progress: Share of the work that is done, from 0 to 1.
    """

    def __init__(self) -> None:
        self.command = [sys.executable, "-m", MODULE, "--parent", str(os.getpid())]
        if loaded_plugins():
            self.command += ["--plugins", ",".join(loaded_plugins())]
        self.progress = 0.0
        self.thread = BackgroundThread()
        self._process: subprocess.Popen[str] | None = None
        self._closed = False
        self._lock = threading.Lock()  # so that no process is started while `close` ends it

    @property
    def running(self) -> bool:
        """Whether it has been started and `poll` has not returned its result yet."""
        return self.thread.busy

    def start(self, drawings: Path, checkpoint: Path, output: Path) -> bool:
        """Start fine-tuning a network, and return False if it is running already.

        Args:
            drawings: File of corrected drawings.
            checkpoint: The network to begin with.
            output: The new checkpoint file.
        """
        if self.running:
            return False
        self.progress = 0.0
        self.thread.submit("learn", partial(self._run, drawings, checkpoint, output))
        return True

    def poll(self) -> Completed | None:
        """Return the result once the process has ended, and None before.

        Its value is a `digitrec.training.adaptation.adapt_to_drawings.AdaptationReport`, as a
        dictionary.
        """
        return next(iter(self.thread.collect()), None)

    def close(self) -> None:
        """End the process if it is running. It leaves no unfinished file."""
        with self._lock:
            self._closed = True
            if self._process is not None:
                self._process.terminate()
        self.thread.close(END_SECONDS)

    def _run(self, *files: Path) -> dict[str, Any]:
        with self._lock:
            if self._closed:
                raise DigitrecError("Nothing was learnt: the window was closed.")
            process = self._process = subprocess.Popen(
                [*self.command, *map(str, files)],
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
        errors: list[str] = []
        with process:
            assert process.stderr is not None
            # Read beside the output, or the process would stop once the pipe is full.
            reading = threading.Thread(target=errors.extend, args=(process.stderr,), daemon=True)
            reading.start()
            last = self._last_of_output(process)
            reading.join()
        with self._lock:
            self._process = None
        if "error" in last:
            raise DigitrecError(f"Nothing was learnt: {last['error']}")
        if "report" not in last:
            lines = [line for line in map(str.strip, errors) if line]
            reason = lines[-1] if lines else f"exit code {process.returncode}"
            raise DigitrecError(f"Nothing was learnt: {reason}")
        report: dict[str, Any] = last["report"]
        return report

    def _last_of_output(self, process: subprocess.Popen[str]) -> dict[str, Any]:
        """Follow the output of the process, and return its last object."""
        last: dict[str, Any] = {}
        assert process.stdout is not None
        for line in process.stdout:
            try:
                said = json.loads(line)
            except ValueError:
                continue  # something else that a library prints
            if isinstance(said, dict):
                last = said
                self.progress = float(said.get("progress", self.progress))
        return last
