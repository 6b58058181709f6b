"""The buttons, keys and menus of the window, and its eraser."""

from __future__ import annotations

from pathlib import Path

import pytest
from driving import Driver, Open, widgets
from handwriting import ignorant, path

from digitrec.gui.answer_panel import NEVER
from digitrec.gui.session.window_settings import load

pytestmark = pytest.mark.window


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
    assert driver.session.corrected.count == 0
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


def hold(driver: Driver, button: int, *points: tuple[int, int]) -> None:
    """Press the button and move along the points without releasing it."""
    (x, y), *others = points
    driver.area.event_generate(f"<ButtonPress-{button}>", x=x, y=y)
    for x, y in others:
        driver.area.event_generate(f"<B{button}-Motion>", x=x, y=y)


@pytest.mark.parametrize("key", ["Control-d", "Control-plus"])
def test_what_is_being_drawn_and_erased_is_done_in_the_window_built_anew(
    driver: Driver, key: str
) -> None:
    hold(driver, 1, (100, 50), (110, 90), (120, 200))
    driver.press(key)
    [drawn] = driver.session.drawing.strokes
    assert drawn.points[:, 1].max() == 200.5
    driver.draw(path(1, 300))
    hold(driver, 3, (60, 90), (160, 90))
    driver.press(key)
    assert len(driver.session.drawing.strokes) == 1
    driver.press("Control-z")
    assert len(driver.session.drawing.strokes) == 2
    driver.settle()


def test_the_eraser_stays_in_the_window_built_anew(driver: Driver) -> None:
    for erasing in (True, False):
        driver.press("e", "Control-d")
        assert driver.window.canvas.erasing is erasing
        assert driver.window.control_bar.eraser.instate(["selected"]) is erasing


def test_the_slider_sets_the_width_of_the_pen(driver: Driver) -> None:
    driver.window.control_bar.pen.set(30)
    driver.draw(path(7))
    driver.window.control_bar.pen.set(5)
    driver.draw(path(1, 420))
    widths = [stroke.width / driver.window.theme.scale for stroke in driver.session.drawing.strokes]
    assert widths == pytest.approx([30, 5])


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


def test_no_digit_is_labelled_while_the_pen_is_down(driver: Driver, store: Path) -> None:
    driver.draw(path(1, 100))
    driver.settle()
    driver.area.event_generate("<ButtonPress-1>", x=300, y=80)
    driver.area.event_generate("<B1-Motion>", x=360, y=200)
    driver.press("Key-7")
    assert driver.message == "Lift the pen first, then say which digit it was."
    driver.area.event_generate("<ButtonRelease-1>", x=360, y=260)
    driver.settle()
    assert not store.exists()


def test_settings_are_saved_when_they_change(open_window: Open, tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    driver = open_window(settings_file=file)
    driver.window.control_bar.pen.set(30)
    driver.wait(lambda: file.exists() and load(file).pen == 30)


def test_the_tab_key_goes_from_left_to_right_and_enter_presses(driver: Driver) -> None:
    controls = driver.window.control_bar
    order = [controls.clear, controls.live, controls.recognize]
    assert [str(one.tk_focusNext()) for one in order[:2]] == [str(one) for one in order[1:]]
    assert driver.session.live
    for live in (False, True):
        controls.live.focus_force()
        driver.root.update()
        controls.live.event_generate("<Return>")
        driver.wait(lambda live=live: driver.session.live is live)  # type: ignore[misc]
