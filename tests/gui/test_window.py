from __future__ import annotations

import time
import tkinter as tk
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from driving import Driver, Open, dialog
from handwriting import path, rejecting
from learners import outcome, pretending
from PIL import Image

from digitrec.drawing.corrections import load_drawings
from digitrec.drawing.rasterise import rasterise_drawing
from digitrec.gui.session.background_thread import BackgroundThread
from digitrec.gui.theme import LIGHT
from digitrec.recognition.results import Answer, Mark, Reading
from digitrec.storage.resources import shipped_checkpoint

pytestmark = pytest.mark.window


# --- drawing and reading ------------------------------------------------------------------------


def test_a_digit_drawn_with_the_pointer_is_read(driver: Driver) -> None:
    assert driver.root.title() == "digitrec.h5 – digitrec"  # noqa: RUF001
    assert driver.answer == "–"  # noqa: RUF001
    assert driver.area.find_withtag("hint")
    driver.draw(path(7))
    assert not driver.area.find_withtag("hint")
    driver.settle()
    assert driver.answer == "7"
    bars = driver.window.answer_panel.bars
    texts = [bars.itemcget(i, "text") for i in bars.find_all() if bars.type(i) == "text"]
    assert sorted(t for t in texts if not t.endswith("%")) == [*"0123456789", "a digit?"]
    *shares, any_digit = [float(t.removesuffix("%")) for t in texts if t.endswith("%")]
    assert len(shares) == 10
    assert sum(shares) == pytest.approx(100, abs=0.6)
    assert any_digit > 90
    assert str(driver.window.answer_panel.confidence["text"]).endswith("%")
    [stroke] = driver.session.drawing.strokes
    assert stroke.times is not None
    assert stroke.width == pytest.approx(16 * driver.window.theme.scale)
    assert stroke.points[0].tolist() == [200.5, 183.5]
    assert not driver.area.find_withtag("box")


def test_the_canvas_shows_the_pixels_that_are_read(driver: Driver, tmp_path: Path) -> None:
    driver.draw(path(7))
    driver.draw([(600, 100), (700, 300), (5000, 310), (300, 320)])  # leaves, and comes back
    driver.settle()
    assert not driver.area.find_withtag("line")  # lines have become pixels
    file = tmp_path / "paper.ppm"
    driver.window.canvas.strokes.image.write(str(file), format="ppm")
    shown = np.asarray(Image.open(file)).astype(int)
    ink = rasterise_drawing(driver.session.drawing).astype(int)
    low, high = (int(colour[1:3], 16) for colour in (LIGHT.canvas, LIGHT.ink))
    inked = ink > 0
    np.testing.assert_allclose(
        shown[..., 0][inked], (low + (high - low) * ink / 255)[inked], atol=2
    )


