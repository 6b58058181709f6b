from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from handwriting import ignorant, refusing, stroke
from PIL import Image

from digitrec import drawings
from digitrec.gui.messages import Message, model_name
from digitrec.gui.session import Session
from digitrec.ink import Drawing, Stroke
from digitrec.resources import shipped_checkpoint

Until = Callable[..., None]


def until(session: Session, so: Callable[[], bool]) -> None:
    """Let the threads work until it is so."""
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


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "data" / "drawings.h5"


@pytest.fixture
def session(store: Path) -> Iterator[Session]:
    made = begun(shipped_checkpoint(), store)
    settled(made)
    made.resize(700, 500)
    yield made
    made.close()


def text(session: Session) -> str:
    assert session.reading is not None
    return session.reading.answers[0].text


# --- reading ------------------------------------------------------------------------------------


def test_it_begins_with_nothing_drawn(session: Session) -> None:
    assert session.empty
    assert session.models == [shipped_checkpoint()]
    assert (session.message, session.stored, session.label) == (Message(), 0, None)
    assert session.reading is None


def test_a_stroke_is_read_at_once(session: Session) -> None:
    session.add(stroke(7))
    assert not session.fresh
    settled(session)
    assert session.fresh
    assert text(session) == "7"
    assert session.message == Message()
    assert session.digit is not None
    assert session.digit.prediction.image.any()


def test_without_live_reading_it_is_read_when_asked(session: Session) -> None:
    session.live = False
    session.add(stroke(7))
    settled(session)
    assert session.reading is None
    session.read()
    settled(session)
    assert text(session) == "7"
    session.add(stroke(1, 400))
    assert session.reading is None  # what was read is no longer so
    settled(session)
    assert session.reading is None


def test_what_is_drawn_while_the_network_loads_is_read_then(store: Path) -> None:
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


def test_nothing_drawn_is_said(session: Session) -> None:
    session.read()
    assert session.message.text.startswith("Nothing is drawn yet")
    assert session.message.tone == "warning"
    session.add(stroke(7))
    assert session.message == Message()


def test_a_pen_that_left_the_canvas_is_said_and_what_is_inside_is_read(session: Session) -> None:
    session.add(stroke(7, x=200, y=120))
    session.add(Stroke(np.array([(600.0, 200.0), (900.0, 200.0)]), 14))
    settled(session)
    assert text(session)[0] == "7"
    assert "The pen left the canvas; only what is inside was read." in session.message.text


def test_a_dot_is_too_small(session: Session) -> None:
    session.add(Stroke(np.array([(50.0, 50.0)]), 14))
    settled(session)
    assert session.message.text == "This is too small to read; draw it larger."


def test_what_is_no_digit_is_refused(store: Path, tmp_path: Path) -> None:
    session = begun(refusing(tmp_path), store)
    session.add(stroke(7))
    settled(session)
    assert text(session) == "?"
    assert session.message.text == "This looks like no digit; it is nearest to a 7."
    assert session.message.tone == "warning"
    session.close()


def test_a_number_is_read_and_its_last_digit_selected(session: Session) -> None:
    for digit, x in ((7, 30), (0, 200), (1, 400)):
        session.add(stroke(digit, x))
    settled(session)
    assert text(session) == "701"
    assert session.digit is session.reading.digits[2]  # type: ignore[union-attr]
    session.select(3)
    assert session.selected == 0
    session.select(-1)
    assert session.selected == 2
    session.add(Stroke(np.array([(240.0, 300.0), (250.0, 250.0)]), 14))  # in the 0
    settled(session)
    assert session.selected == 1


def test_readings_out_of_date_are_dropped(session: Session) -> None:
    gate = threading.Event()
    session._work.submit("read", lambda: gate.wait(20))  # the thread is busy for now
    session.add(stroke(7))
    session.add(stroke(1, 400))
    assert session.undo()
    assert session.undo()
    session.add(stroke(0))
    gate.set()
    settled(session)
    assert text(session) == "0"


