from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from handwriting import stroke
from PIL import Image
from sessions import begun, settled, text, until

from digitrec.drawing import corrections, stroke_file
from digitrec.drawing.rasterise import rasterise_drawing
from digitrec.drawing.strokes import Drawing, Stroke
from digitrec.gui.session.messages import Message
from digitrec.gui.session.reader_messages import NetworkFacts
from digitrec.gui.session.session import Session
from digitrec.storage.resources import shipped_checkpoint

Until = Callable[..., None]


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
    assert session.content.empty


def test_a_drawing_is_saved_as_a_picture_and_opened_again(session: Session, tmp_path: Path) -> None:
    session.add(stroke(7))
    path = tmp_path / "seven.png"
    session.save(path)
    settled(session)
    saved = Image.open(path)
    assert saved.size == (700, 500)
    np.testing.assert_array_equal(255 - np.asarray(saved), rasterise_drawing(session.drawing))
    session.live = False
    session.open(path)
    settled(session)
    assert session.content.picture is not None
    assert not session.drawing.strokes
    assert text(session) == "7"  # opened to be read
    session.give_label(7)
    assert session.message.text == "This is a picture. Only drawings can be stored."
    session.save(path)
    assert session.message.text.startswith("This is a picture.")
    session.add(stroke(1))
    assert session.content.picture is None


def test_undo_puts_the_drawing_in_place_of_a_picture(session: Session, tmp_path: Path) -> None:
    session.add(stroke(7))
    path = tmp_path / "one.png"
    Image.fromarray(255 - rasterise_drawing(Drawing(700, 500, [stroke(1)]))).save(path)
    settled(session)
    session.open(path)
    until(session, lambda: session.content.picture is not None)
    # Until the picture is read, the answer to the drawing is not shown beside it.
    assert session.latest.reading is None
    assert session.message == Message("Reading …")
    settled(session)
    assert text(session) == "1"
    assert session.message == Message()
    assert session.undo()
    assert session.latest.reading is None
    settled(session)
    assert session.content.picture is None
    assert text(session) == "7"
    assert session.redo()
    settled(session)
    assert session.content.picture is not None
    assert text(session) == "1"


