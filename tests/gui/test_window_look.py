from __future__ import annotations

from pathlib import Path
from tkinter import filedialog
from typing import Any

import numpy as np
import pytest
from driving import Driver, Open, widgets
from handwriting import path

from digitrec.gui import open_window as opening
from digitrec.gui.session import window_settings
from digitrec.gui.theme import DARK, LIGHT

pytestmark = pytest.mark.window


def nothing_is_clipped(driver: Driver) -> None:
    root = driver.root
    for widget in widgets(driver.window.main):
        if widget.winfo_ismapped() and widget.winfo_class() in (
            "TButton", "TCheckbutton", "TLabel", "TMenubutton", "Label",
        ):  # fmt: skip
            text = str(widget["text"])
            assert widget.winfo_width() >= widget.winfo_reqwidth(), text
            assert widget.winfo_height() >= widget.winfo_reqheight(), text
            assert widget.winfo_rootx() >= root.winfo_rootx()
            right = widget.winfo_rootx() + widget.winfo_width()
            assert right <= root.winfo_rootx() + root.winfo_width(), text
            below = widget.winfo_rooty() + widget.winfo_height()
            assert below <= root.winfo_rooty() + root.winfo_height(), text
    bars = driver.window.answer_panel.bars
    bounds = bars.bbox("all")
    assert bounds is not None
    assert bounds[1] >= -1
    assert bounds[3] <= bars.winfo_height() + 1  # a pixel that no letter reaches


def test_nothing_is_clipped_at_any_size_and_in_either_theme(open_window: Open) -> None:
    driver = open_window()
    for digit, x in ((7, 30), (1, 300)):
        driver.draw(path(digit, x))
    for _ in range(2):
        for zoom in ("Control-0", *["Control-plus"] * 5):  # up to 200%
            driver.press(zoom)
            driver.settle()
            nothing_is_clipped(driver)
        assert driver.window.settings.zoom == 2.0
        # A screen of 1920×1080 has room for it, and for the bars that desktops have.
        assert driver.window.main.winfo_reqwidth() <= 1880
        assert driver.window.main.winfo_reqheight() <= 1020
        assert driver.area.winfo_width() >= 320
        driver.press("Control-d")
    assert driver.answer == "71"


@pytest.mark.parametrize(
    ("size", "zoom"), [((1920, 1080), 2.0), pytest.param((1366, 768), 1.25, marks=pytest.mark.slow)]
)
def test_it_grows_only_as_large_as_the_screen(
    open_window: Open, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], zoom: float
) -> None:
    import tkinter as tk

    monkeypatch.setattr(tk.Misc, "winfo_screenwidth", lambda _: size[0])
    monkeypatch.setattr(tk.Misc, "winfo_screenheight", lambda _: size[1])
    driver = open_window()
    driver.draw(path(7))
    for _ in range(8):
        driver.press("Control-plus")
        driver.settle()
        nothing_is_clipped(driver)
        assert driver.root.winfo_width() <= size[0]
        assert driver.root.winfo_height() <= size[1]
        assert driver.area.winfo_width() >= 320
        assert driver.area.winfo_height() >= 320
    assert driver.message == "The screen is too small for that."
    driver.press("Control-d")
    assert driver.message != "The screen is too small for that."
    assert driver.window.settings.zoom >= zoom


def test_its_width_does_not_depend_on_how_many_drawings_are_stored(driver: Driver) -> None:
    driver.settle()
    width, side = driver.root.winfo_width(), driver.window.label_panel.winfo_width()
    for stored in (None, 0, 1, 9, 10, 1_234):
        lacking = driver.session.learning.lacking(stored)
        for progress, learnt in ((None, False), (0.0, False), (1.0, False), (None, True)):
            driver.window.label_panel.show_count(
                stored, lacking=lacking, progress=progress, learnt=learnt
            )
        driver.root.update()
        assert (driver.root.winfo_width(), driver.window.label_panel.winfo_width()) == (width, side)
        count, button = driver.window.label_panel.count, driver.window.label_panel.drawings
        assert count.winfo_x() + count.winfo_width() < button.winfo_x()


def test_the_drawing_stays_in_sight_in_the_other_theme(driver: Driver) -> None:
    driver.draw(path(7))
    driver.settle()
    size = driver.area.winfo_width(), driver.area.winfo_height()
    for _ in range(2):
        driver.press("Control-d")
        driver.settle()
        image = driver.window.canvas.strokes.image
        assert (image.width(), image.height()) == size
        assert (driver.session.drawing.width, driver.session.drawing.height) == size
        x, y = (round(value) for value in path(7)[2])
        expected = driver.window.theme.colours.ink
        assert image.get(x, y) == tuple(int(expected[i : i + 2], 16) for i in (1, 3, 5))
        assert driver.answer == "7"