def test_a_reading_under_way_when_all_is_cleared_does_not_come_back(session: Session) -> None:
    session.add(stroke(7))
    session.clear()
    assert session.reading is None
    settled(session)
    assert session.reading is None
    assert session.empty


def test_an_unfinished_stroke_is_read_without_complaint(session: Session) -> None:
    session.sketch(Stroke(np.array([(50.0, 50.0)]), 14))
    settled(session)
    assert text(session) == "?"
    assert session.message == Message()
    assert not session.fresh
    assert session.empty
    session.live = False
    session.sketch(stroke(7))
    assert not session.busy


def test_an_error_while_reading_is_said_in_words(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise MemoryError("no room")

    monkeypatch.setattr(session._reader, "read", fail)
    session.add(stroke(7))
    settled(session)
    assert session.message == Message(
        "This should not have happened: MemoryError: no room", "error"
    )


# --- steps back and forth -----------------------------------------------------------------------


def test_steps_back_and_forth_are_read_anew(session: Session) -> None:
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
    assert session.reading is None
    assert session.undo()
    settled(session)
    assert text(session) == "71"
    while session.undo():
        pass
    assert not session.clear()
    assert session.empty


def test_another_size_matters_only_where_ink_is_cut_off(session: Session) -> None:
    session.add(stroke(7))
    settled(session)
    session.resize(600, 480)
    assert session.fresh
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


def test_another_network_reads_what_is_there(session: Session, tmp_path: Path) -> None:
    session.add(stroke(7))
    settled(session)
    other = refusing(tmp_path)
    session.choose_model(other)
    assert session.message.text == "Loading refusing.h5 …"
    assert session.models == [shipped_checkpoint()]
    settled(session)
    assert session.models == [other]
    assert text(session) == "?"


def test_a_network_swapped_while_a_reading_is_under_way(session: Session, tmp_path: Path) -> None:
    other = refusing(tmp_path)
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
def test_a_network_that_cannot_be_loaded_is_said_and_the_old_one_stays(
    session: Session, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "bad.h5"
    if content is not None:
        path.write_bytes(content)
    session.add(stroke(7))
    session.choose_model(path)
    settled(session)
    assert session.model_failed
    assert "bad.h5" in session.message.text
    assert session.message.text.endswith("Still reading with digitrec.h5.")
    assert session.message.tone == "error"
    assert text(session) == "7"
    session.choose_model(shipped_checkpoint())
    settled(session)
    assert not session.model_failed


def test_without_any_network_it_says_so(store: Path, tmp_path: Path) -> None:
    session = begun(tmp_path / "none.h5", store)
    settled(session)
    assert session.model_failed
    assert "none.h5 does not exist" in session.message.text
    session.add(stroke(7))
    assert session.model_failed
    session.read()
    assert session.message == Message("There is no network: choose a weights file.", "error")
    session.say_it_was(7)  # needs no network
    settled(session)
    assert session.stored == 1
    session.choose_model(shipped_checkpoint())
    settled(session)
    assert text(session) == "7"
    session.close()


def test_networks_are_compared(session: Session, tmp_path: Path) -> None:
    session.add(stroke(7))
    strict, other = refusing(tmp_path), ignorant(tmp_path)
    session.compare_with(strict)
    session.compare_with(other)
    session.compare_with(strict)  # is there already
    settled(session)
    assert session.models == [shipped_checkpoint(), strict, other]
    assert session.reading is not None
    assert [answer.text for answer in session.reading.answers][:2] == ["7", "?"]
    assert session.reading.disagreeing[1]
    assert "The networks disagree." in session.message.text
    session.drop_model(shipped_checkpoint())  # the one chosen stays
    session.drop_model(strict)
    session.drop_model(strict)
    settled(session)
    assert session.models == [shipped_checkpoint(), other]
    session.choose_model(other)
    settled(session)
    assert session.models == [other]


def test_a_runs_weights_are_named_by_its_folder() -> None:
    assert model_name(Path("/runs/cnn-1/model.h5")) == "cnn-1/model.h5"
    assert model_name(Path("/weights/best.h5")) == "best.h5"


# --- files --------------------------------------------------------------------------------------


def test_a_drawing_is_saved_as_strokes_and_opened_again(session: Session, tmp_path: Path) -> None:
    session.add(stroke(7))
    path = tmp_path / "seven.json"
    session.save(path)
    settled(session)
    assert session.message == Message(f"Saved as {path}.", "good")
    session.clear()
    session.open(path)
    settled(session)
    assert text(session) == "7"
    [again] = session.drawing.strokes
    np.testing.assert_array_equal(again.points, stroke(7).points)
    assert session.undo()  # by stroke, to what was there before
    assert session.empty


def test_a_drawing_is_saved_as_a_picture_and_opened_again(session: Session, tmp_path: Path) -> None:
    session.add(stroke(7))
    path = tmp_path / "seven.png"
    session.save(path)
    settled(session)
    saved = Image.open(path)
    assert saved.size == (700, 500)
    np.testing.assert_array_equal(255 - np.asarray(saved), session.drawing.rasterise())
    session.live = False
    session.open(path)
    settled(session)
    assert session.picture is not None
    assert not session.drawing.strokes
    assert text(session) == "7"  # opened to be read
    session.say_it_was(7)
    assert session.message.text == "Only drawings are stored, and this is a picture."
    session.save(path)
    assert session.message.text.startswith("A picture is shown")
    session.add(stroke(1))
    assert session.picture is None


def test_undo_puts_the_drawing_in_place_of_a_picture(session: Session, tmp_path: Path) -> None:
    session.add(stroke(7))
    path = tmp_path / "one.png"
    Image.fromarray(255 - Drawing(700, 500, [stroke(1)]).rasterise()).save(path)
    session.open(path)
    settled(session)
    assert text(session) == "1"
    assert session.undo()
    settled(session)
    assert session.picture is None
    assert text(session) == "7"


def test_bytes_of_a_picture_are_opened(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "one.png"
    Image.fromarray(255 - Drawing(700, 500, [stroke(1)]).rasterise()).save(path)
    session.open(path.read_bytes())
    settled(session)
    assert text(session) == "1"
    session.clear()
    assert session.empty
    session.open(b"nonsense")
    settled(session)
    assert session.message.text.startswith("the clipboard: is no picture")


def test_a_blank_picture_is_said(session: Session, tmp_path: Path) -> None:
    Image.new("L", (60, 60), 255).save(tmp_path / "blank.png")
    session.open(tmp_path / "blank.png")
    settled(session)
    assert session.message.text == "The picture is blank: there is no ink in it."
    assert session.digit is None


@pytest.mark.parametrize("name", ["none.png", "text.png", "none.json", "text.json", "."])
def test_what_cannot_be_opened_is_said_and_the_drawing_stays(
    session: Session, tmp_path: Path, name: str
) -> None:
    for suffix in ("png", "json"):
        (tmp_path / f"text.{suffix}").write_text("no such thing")
    session.add(stroke(7))
    settled(session)
    session.open(tmp_path / name)
    settled(session)
    assert session.message.tone == "error"
    assert len(session.drawing.strokes) == 1
    assert text(session) == "7"


def test_strokes_of_a_larger_canvas_are_made_to_fit(session: Session, tmp_path: Path) -> None:
    from digitrec import strokefile

    big = stroke(7, x=900, y=300, size=6)
    strokefile.save(tmp_path / "big.json", Drawing(1400, 1000, [big]))
    session.open(tmp_path / "big.json")
    settled(session)
    assert text(session) == "7"
    assert not session.drawing.left_by_pen()
    np.testing.assert_allclose(session.drawing.strokes[0].points, big.points / 2)


def test_what_cannot_be_saved_is_said(session: Session, tmp_path: Path) -> None:
    session.save(tmp_path / "a.png")
    assert session.message.text == "Nothing is drawn yet that could be saved."
    session.add(stroke(7))
    session.save(tmp_path / "a.gif")
    assert session.message.text == "a.gif: give it a name that ends in .png or .json."
    session.save(tmp_path / "no such folder" / "a.png")
    settled(session)
    assert session.message.text.startswith("Not saved: ")
    assert session.message.tone == "error"
    assert not list(tmp_path.glob("**/*.part"))


# --- labels -------------------------------------------------------------------------------------


def test_a_drawing_is_kept_with_its_label(session: Session, store: Path) -> None:
    session.add(stroke(7))
    settled(session)
    assert session.label is None
    session.say_it_was(1)
    assert session.label == 1
    settled(session)
    assert (session.stored, session.message) == (1, Message("Stored as a 1.", "good"))
    session.say_it_was(7)  # a slip, put right
    settled(session)
    assert session.stored == 1
    [kept] = drawings.load(store)
    assert kept.label == 7
    assert (kept.drawing.width, kept.drawing.height) == (700, 500)
    np.testing.assert_array_equal(kept.drawing.strokes[0].points, stroke(7).points)
    session.clear()
    session.add(stroke(7))
    settled(session)
    assert session.label is None
    session.say_it_was(7)
    settled(session)
    assert session.stored == 2


def test_the_digits_of_a_number_are_labelled_one_after_the_other(
    session: Session, store: Path
) -> None:
    for digit, x in ((7, 30), (0, 200), (1, 400)):
        session.add(stroke(digit, x))
    settled(session)
    session.select(0)
    for label in (7, 0, 1):
        session.say_it_was(label)
    settled(session)
    kept = drawings.load(store)
    assert [item.label for item in kept] == [7, 0, 1]
    for item, made in zip(kept, (stroke(7, 30), stroke(0, 200), stroke(1, 400)), strict=True):
        np.testing.assert_array_equal(item.drawing.strokes[0].points, made.points)
    assert session.stored == 3


def test_a_label_is_for_what_is_drawn_now_not_for_what_was_read(
    session: Session, store: Path
) -> None:
    session.add(stroke(7))
    settled(session)
    session.clear()
    session.add(stroke(1))
    session.say_it_was(1)  # before it was read
    settled(session)
    np.testing.assert_array_equal(
        drawings.load(store)[0].drawing.strokes[0].points, stroke(1).points
    )


def test_what_cannot_be_labelled_is_said(session: Session) -> None:
    session.say_it_was(3)
    assert session.message.text == "Nothing is drawn: draw a digit first, then say what it was."
    session.add(Stroke(np.array([(50.0, 50.0)]), 14))
    session.say_it_was(3)
    assert session.message.text == "This is too small to be kept; draw it larger."
    session.clear()
    session.add(Stroke(np.array([(-50.0, -50.0), (-90.0, -200.0)]), 14))
    session.say_it_was(3)
    assert "Nothing is drawn" in session.message.text
    settled(session)
    assert session.stored == 0


def test_a_damaged_store_is_said_and_left_as_it_is(tmp_path: Path) -> None:
    store = tmp_path / "drawings.h5"
    store.write_bytes(b"precious")
    session = begun(shipped_checkpoint(), store)
    settled(session)
    assert session.stored is None
    session.add(stroke(7))
    session.say_it_was(7)
    settled(session)
    assert "move it away" in session.message.text
    assert store.read_bytes() == b"precious"
    session.close()


def test_closing_finishes_storing(store: Path) -> None:
    session = begun(shipped_checkpoint(), store)
    for i in range(8):
        session.clear()
        session.add(stroke(7))
        session.say_it_was(i)
    session.close()
    assert len(drawings.load(store)) == 8


def test_drawings_kept_before_are_counted(store: Path) -> None:
    drawings.add(store, drawings.Labelled(Drawing(90, 90, [stroke(1)]), 1, 1))
    session = begun(shipped_checkpoint(), store)
    settled(session)
    assert session.stored == 1
    session.close()
