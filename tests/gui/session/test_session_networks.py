"""The session's networks: chosen, compared, slow, and their process ended."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from handwriting import ignorant, rejecting, stroke
from sessions import begun, settled, text, until

from digitrec.gui.session.messages import Message, model_name
from digitrec.gui.session.reader_process import ReaderProcess, ReaderStoppedError
from digitrec.gui.session.session import STARTED_AGAIN, STILL_READING, Session
from digitrec.recognition.results import Reading
from digitrec.storage.resources import shipped_checkpoint

Until = Callable[..., None]


# --- networks -----------------------------------------------------------------------------------


def test_another_network_reads_the_same_drawing(session: Session, tmp_path: Path) -> None:
    session.add(stroke(7))
    settled(session)
    other = rejecting(tmp_path)
    session.choose_model(other)
    assert session.message.text == "Loading rejecting.h5 …"
    assert session.networks.paths == [shipped_checkpoint()]
    settled(session)
    assert session.networks.paths == [other]
    assert text(session) == "?"


def test_the_network_may_change_while_a_reading_is_being_made(
    session: Session, tmp_path: Path
) -> None:
    other = rejecting(tmp_path)
    for _ in range(5):
        session.add(stroke(7))
        session.choose_model(other)
        session.clear()
        session.add(stroke(1))
        settled(session)
        assert text(session) == "?"
        session.choose_model(shipped_checkpoint())
        settled(session)
        assert text(session) == "1"
        session.clear()


@pytest.mark.parametrize("content", [None, b"", b"nonsense", b"\x89HDF\r\n\x1a\n" + b"0" * 500])
def test_if_a_network_cannot_be_loaded_the_old_one_stays(
    session: Session, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "bad.h5"
    if content is not None:
        path.write_bytes(content)
    session.add(stroke(7))
    session.choose_model(path)
    settled(session)
    assert session.networks.failed
    assert "bad.h5" in session.message.text
    assert session.message.text.endswith(". Still using digitrec.h5.")
    assert session.message.tone == "error"
    assert text(session) == "7"
    session.choose_model(shipped_checkpoint())
    settled(session)
    assert not session.networks.failed


def test_without_any_network_there_is_a_message(store: Path, tmp_path: Path) -> None:
    session = begun(tmp_path / "none.h5", store)
    settled(session)
    assert session.networks.failed
    assert "none.h5 does not exist" in session.message.text
    session.add(stroke(7))
    assert session.networks.failed
    session.read()
    assert session.message == Message(
        "Nothing can be read yet. Choose a network at the top.", "error"
    )
    session.give_label(7)  # needs no network
    settled(session)
    assert session.corrected.count == 1
    session.choose_model(shipped_checkpoint())
    settled(session)
    assert text(session) == "7"
    session.close()


def test_networks_are_compared(session: Session, tmp_path: Path) -> None:
    session.add(stroke(7))
    strict, other = rejecting(tmp_path), ignorant(tmp_path)
    session.compare_with(strict)
    session.compare_with(other)
    session.compare_with(strict)  # is there already
    settled(session)
    assert session.networks.paths == [shipped_checkpoint(), strict, other]
    assert session.latest.reading is not None
    assert [answer.text for answer in session.latest.reading.answers][:2] == ["7", "?"]
    assert session.latest.reading.disagreeing[1]
    assert session.message.text == "rejecting.h5 is already in use."
    session.read()
    settled(session)
    assert "The networks disagree." in session.message.text
    session.drop_model(shipped_checkpoint())  # the one chosen stays
    session.drop_model(strict)
    session.drop_model(strict)
    settled(session)
    assert session.networks.paths == [shipped_checkpoint(), other]
    session.choose_model(other)
    settled(session)
    assert session.networks.paths == [other]


def test_the_checkpoint_of_a_run_is_named_by_its_folder() -> None:
    assert model_name(Path("/runs/cnn-1/model.h5")) == "cnn-1/model.h5"
    assert model_name(Path("/weights/best.h5")) == "best.h5"


def test_a_reading_that_was_asked_for_too_early_is_made_once(store: Path) -> None:
    session = begun(shipped_checkpoint(), store, live=False)
    try:
        session.add(stroke(7))
        session.read()
        session.clear()  # thought better of it while the network is being loaded
        settled(session)
        session.add(stroke(1))
        session.choose_model(shipped_checkpoint())
        settled(session)
        assert session.latest.reading is None
        session.read()
        settled(session)
        assert text(session) == "1"
    finally:
        session.close()


# --- if the reader process ends -----------------------------------------------------------------


def stop_reader(session: Session) -> None:
    """End the reader process as a crash would."""
    pid = session.networks.reader.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


@pytest.mark.slow
def test_a_reader_that_ends_is_started_again(session: Session) -> None:
    assert not session.tend()
    stop_reader(session)
    until(session, lambda: session.networks.reader.stopped)
    assert session.tend()
    assert session.loading
    settled(session)
    assert session.message == STARTED_AGAIN
    assert not session.tend()
    session.add(stroke(7))
    settled(session)
    assert text(session) == "7"


def test_a_drawing_is_read_again_unless_it_ends_the_reader_each_time(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, fatal = ReaderProcess.read, 1

    def read(reader: ReaderProcess, *words: Any) -> Reading:
        nonlocal fatal
        fatal -= 1
        if fatal >= 0:
            raise ReaderStoppedError("the program that reads has stopped")
        return real(reader, *words)

    monkeypatch.setattr(ReaderProcess, "read", read)
    session.add(stroke(7))
    settled(session)
    assert text(session) == "7"
    assert session.message == STARTED_AGAIN
    fatal = 99
    session.add(stroke(1, 420))
    settled(session)
    assert session.message.text == (
        "The reader stops each time digitrec.h5 reads this. Choose another network."
    )
    assert session.networks.failed
    assert fatal == 99 - 3
    fatal = 1
    session.choose_model(shipped_checkpoint())  # once more; what was before does not count
    settled(session)
    assert text(session) == "71"


@pytest.fixture
def slow_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the first reading go on until it is stopped."""
    waiting = threading.Event()
    real = ReaderProcess.read

    def read(reader: ReaderProcess, *words: Any) -> Reading:
        if not waiting.is_set():
            reader._asked_at = time.monotonic() - 60
            waiting.wait(30)
            reader._asked_at = None
            raise ReaderStoppedError("the program that reads has stopped")
        return real(reader, *words)

    monkeypatch.setattr(ReaderProcess, "read", read)
    monkeypatch.setattr(ReaderProcess, "stop", lambda _: waiting.set())


@pytest.mark.usefixtures("slow_once")
def test_a_slow_network_is_said_to_be_slow_and_gives_way_to_another(
    session: Session, tmp_path: Path
) -> None:
    session.add(stroke(7))
    until(session, lambda: session.message == STILL_READING)
    session.choose_model(ignorant(tmp_path))
    settled(session)
    assert session.networks.paths == [tmp_path / "ignorant.h5"]
    assert session.latest.fresh
    assert session.message.text != STILL_READING.text


@pytest.mark.usefixtures("slow_once")
@pytest.mark.parametrize("live", [True, False])
def test_a_slow_network_reads_again_if_another_cannot_be_loaded(
    session: Session, tmp_path: Path, live: bool
) -> None:
    session.live = live
    session.add(stroke(7))
    session.read()
    until(session, lambda: session.message == STILL_READING)
    session.choose_model(tmp_path / "none.h5")
    settled(session)
    assert text(session) == "7"
    assert session.latest.fresh
    assert "none.h5 does not exist" in session.message.text
