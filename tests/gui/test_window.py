from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from driving import Driver, Open, dialog, widgets
from handwriting import ignorant, path, rejecting
from learners import outcome, pretending
from PIL import Image

from digitrec.drawing import stroke_file
from digitrec.drawing.rasterise import rasterise_drawing
from digitrec.drawing.strokes import Drawing, Stroke
from digitrec.gui.answer_panel import NEVER
from digitrec.gui.theme import LIGHT
from digitrec.recognition.results import Answer, Reading
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
    zoom = driver.window.answer_panel._zoom
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


def test_a_network_that_never_rejects_says_so(open_window: Open, tmp_path: Path) -> None:
    driver = open_window(ignorant(tmp_path))
    driver.draw(path(7))
    driver.settle()
    bars = driver.window.answer_panel.bars
    texts = [bars.itemcget(i, "text") for i in bars.find_all() if bars.type(i) == "text"]
    assert NEVER in texts
    assert "a digit?" not in texts
    assert "never says" in str(driver.window.menu_bar.summary["text"])
    [recent] = driver.window.settings.recent
    assert recent.path == str(tmp_path / "ignorant.h5")
    assert [network.path for network in driver.window.commands.recent_networks()] == [recent.path]


def test_a_run_directory_can_be_chosen(open_window: Open, tmp_path: Path) -> None:
    ignorant(tmp_path, name="model.h5")
    driver = open_window(tmp_path)
    assert driver.session.networks.paths == [tmp_path / "model.h5"]
    menu = driver.window.menu_bar.model_menu
    menu.post(0, 0)
    assert "model.h5" in menu.entrycget("end", "label")
    menu.unpost()


def test_help_and_about_are_shown(driver: Driver) -> None:
    for show, words in (
        (driver.window.commands.show_help, "The right mouse button erases."),
        (driver.window.commands.show_about, "drawings.h5"),
    ):
        show()
        driver.root.update()
        [dialog] = [w for w in widgets(driver.root) if w.winfo_class() == "Toplevel"]
        [shown] = [w for w in widgets(dialog) if w.winfo_class() == "Text"]
        assert words in shown.get("1.0", "end")
        [close] = [w for w in widgets(dialog) if w.winfo_class() == "TButton"]
        close.invoke()
        driver.root.update()
        assert not dialog.winfo_exists()


def test_the_buttons_work(driver: Driver) -> None:
    controls = driver.window.control_bar
    assert controls.undo.instate(["disabled"])
    assert controls.clear.instate(["disabled"])
    controls.live.invoke()
    driver.draw(path(7))
    driver.settle()
    assert driver.answer == "–"  # noqa: RUF001
    controls.recognize.invoke()
    driver.settle()
    assert driver.answer == "7"
    controls.undo.invoke()
    assert driver.session.content.empty
    assert driver.area.find_withtag("hint")
    controls.redo.invoke()
    assert len(driver.session.drawing.strokes) == 1
    controls.live.invoke()
    driver.settle()
    assert driver.answer == "7"
    controls.clear.invoke()
    driver.settle()
    assert driver.session.content.empty
    assert driver.answer == "–"  # noqa: RUF001


def test_the_keys_work(driver: Driver) -> None:
    driver.draw(path(7))
    driver.draw(path(1, 420))
    driver.settle()
    driver.press("Control-z")
    driver.settle()
    assert driver.answer == "7"
    driver.press("Control-Shift-Z")
    driver.settle()
    assert driver.answer == "71"
    driver.press("Escape")
    assert driver.session.content.empty
    driver.press("Control-z")
    driver.settle()
    assert driver.answer == "71"
    driver.window.control_bar.live.invoke()
    driver.press("Escape")
    driver.draw(path(0))
    driver.press("Return")
    driver.settle()
    assert driver.answer == "0"


def test_the_keys_work_with_caps_lock(driver: Driver) -> None:
    driver.draw(path(7))
    driver.press("Lock-Control-z")
    assert driver.session.content.empty
    driver.press("Lock-Control-y")
    assert not driver.session.content.empty
    driver.press("Lock-Control-z", "Lock-Control-Shift-z")
    assert not driver.session.content.empty
    driver.press("Lock-e")
    assert driver.window.canvas.erasing
    driver.press("Shift-E")
    assert not driver.window.canvas.erasing


def test_keys_with_another_modifier_do_nothing(driver: Driver) -> None:
    driver.draw(path(7))
    driver.settle()
    driver.press("Control-Key-3", "Alt-Key-3", "Control-KP_3", "Control-e", "Alt-e")
    driver.settle()
    assert driver.session.stored.count == 0
    assert not driver.window.canvas.erasing


