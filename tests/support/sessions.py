"""Sessions, waiting for their background threads, and reader processes that are used again."""

from __future__ import annotations

import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from digitrec.gui.session.reader_process import ReaderProcess
from digitrec.gui.session.session import Session

SPARE: list[tuple[BaseProcess, Connection]] = []


class SpareReader(ReaderProcess):
    """A reader whose process serves the next session too: starting one takes seconds."""

    def _started(self) -> Connection:
        with self._lock:
            if self._process is None and not self._closed and SPARE:
                self._process, self._connection = SPARE.pop()
        return super()._started()

    def close(self) -> None:
        with self._lock:
            idle = self._asked_at is None and not self._closed
            if idle and self._process and self._connection and self._process.is_alive():
                SPARE.append((self._process, self._connection))
                self._process = self._connection = None
        super().close()


def until(session: Session, so: Callable[[], bool]) -> None:
    """Let the threads work until a condition is met."""
    end = time.monotonic() + 60
    while not so():
        assert time.monotonic() < end, (session.message, session.busy)
        session.poll()
        time.sleep(0.001)


def settled(session: Session) -> None:
    until(session, lambda: not session.busy)
    assert not session.poll()


def begun(*words: Path, live: bool = True) -> Session:
    session = Session(*words, live=live)
    session.begin()
    return session


def text(session: Session) -> str:
    assert session.latest.reading is not None
    return session.latest.reading.answers[0].text
