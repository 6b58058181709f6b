from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from handwriting import rejecting, stroke
from sessions import begun, settled, text

from digitrec.drawing.corrections import load_drawings
from digitrec.drawing.strokes import Stroke
from digitrec.gui.session.messages import Message
from digitrec.gui.session.session import Session
from digitrec.storage.resources import shipped_checkpoint

Until = Callable[..., None]


# --- reading ------------------------------------------------------------------------------------


def test_it_begins_with_nothing_drawn(session: Session) -> None:
    assert session.content.empty
    assert session.networks.paths == [shipped_checkpoint()]
    assert (session.message, session.corrected.count, session.labelling.given_label) == (
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
    session.reading_thread.submit("read", lambda: gate.wait(20))  # the thread is busy for now
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


# --- labels -------------------------------------------------------------------------------------


@pytest.mark.parametrize("live", [True, False])
def test_a_label_before_the_answer_is_for_the_digit_drawn_last(
    session: Session, store: Path, live: bool
) -> None:
    session.live = live
    session.add(stroke(1, 400))
    settled(session)
    session.add(stroke(7, 150))  # left of it, and not read yet
    session.give_label(7)
    settled(session)
    [stored] = load_drawings(store)
    assert stored.label == 7
    assert stored.drawing.strokes[0].points[:, 0].max() < 400
