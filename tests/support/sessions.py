"""Sessions, and waiting for their background threads."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from digitrec.gui.session.session import Session


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