def test_colours_are_those_of_the_theme(driver: Driver) -> None:
    from tkinter import ttk

    driver.draw(path(7))
    for colours in (LIGHT, DARK, LIGHT):
        driver.settle()
        known = {getattr(colours, name) for name in colours.__dataclass_fields__}
        for widget in [driver.root, *widgets(driver.window.main)]:
            if widget.winfo_class() in ("Canvas", "Frame", "Label", "Menu", "Digitrec"):
                assert str(widget["background"]) in known, widget
        assert driver.root.winfo_rgb(ttk.Style(driver.root).lookup("TLabel", "background")) == (
            driver.root.winfo_rgb(colours.window)
        )
        style = ttk.Style(driver.root).lookup("Muted.TLabel", "foreground")
        assert style == colours.muted
        for widget in widgets(driver.window.main):
            if widget.winfo_class() == "TLabel":
                assert str(widget["foreground"]) in ("", colours.text), widget
        driver.press("Control-d")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_file_names_are_readable_in_the_dialog(
    open_window: Open, tmp_path: Path, theme: str
) -> None:
    driver = open_window(theme=theme)
    (tmp_path / "seven.png").touch()
    seen: list[tuple[str, str]] = []

    def look() -> None:
        box = ".__tk_filedialog.contents.icons.cHull.canvas"
        if int(driver.root.tk.eval(f"winfo exists {box}")):
            for item in driver.root.tk.splitlist(driver.root.tk.eval(f"{box} find all")):
                if driver.root.tk.eval(f"{box} type {item}") == "text":
                    fill = driver.root.tk.eval(f"{box} itemcget {item} -fill")
                    seen.append((fill, driver.root.tk.eval(f"{box} cget -background")))
        if not seen:
            driver.root.after(20, look)
            return
        driver.root.tk.eval(".__tk_filedialog.contents.f2.cancel invoke")

    driver.root.after(20, look)
    filedialog.askopenfilename(parent=driver.root, initialdir=tmp_path)
    assert set(seen) == {(LIGHT.text, "white")}


def test_the_canvas_keeps_its_size_when_a_drawing_is_stored(driver: Driver) -> None:
    driver.draw(path(7))
    driver.settle()
    before = driver.area.winfo_width()
    driver.press("Key-7")
    driver.settle()
    assert driver.session.corrected.count == 1
    assert driver.area.winfo_width() == before


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_text_has_enough_contrast(palette: Any) -> None:
    """Contrast of at least 4.5 : 1, what WCAG 2.1 asks of text."""

    def luminance(colour: str) -> float:
        channels = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
        linear = np.where(
            channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4
        )
        return float(linear @ [0.2126, 0.7152, 0.0722])

    for text in (palette.text, palette.muted, palette.good, palette.warning, palette.error):
        one, other = sorted([luminance(text), luminance(palette.window)])
        assert (other + 0.05) / (one + 0.05) >= 4.5


def test_on_a_dense_screen_everything_is_larger(open_window: Open) -> None:
    driver = open_window()
    before = driver.root.tk.call("tk", "scaling")
    driver.root.tk.call("tk", "scaling", 2 * 96 / 72)
    driver.window.commands.switch_theme()
    driver.settle()
    driver.root.tk.call("tk", "scaling", before)  # it is the display's, not the window's own
    assert driver.window.theme.scale == pytest.approx(2, rel=0.01)
    assert driver.window.control_bar.recognize.winfo_height() > 50


def test_it_remembers_how_it_was_left(open_window: Open, tmp_path: Path) -> None:
    file = tmp_path / "config" / "window.json"
    driver = open_window(settings_file=file)
    driver.root.geometry("1111x777+33+44")
    driver.press("Control-d", "Control-plus")
    driver.window.control_bar.live.invoke()
    driver.window.control_bar.pen.set(25)
    driver.settle()
    driver.window.close()
    kept = window_settings.load(file)
    assert (kept.theme, kept.zoom, kept.live) == ("dark", 1.1, False)
    assert kept.pen == pytest.approx(25)
    assert kept.geometry == "1111x777+33+44"
    again = open_window(settings_file=file)
    again.root.update()
    assert again.root.winfo_geometry() == "1111x777+33+44"
    assert again.window.theme.colours is DARK


def test_a_switch_is_heeded_before_there_is_a_session(
    open_window: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = opening.import_session

    def switch(window: Any) -> None:
        window.control_bar.live.invoke()
        real(window)

    monkeypatch.setattr(opening, "import_session", switch)
    driver = open_window()
    assert not driver.session.live
    assert not driver.window.control_bar.live.instate(["selected"])


def test_the_keys_are_listed(driver: Driver) -> None:
    driver.press("F1")
    [window] = [w for w in driver.root.winfo_children() if w.winfo_class() == "Toplevel"]
    said = " ".join(str(w["text"]) for w in widgets(window) if w.winfo_class() == "TLabel")
    assert "erase strokes" in said
    window.event_generate("<Escape>")
    driver.root.update()
    assert not window.winfo_exists()


def test_everything_can_be_reached_by_the_keyboard(driver: Driver) -> None:
    driver.draw(path(7))
    driver.draw(path(1, 400))
    driver.press("Control-z")
    driver.settle()
    reached = set()
    driver.area.focus_set()
    for _ in range(40):
        driver.root.update()
        reached.add(str(driver.root.focus_get()))
        driver.root.focus_get().event_generate("<<NextWindow>>")
    controls = driver.window.control_bar
    wanted = [controls.pen, controls.eraser, controls.undo, controls.redo, controls.clear]
    wanted += [controls.live, controls.recognize, driver.window.menu_bar.model, driver.area]
    assert {str(widget) for widget in [*wanted, *driver.window.label_panel.buttons]} <= reached
