from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from handwriting import ignorant, rejecting, stroke
from sessions import begun, settled, text, until

from digitrec.drawing.strokes import Stroke
from digitrec.gui.session.messages import Message, model_name
from digitrec.gui.session.reader_process import ReaderProcess, ReaderStoppedError
from digitrec.gui.session.session import STARTED_AGAIN, STILL_READING, Session
from digitrec.recognition.results import Reading
from digitrec.storage.resources import shipped_checkpoint

Until = Callable[..., None]


# --- reading ------------------------------------------------------------------------------------


def test_it_begins_with_nothing_drawn(session: Session) -> None:
    assert session.content.empty
    assert session.networks.paths == [shipped_checkpoint()]
    assert (session.message, session.stored.count, session.labelling.given_label) == (
        Message(),
        0,
        None,
    )
    assert session.latest.reading is None


def test_a_stroke_is_read_at_once(session: Session) -> None:
    session.add(stroke(7))
    assert not session.latest.fresh
    settled(session)
    assert session.latest.fresh
    assert text(session) == "7"
    assert session.message == Message()
    assert session.latest.selected_digit is not None
    assert session.latest.selected_digit.prediction.image.any()


def test_without_live_reading_it_is_read_when_asked(session: Session) -> None:
    session.live = False
    session.add(stroke(7))
    settled(session)
    assert session.latest.reading is None
    session.read()
    settled(session)
    assert text(session) == "7"
    session.add(stroke(1, 400))
    assert session.latest.reading is None  # what was read is no longer so
    settled(session)
    assert session.latest.reading is None


def test_what_is_drawn_while_the_network_loads_is_read_afterwards(store: Path) -> None:
    for live in (True, False):
        session = begun(shipped_checkpoint(), store, live=live)
        assert session.loading
        assert "Loading" in session.message.text
        session.add(stroke(7))
        if not live:
            session.read()
        assert "Loading" in session.message.text
        settled(session)
        assert text(session) == "7"
        assert session.message == Message()
        session.close()


def test_before_it_has_begun_it_is_loading(store: Path) -> None:
    session = Session(shipped_checkpoint(), store)
    assert session.loading
    session.add(stroke(7))
    session.read()
    assert session.message.text == "Loading the network …"
    session.begin()
    session.begin()  # once is enough
    settled(session)
    assert text(session) == "7"
    session.close()


def test_an_empty_canvas_gives_a_message(session: Session) -> None:
    session.read()
    assert session.message.text.startswith("Nothing is drawn yet")
    assert session.message.tone == "warning"
    session.add(stroke(7))
    assert session.message == Message()


def test_only_the_part_inside_the_canvas_is_read(session: Session) -> None:
    session.add(stroke(7, x=200, y=120))
    session.add(Stroke(np.array([(600.0, 200.0), (900.0, 200.0)]), 14))
    settled(session)
    assert text(session)[0] == "7"
    assert "The pen left the canvas. Only the part inside was read." in session.message.text


def test_a_dot_is_too_small(session: Session) -> None:
    session.add(Stroke(np.array([(50.0, 50.0)]), 14))
    settled(session)
    assert session.message.text == "This is too small to read. Draw it larger."


def test_ink_that_is_not_a_digit_is_rejected(store: Path, tmp_path: Path) -> None:
    session = begun(rejecting(tmp_path), store)
    session.add(stroke(7))
    settled(session)
    assert text(session) == "?"
    assert session.message.text == "This does not look like a digit. It is nearest to a 7."
    assert session.message.tone == "warning"
    session.close()


def test_a_number_is_read_and_its_last_digit_selected(session: Session) -> None:
    for digit, x in ((7, 30), (0, 200), (1, 400)):
        session.add(stroke(digit, x))
    settled(session)
    assert text(session) == "701"
    assert session.latest.selected_digit is session.latest.reading.digits[2]  # type: ignore[union-attr]
    session.latest.select(3)
    assert session.latest.selected == 0
    session.latest.select(-1)
    assert session.latest.selected == 2
    session.add(Stroke(np.array([(240.0, 300.0), (250.0, 250.0)]), 14))  # in the 0
    settled(session)
    assert session.latest.selected == 1


def test_outdated_readings_are_dropped(session: Session) -> None:
    gate = threading.Event()
    session._reading_thread.submit("read", lambda: gate.wait(20))  # the thread is busy for now
    session.add(stroke(7))
    session.add(stroke(1, 400))
    assert session.undo()
    assert session.undo()
    session.add(stroke(0))
    gate.set()
    settled(session)
    assert text(session) == "0"


def test_clearing_drops_the_reading_that_is_being_made(session: Session) -> None:
    session.add(stroke(7))
    session.clear()
    assert session.latest.reading is None
    settled(session)
    assert session.latest.reading is None
    assert session.content.empty


def test_an_unfinished_stroke_is_read_without_a_message(session: Session) -> None:
    session.read_unfinished(Stroke(np.array([(50.0, 50.0)]), 14))
    settled(session)
    assert text(session) == "?"
    assert session.message == Message()
    assert not session.latest.fresh
    assert session.content.empty
    session.live = False
    session.read_unfinished(stroke(7))
    assert not session.busy


def test_an_error_while_reading_gives_a_message(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise MemoryError("no room")

    monkeypatch.setattr(session.networks.reader, "read", fail)
    session.add(stroke(7))
    settled(session)
    assert session.message == Message("Unexpected error: MemoryError: no room", "error")


# --- steps back and forth -----------------------------------------------------------------------


def test_undo_and_redo_read_again(session: Session) -> None:
    session.add(stroke(7))
    session.add(stroke(1, 450))
    settled(session)
    assert text(session) == "71"
    assert session.undo()
    settled(session)
    assert text(session) == "7"
    assert session.redo()
    settled(session)
    assert text(session) == "71"
    assert session.erase(session.drawing.strokes[:1])
    settled(session)
    assert text(session) == "1"
    assert session.undo()
    assert session.clear()
    assert session.latest.reading is None
    assert session.undo()
    settled(session)
    assert text(session) == "71"
    while session.undo():
        pass
    assert not session.clear()
    assert session.content.empty


def test_a_new_size_matters_only_if_ink_is_cut_off(session: Session) -> None:
    session.add(stroke(7))
    settled(session)
    session.resize(600, 480)
    assert session.latest.fresh
    session.resize(250, 250)
    settled(session)
    assert "left the canvas" in session.message.text
    session.resize(700, 500)
    settled(session)
    assert text(session) == "7"
    assert session.message == Message()
    session.resize(0, -3)
    assert (session.drawing.width, session.drawing.height) == (1, 1)


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
    assert session.stored.count == 1
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


# --- if the reader process ends -----------------------------------------------------------------


def stop_reader(session: Session) -> None:
    """End the reader process as a crash would."""
    pid = session.networks.reader.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


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
        "digitrec.h5 cannot read this: reading stopped each time. Choose another network."
    )
    assert session.networks.failed
    assert fatal == 99 - 3


def test_a_slow_network_is_said_to_be_slow_and_gives_way_to_another(
    session: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
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
    session.add(stroke(7))
    until(session, lambda: session.message == STILL_READING)
    session.choose_model(ignorant(tmp_path))
    settled(session)
    assert session.networks.paths == [tmp_path / "ignorant.h5"]
    assert session.latest.fresh
    assert session.message.text != STILL_READING.text