def test_the_panel_shows_what_the_network_saw(driver: Driver, tmp_path: Path) -> None:
    driver.draw(path(7))
    driver.settle()
    file = tmp_path / "seen.ppm"
    driver.window.answer_panel.seen.write(str(file), format="ppm")
    zoom = driver.window.answer_panel.zoom
    shown = np.asarray(Image.open(file))[zoom // 2 :: zoom, zoom // 2 :: zoom, 0].astype(int)
    image = driver.session.latest.selected_digit.prediction.image
    low, high = (int(colour[1:3], 16) for colour in (LIGHT.canvas, LIGHT.ink))
    np.testing.assert_allclose(shown, low + (high - low) * image, atol=2)


def test_an_answer_is_not_drawn_twice(driver: Driver) -> None:
    driver.draw(path(7))
    driver.settle()
    bars = driver.window.answer_panel.bars
    shown = bars.find_all()
    driver.draw(path(1, 360))
    assert not driver.session.latest.fresh
    assert bars.find_all() == shown
    driver.settle()
    assert driver.answer == "71"
    assert bars.find_all() != shown


def test_a_number_has_boxes_and_its_digits_can_be_selected(driver: Driver) -> None:
    for digit, x in ((7, 30), (0, 180), (1, 360)):
        driver.draw(path(digit, x))
    driver.settle()
    assert driver.answer == "701"
    assert len(driver.area.find_withtag("box")) == 6  # a box and its digit, for each of three
    left, top, right, bottom = driver.area.coords(driver.area.find_withtag("box")[0])
    box = driver.session.latest.reading.digits[0].box
    gap = driver.window.theme.px(5)
    assert (left, top, right, bottom) == pytest.approx(
        (box[0] - gap, box[1] - gap, box[2] + gap, box[3] + gap)
    )
    assert "Digit 3 was a" in str(driver.window.label_panel.title["text"])
    driver.press("Left")
    assert driver.session.latest.selected == 1
    text = driver.window.answer_panel.digits
    x, y = text.coords(text.find_all()[0])
    text.event_generate("<Motion>", x=int(x), y=int(y))
    driver.root.update()
    text.event_generate("<Button-1>", x=int(x), y=int(y))
    assert driver.session.latest.selected == 0
    driver.press("Left")
    assert driver.session.latest.selected == 2


def test_rows_are_shown_as_rows(driver: Driver) -> None:
    for digit, x, y in ((7, 30, 30), (0, 180, 40), (1, 40, 280), (7, 190, 270)):
        driver.draw(path(digit, x, y, 1.2))
    driver.settle()
    assert driver.answer == "7017"
    digits = driver.window.answer_panel.digits
    (_, first), (_, second), (_, third), (_, fourth) = map(digits.coords, digits.find_all())
    assert first == second < third == fourth


def test_a_long_number_is_wrapped_and_scrolled(driver: Driver) -> None:
    driver.draw(path(7))
    driver.settle()
    panel = driver.window.answer_panel
    [digit] = driver.session.latest.reading.digits
    long = tuple(replace(digit, row=row) for row in range(3) for _ in range(60))
    panel.show(Reading((Answer(long),)), 179)
    driver.root.update()
    items = panel.digits.find_all()
    assert len(items) == 180
    places = [panel.digits.bbox(item) for item in items]
    assert min(place[0] for place in places) >= 0
    assert max(place[2] for place in places) <= panel.digits.winfo_width()
    assert panel.scrollbar.winfo_ismapped()
    top, bottom = panel.digits.yview()
    assert bottom == 1  # the last digit is selected, and so it is in sight
    panel.digits.event_generate("<Button-4>")
    driver.root.update()
    assert panel.digits.yview()[0] < top
    panel.show(driver.session.latest.reading, 0)
    driver.root.update()
    assert not panel.scrollbar.winfo_ismapped()


@pytest.mark.parametrize("text", ["7%", "77+77%", "77%+77%=77", "7.77%+7.77%+" * 8 + "7%"])
def test_wide_marks_overlap_no_digit_and_are_not_cut_off(driver: Driver, text: str) -> None:
    driver.draw(path(7))
    driver.settle()
    panel = driver.window.answer_panel
    [digit] = driver.session.latest.reading.digits
    places = [(sign, text[:at].count("7")) for at, sign in enumerate(text) if sign != "7"]
    marks = tuple(Mark(sign, 0.9, (0, 0, 9, 9), place) for sign, place in places)
    panel.show(Reading((Answer((digit,) * text.count("7"), (marks,)),)), 0)
    driver.root.update()
    assert driver.answer == text
    boxes = [panel.digits.bbox(item) for item in panel.digits.find_all()]
    assert min(left for left, *_ in boxes) >= 0
    assert max(right for _, _, right, _ in boxes) <= panel.digits.winfo_width()
    for (_, top, right, _), (left, next_top, *_) in pairwise(boxes):
        assert left >= right - 3 or next_top > top  # their widths are rounded up


def test_a_stroke_that_leaves_the_canvas_is_one_stroke(driver: Driver) -> None:
    driver.draw([(300, 100), (300, -200), (-400, -200), (-400, 9000), (320, 300)])
    driver.settle()
    [stroke] = driver.session.drawing.strokes
    assert stroke.points[:, 1].max() > 8000
    assert "The pen left the canvas. Only the part inside was read." in driver.message


def test_a_press_without_a_release_ends_at_the_next_press(driver: Driver) -> None:
    driver.area.event_generate("<ButtonPress-1>", x=50, y=50)
    driver.area.event_generate("<B1-Motion>", x=60, y=150)
    driver.draw(path(1, 300))
    driver.settle()
    assert len(driver.session.drawing.strokes) == 2
    assert not driver.window.canvas.button_down


def test_an_unfinished_stroke_is_read_while_it_is_drawn(driver: Driver) -> None:
    points = path(7)
    driver.area.event_generate("<ButtonPress-1>", x=200, y=183)
    for x, y in points:
        driver.area.event_generate("<B1-Motion>", x=round(x), y=round(y))
        time.sleep(0.03)
        driver.root.update()
    driver.wait(lambda: driver.session.latest.reading is not None)
    assert driver.session.content.empty  # the pen is still down
    driver.area.event_generate("<ButtonRelease-1>", x=round(points[-1][0]), y=round(points[-1][1]))
    driver.settle()
    assert driver.answer == "7"


def test_the_user_can_draw_before_the_network_is_loaded(open_window: Open) -> None:
    driver = open_window()
    driver.window.session.choose_model(shipped_checkpoint())
    driver.draw(path(7))
    assert driver.session.loading
    assert len(driver.session.drawing.strokes) == 1
    driver.settle()
    assert driver.answer == "7"


# --- what goes wrong ----------------------------------------------------------------------------


def test_an_empty_canvas_gives_a_message(driver: Driver) -> None:
    driver.press("Return")
    assert driver.message == "Nothing is drawn yet. Draw a digit or a number."


def test_rejected_ink_gives_a_message(open_window: Open, tmp_path: Path) -> None:
    driver = open_window(rejecting(tmp_path))
    driver.draw([(100, 100)])
    driver.settle()
    assert driver.message == "This is too small to read. Draw it larger."
    assert driver.answer == "?"
    driver.press("Escape")
    driver.draw(path(7))
    driver.settle()
    assert driver.message == "This does not look like a digit. It is nearest to a 7."
    assert str(driver.window.answer_panel.confidence["text"]) == "not a digit"


@pytest.mark.parametrize("content", [None, b"nonsense", b"\x89HDF\r\n\x1a\n"])
def test_if_a_network_cannot_be_loaded_another_is_offered(
    open_window: Open, tmp_path: Path, content: bytes | None
) -> None:
    bad = tmp_path / "bad.h5"
    if content is not None:
        bad.write_bytes(content)
    driver = open_window(bad)
    driver.settle()
    assert "bad.h5" in driver.message
    assert driver.window.status_bar.choose_another.winfo_ismapped()
    dialog(driver, driver.window.status_bar.choose_another.invoke, shipped_checkpoint())
    driver.settle()
    assert not driver.window.status_bar.choose_another.winfo_ismapped()
    driver.draw(path(7))
    driver.settle()
    assert driver.answer == "7"


def test_an_unexpected_error_is_shown(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("out\nof order")

    monkeypatch.setattr(driver.session, "undo", fail)
    driver.press("Control-z")
    assert driver.message == "Unexpected error: RuntimeError: out of order"
    assert len(driver.window.failures) == 1
    driver.window.failures.clear()


# --- the end of learning ------------------------------------------------------------------------


@pytest.fixture
def learning(driver: Driver, tmp_path: Path) -> Driver:
    """A window whose network learns until the file ``wait`` is removed, and that polls nothing."""
    driver.session.corrected.count = 10
    driver.session.learning.process.command = pretending(tmp_path, outcome(None), wait=True)
    driver.window.change(lambda session: session.learn())
    driver.root.after_cancel(driver.window.idle_polling)
    return driver


def until_done(thread: BackgroundThread) -> None:
    """Wait until a thread has done its job, without taking in what came of it."""
    end = time.monotonic() + 60
    while not thread.ready:
        assert time.monotonic() < end
        time.sleep(0.005)


def test_a_reading_that_comes_while_the_network_learns_opens_no_dialog(
    learning: Driver, tmp_path: Path
) -> None:
    learning.draw(path(7))
    until_done(learning.session.reading_thread)
    learning.window.poll_while_idle()
    assert learning.answer == "7"
    assert learning.window.dialogs.drawings is None
    (tmp_path / "wait").unlink()


@pytest.mark.parametrize("poll", ["poll", "poll_while_idle"])
def test_when_the_network_has_learnt_what_it_learnt_is_shown(
    learning: Driver, tmp_path: Path, poll: str
) -> None:
    (tmp_path / "wait").unlink()
    until_done(learning.session.learning.process.thread)
    getattr(learning.window, poll)()
    assert learning.window.dialogs.drawings is not None
    assert learning.message.startswith("Nothing was learnt")
    learning.settle()


def test_whatever_fails_at_the_end_files_are_stored_and_the_window_is_gone(
    driver: Driver, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise RuntimeError("out of order")

    driver.draw(path(7))
    driver.press("Key-7")
    monkeypatch.setattr(driver.window.dialogs, "close", fail)
    with pytest.raises(RuntimeError, match="out of order"):
        driver.window.close()
    assert [kept.label for kept in load_drawings(store)] == [7]
    with pytest.raises(tk.TclError):
        driver.root.winfo_exists()
