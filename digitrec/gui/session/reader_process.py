"""The reader process, as the window sees it: started when needed, and again if it ends.

Requests are made in a background thread, which waits for the replies. The window's own process
never imports PyTorch.
"""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TYPE_CHECKING

from digitrec.config.plugins import loaded_plugins
from digitrec.errors import DigitrecError
from digitrec.gui.session.reader import serve
from digitrec.gui.session.reader_messages import (
    Check,
    Checked,
    Explain,
    Explained,
    Failed,
    Load,
    Loaded,
    NetworkFacts,
    Read,
    ReadResult,
    Reply,
    Request,
    decode_reply,
    encode_request,
)

if TYPE_CHECKING:
    from PIL import Image

    from digitrec.arrays import Float32Array
    from digitrec.drawing.strokes import Drawing
    from digitrec.recognition.results import Reading

__all__ = ["ReaderProcess", "ReaderStoppedError"]

MAX_SECONDS = 300.0  # for one reading, or for loading one network
END_SECONDS = 5.0  # to wait for a process that was killed


class ReaderStoppedError(DigitrecError):
    """The reader process ended, or was ended, before it replied."""


class ReaderProcess:
    """Loads networks and reads with them in a process of its own.

    `load`, `read`, `check` and `explain` wait for it, and must be called from the same background
    thread. The other methods may be called from any thread.
    """

    def __init__(self) -> None:
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None
        self._loaded: set[Path] = set()  # in the process of now
        self._asked_at: float | None = None  # when the request was made that is not answered yet
        self._closed = False
        self._lock = threading.Lock()  # so that no process is started while `close` ends it

    # --- for the background thread ------------------------------------------------------------

    def load(self, path: Path) -> NetworkFacts:
        """Load a network. One that is loaded already is loaded again: its file may have changed.

        Raises:
            ReaderStoppedError: If the process ended meanwhile.
            DigitrecError: If the file does not exist or is not a usable checkpoint.
        """
        reply = self._ask(Load(path))
        assert isinstance(reply, Loaded)
        self._loaded.add(path)
        return reply.facts

    def read(self, ink: Drawing | Image.Image, paths: Sequence[Path]) -> Reading:
        """Read a drawing or a picture with networks, given by their paths.

        Raises:
            ReaderStoppedError: If the process ended meanwhile.
            DigitrecError: If it cannot be read, or a network cannot be loaded again.
        """
        self._load_missing(paths)
        reply = self._ask(Read(ink, tuple(paths)))
        assert isinstance(reply, ReadResult)
        return reply.reading

    def check(self, path: Path, drawings: Path) -> Checked:
        """Ask a network about the labels in a file of drawings.

        Raises:
            ReaderStoppedError: If the process ended meanwhile.
            DigitrecError: If the drawings cannot be read, or the network cannot be loaded.
        """
        self._load_missing([path])
        reply = self._ask(Check(path, drawings))
        assert isinstance(reply, Checked)
        return reply

    def explain(self, path: Path, image: Float32Array, digit: int, layer: int) -> Explained:
        """Ask a network why it reads a digit in an image (28, 28).

        Raises:
            ReaderStoppedError: If the process ended meanwhile.
            DigitrecError: If the network cannot be loaded.
        """
        self._load_missing([path])
        reply = self._ask(Explain(path, image, digit, layer))
        assert isinstance(reply, Explained)
        return reply

    def _load_missing(self, paths: Sequence[Path]) -> None:
        """Load what is not loaded, as when the process was started again."""
        self._started()
        for path in paths:
            if path not in self._loaded:
                self.load(path)

    def _ask(self, request: Request) -> Reply:
        """Send a request and wait for its reply."""
        strokes = getattr(request.ink, "strokes", ()) if isinstance(request, Read) else ()
        message = encode_request(request)
        self._asked_at = time.monotonic()
        try:
            connection = self._started()
            connection.send_bytes(message)
            if not connection.poll(MAX_SECONDS):
                self._discard()
                raise ReaderStoppedError(f"there was no answer within {MAX_SECONDS:.0f} seconds")
            reply = decode_reply(connection.recv_bytes(), strokes)
        except (EOFError, OSError):
            self._discard()
            raise ReaderStoppedError("the program that reads has stopped") from None
        finally:
            self._asked_at = None
        if isinstance(reply, Failed):
            raise DigitrecError(reply.reason)
        return reply

    def _started(self) -> Connection:
        """Start the process unless it is running."""
        with self._lock:
            if self._closed:
                raise ReaderStoppedError("the window was closed")
            if self._connection is not None and self._process is not None:
                if self._process.is_alive():
                    return self._connection
                self._connection.close()
                self._loaded.clear()
            # Not forked: threads of this process may hold locks, which a fork would never release.
            context = multiprocessing.get_context("spawn")
            self._connection, theirs = context.Pipe()
            self._process = context.Process(
                target=serve,
                args=(theirs, tuple(loaded_plugins())),
                name="digitrec-reader",
                daemon=True,
            )
            self._process.start()
            theirs.close()  # so that this end notices when the process ends
            return self._connection

    def _discard(self) -> None:
        """Forget a process that does not answer."""
        with self._lock:
            self._kill()
            if self._connection is not None:
                self._connection.close()
            self._process = self._connection = None
            self._loaded.clear()

    # --- for any thread -----------------------------------------------------------------------

    @property
    def busy_seconds(self) -> float:
        """How long it has been working on a request, in seconds; 0 if there is none."""
        asked_at = self._asked_at
        return 0.0 if asked_at is None else time.monotonic() - asked_at

    @property
    def stopped(self) -> bool:
        """Whether the process has ended unasked, and no request has started it again."""
        process = self._process
        return process is not None and not self._closed and not process.is_alive()

    @property
    def pid(self) -> int | None:
        """The number of the process; None while there is none."""
        return self._process.pid if self._process is not None else None

    def stop(self) -> None:
        """End the process at once. Waiting requests get an error, and a new request starts it."""
        with self._lock:
            self._kill()

    def close(self) -> None:
        """End the process at once, and for ever."""
        with self._lock:
            self._closed = True
            self._kill()

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()  # it writes no files, so nothing is left unfinished
            self._process.join(END_SECONDS)