def test_the_right_button_erases_strokes_in_one_step(driver: Driver) -> None:
    for x in (100, 200, 300):
        driver.draw(path(1, x))
    driver.settle()
    driver.draw([(50, 250), (260, 250)], button=3)
    driver.settle()
    assert [round(s.points[0, 0]) for s in driver.session.drawing.strokes] == [306]
    driver.press("Control-z")
    assert len(driver.session.drawing.strokes) == 3
    driver.press("e")  # now the left button does so too
    assert driver.window.control_bar.eraser.instate(["selected"])
    driver.draw([(110, 200), (90, 300)])
    assert len(driver.session.drawing.strokes) == 2
    driver.draw([(5, 5), (20, 5)])  # touches nothing
    assert len(driver.session.drawing.strokes) == 2
    driver.window.control_bar.eraser.invoke()
    driver.draw(path(1, 400))
    assert len(driver.session.drawing.strokes) == 3


def test_the_slider_sets_the_width_of_the_pen(driver: Driver) -> None:
    driver.window.control_bar.pen.set(30)
    driver.draw(path(7))
    driver.window.control_bar.pen.set(5)
    driver.draw(path(1, 420))
    widths = [stroke.width / driver.window.theme.scale for stroke in driver.session.drawing.strokes]
    assert widths == pytest.approx([30, 5])


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


# --- anything, in any order ---------------------------------------------------------------------


def test_five_hundred_random_actions(open_window: Open, tmp_path: Path) -> None:
    driver = open_window()
    driver.session.adaptation.command = pretending(tmp_path, outcome(shipped_checkpoint()))
    rng = np.random.default_rng(7)
    saved = tmp_path / "saved.json"
    stroke_file.save(saved, Drawing(900, 900, [Stroke(np.array(path(0)), 9)]))
    picture = tmp_path / "picture.png"
    Image.fromarray(rng.integers(0, 255, (40, 60), np.uint8)).save(picture)
    models = [shipped_checkpoint(), rejecting(tmp_path), tmp_path / "none.h5"]
    keys = ["Control-z", "Control-Shift-Z", "Control-y", "Return", "Escape", "e", "Left", "Right"]
    keys += ["Control-r", "Key-3", "KP_8", "Tab", "space", "Control-v"]

    def scribble() -> None:
        points = rng.uniform(-200, 900, (rng.integers(1, 12), 2)).tolist()
        driver.draw([(x, y) for x, y in points], button=int(rng.choice([1, 1, 1, 3])))

    def halves() -> None:
        kind = rng.choice(["ButtonPress-1", "B1-Motion", "ButtonRelease-1", "ButtonPress-3"])
        x, y = rng.integers(-50, 700, 2).tolist()
        driver.area.event_generate(f"<{kind}>", x=x, y=y)

    def button() -> None:
        choices = [w for w in widgets(driver.window.main) if w.winfo_class() == "TButton"]
        choices = [w for w in choices if w is not driver.window.status_bar.choose_another]
        choices[rng.integers(len(choices))].invoke()

    def resize() -> None:
        width, height = rng.integers(200, 1500, 2).tolist()
        driver.root.geometry(f"{width}x{height}")

    def model() -> None:
        use = rng.choice([driver.session.choose_model, driver.session.compare_with])
        use(models[rng.integers(3)])
        driver.window.refresh()

    def file() -> None:
        driver.session.open([saved, picture, tmp_path / "none.png"][rng.integers(3)])
        driver.window.refresh()

    actions: list[tuple[float, Callable[[], None]]] = [
        (0.36, scribble),
        (0.1, halves),
        (0.3, lambda: driver.press(keys[rng.integers(len(keys))])),
        (0.12, button),
        (0.05, resize),
        (0.02, model),
        (0.03, file),
        (0.02, lambda: driver.press(rng.choice(["Control-d", "Control-plus", "Control-minus"]))),
    ]
    weights = [weight for weight, _ in actions]
    for number, index in enumerate(rng.choice(len(actions), 500, p=weights)):
        actions[index][1]()
        driver.root.update()
        assert driver.window.failures == [], (number, index)
    # And it is not stuck: it goes on as if nothing had been.
    driver.area.event_generate("<ButtonRelease-1>", x=5, y=5)
    driver.area.event_generate("<ButtonRelease-3>", x=5, y=5)
    driver.window.commands.set_erasing(False)
    driver.session.choose_model(shipped_checkpoint())
    driver.press("Control-0", "Escape")
    driver.root.geometry("1000x700")
    driver.settle()
    driver.draw(path(7))
    driver.press("Return")
    driver.settle()
    assert driver.answer == "7"