def test_bytes_of_a_picture_are_opened(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "one.png"
    Image.fromarray(255 - rasterise_drawing(Drawing(700, 500, [stroke(1)]))).save(path)
    session.open(path.read_bytes())
    settled(session)
    assert text(session) == "1"
    session.clear()
    assert session.content.empty
    session.open(b"nonsense")
    settled(session)
    assert session.message.text.startswith("the clipboard: not an image file")


def test_a_scan_in_a_pdf_is_opened(session: Session, tmp_path: Path) -> None:
    pytest.importorskip("pypdfium2")
    ink = rasterise_drawing(Drawing(400, 400, [stroke(7, 100, 100)]))
    Image.fromarray(255 - ink).convert("RGB").save(tmp_path / "SCAN.PDF", "PDF")
    session.open(tmp_path / "SCAN.PDF")
    settled(session)
    assert session.content.picture is not None
    assert text(session) == "7"


def test_of_several_pages_the_first_one_is_opened_and_that_is_told(
    session: Session, tmp_path: Path
) -> None:
    pages = [
        Image.fromarray(255 - rasterise_drawing(Drawing(400, 400, [stroke(digit, 100, 100)])))
        for digit in (7, 1)
    ]
    pages[0].save(tmp_path / "scans.tiff", save_all=True, append_images=pages[1:])
    session.open(tmp_path / "scans.tiff")
    assert session.message.text == "Opening …"
    settled(session)
    told = "Only the first page of scans.tiff is shown; digitrec predict reads all of them."
    assert (text(session), session.message.text) == ("7", told)
    session.clear()
    settled(session)
    assert session.message.text == ""
    session.undo()
    settled(session)
    assert (text(session), session.message.text) == ("7", told)


def test_a_folder_is_not_opened(session: Session, tmp_path: Path) -> None:
    Image.new("L", (60, 40), 255).save(tmp_path / "picture.png")
    session.open(tmp_path)
    settled(session)
    assert session.message.text.endswith("a folder; choose one of the pictures in it")


def test_a_blank_picture_gives_a_message(session: Session, tmp_path: Path) -> None:
    Image.new("L", (60, 60), 255).save(tmp_path / "blank.png")
    session.open(tmp_path / "blank.png")
    settled(session)
    assert session.message.text == "The picture is blank: there is no ink in it."
    assert session.latest.selected_digit is None


@pytest.mark.parametrize("name", ["none.png", "text.png", "none.json", "text.json", "."])
def test_if_a_file_cannot_be_opened_the_drawing_stays(
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


def test_strokes_of_a_larger_canvas_are_scaled_down(session: Session, tmp_path: Path) -> None:
    from digitrec.drawing import stroke_file

    big = stroke(7, x=900, y=300, size=6)
    stroke_file.save(tmp_path / "big.json", Drawing(1400, 1000, [big]))
    session.open(tmp_path / "big.json")
    settled(session)
    assert text(session) == "7"
    assert not session.drawing.pen_left_canvas()
    np.testing.assert_allclose(session.drawing.strokes[0].points, big.points / 2)


def test_a_message_says_why_a_drawing_cannot_be_saved(session: Session, tmp_path: Path) -> None:
    session.save(tmp_path / "a.png")
    assert session.message.text == "There is nothing to save yet. Draw a digit first."
    session.add(stroke(7))
    session.save(tmp_path / "a.gif")
    assert session.message.text == "a.gif was not saved: its name must end in .png or .json."
    session.save(tmp_path / "no such folder" / "a.png")
    settled(session)
    assert session.message.text.startswith("Not saved: ")
    assert session.message.tone == "error"
    assert not list(tmp_path.glob("**/*.part"))


def test_a_drawing_that_could_not_be_opened_again_is_not_saved(
    session: Session, tmp_path: Path
) -> None:
    session.live = False
    session.add(Stroke(np.ones((100_001, 2)), 4.0))
    session.save(tmp_path / "large.json")
    settled(session)
    assert session.message.tone == "error"
    assert session.message.text.startswith("Not saved: ")
    assert "100,001 points" in session.message.text
    assert not (tmp_path / "large.json").exists()


def test_files_do_not_wait_for_the_network(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = threading.Event()
    session = Session(shipped_checkpoint(), store)
    load = session.networks.reader.load

    def slowly(path: Path) -> NetworkFacts:
        there.wait(60)
        return load(path)

    monkeypatch.setattr(session.networks.reader, "load", slowly)
    session.begin()
    session.add(stroke(7))
    session.save(tmp_path / "seven.json")
    until(session, lambda: "Saved" in session.message.text)
    session.clear()
    session.open(tmp_path / "seven.json")
    until(session, lambda: not session.content.empty)
    assert session.loading
    session.open(tmp_path / "none.png")
    until(session, lambda: session.message.tone == "error")
    there.set()
    settled(session)
    assert text(session) == "7"
    assert "none.png" in session.message.text  # which the network's coming has not wiped away
    session.close()


def test_closing_finishes_saving(store: Path, tmp_path: Path) -> None:
    session = begun(shipped_checkpoint(), store)
    session.add(stroke(7))
    session.save(tmp_path / "seven.json")
    session.close()
    assert len(stroke_file.load(tmp_path / "seven.json").strokes) == 1


# --- labels -------------------------------------------------------------------------------------


def test_a_drawing_is_stored_with_its_label(session: Session, store: Path) -> None:
    session.add(stroke(7))
    settled(session)
    assert session.labelling.given_label is None
    session.give_label(1)
    assert session.labelling.given_label == 1
    settled(session)
    assert (session.corrected.count, session.message) == (1, Message("Stored as a 1.", "good"))
    session.give_label(7)  # a slip, put right
    settled(session)
    assert session.corrected.count == 1
    [kept] = corrections.load_drawings(store)
    assert kept.label == 7
    assert (kept.drawing.width, kept.drawing.height) == (700, 500)
    np.testing.assert_array_equal(kept.drawing.strokes[0].points, stroke(7).points)
    session.clear()
    session.add(stroke(7))
    settled(session)
    assert session.labelling.given_label is None
    session.give_label(7)
    settled(session)
    assert session.corrected.count == 2


def test_a_label_that_cannot_be_stored_is_not_given(session: Session, store: Path) -> None:
    store.parent.mkdir(exist_ok=True)
    store.write_bytes(b"nonsense")
    session.add(stroke(7))
    settled(session)
    session.give_label(1)
    session.give_label(7)
    settled(session)
    assert (session.message.tone, session.labelling.given_label) == ("error", None)
    store.unlink()
    session.give_label(1)
    settled(session)
    whole = store.read_bytes()
    store.write_bytes(b"nonsense")
    session.give_label(7)
    assert session.labelling.given_label == 7
    settled(session)
    assert session.labelling.given_label == 1
    store.write_bytes(whole)
    session.give_label(7)
    settled(session)
    assert [one.label for one in corrections.load_drawings(store)] == [7]


def test_the_digits_of_a_number_are_labelled_one_after_another(
    session: Session, store: Path
) -> None:
    for digit, x in ((7, 30), (0, 200), (1, 400)):
        session.add(stroke(digit, x))
    settled(session)
    session.latest.select(0)
    for label in (7, 0, 1):
        session.give_label(label)
    settled(session)
    assert session.message == Message("Digit 3 is stored as a 1.", "good")
    assert (session.latest.selected, session.labelling.given_label) == (
        2,
        1,
    )  # there is none left without a label
    kept = corrections.load_drawings(store)
    assert [item.label for item in kept] == [7, 0, 1]
    for item, made in zip(kept, (stroke(7, 30), stroke(0, 200), stroke(1, 400)), strict=True):
        np.testing.assert_array_equal(item.drawing.strokes[0].points, made.points)
    assert session.corrected.count == 3


def test_a_label_is_given_to_what_is_drawn_now(session: Session, store: Path) -> None:
    session.add(stroke(7))
    settled(session)
    session.clear()
    session.add(stroke(1))
    session.give_label(1)  # before it was read
    settled(session)
    np.testing.assert_array_equal(
        corrections.load_drawings(store)[0].drawing.strokes[0].points, stroke(1).points
    )


def test_a_message_says_why_a_drawing_cannot_be_labelled(session: Session) -> None:
    session.give_label(3)
    assert (
        session.message.text
        == "Nothing is drawn yet. Draw a digit first, then say which digit it was."
    )
    session.add(Stroke(np.array([(50.0, 50.0)]), 14))
    session.give_label(3)
    assert session.message.text == "This is too small to store. Draw it larger."
    session.clear()
    session.add(Stroke(np.array([(-50.0, -50.0), (-90.0, -200.0)]), 14))
    session.give_label(3)
    assert "Nothing is drawn" in session.message.text
    settled(session)
    assert session.corrected.count == 0


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there are no devices here")
def test_a_device_is_not_opened(session: Session) -> None:
    session.open(Path("/dev/zero"))
    settled(session)
    assert session.message == Message("zero: a pipe or a device, not a file", "error")


def test_a_damaged_file_of_drawings_is_left_as_it_is(tmp_path: Path) -> None:
    store = tmp_path / "drawings.h5"
    store.write_bytes(b"precious")
    session = begun(shipped_checkpoint(), store)
    settled(session)
    assert session.corrected.count is None
    assert session.learning.lacking(session.corrected.count) is None
    assert "move the file away" in session.corrected.unreadable
    session.learn()
    assert session.message == Message(session.corrected.unreadable, "warning")
    assert not session.learning.running
    session.add(stroke(7))
    session.give_label(7)
    settled(session)
    assert session.message.text.startswith("The drawing was not saved: ")
    assert "move the file away" in session.message.text
    assert store.read_bytes() == b"precious"
    session.close()


def test_closing_finishes_storing(store: Path) -> None:
    session = begun(shipped_checkpoint(), store)
    for i in range(8):
        session.clear()
        session.add(stroke(7))
        session.give_label(i)
    session.close()
    assert len(corrections.load_drawings(store)) == 8


def test_drawings_that_were_stored_before_are_counted(store: Path) -> None:
    corrections.add_drawing(store, corrections.LabelledDrawing(Drawing(90, 90, [stroke(1)]), 1, 1))
    session = begun(shipped_checkpoint(), store)
    settled(session)
    assert session.corrected.count == 1
    session.close()
