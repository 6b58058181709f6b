from __future__ import annotations

import io
import time
from pathlib import Path
from urllib.parse import quote

import h5py
import numpy as np
import pytest
from driving import Driver, dialog
from handwriting import ignorant, path, rejecting, stroke
from PIL import Image

from digitrec.drawing import corrections
from digitrec.drawing.rasterise import rasterise_drawing
from digitrec.drawing.strokes import Drawing, Stroke
from digitrec.errors import PictureError
from digitrec.gui import commands
from digitrec.storage import hdf5
from digitrec.storage.resources import shipped_checkpoint

pytestmark = pytest.mark.window


# --- files --------------------------------------------------------------------------------------


def test_strokes_are_saved_and_opened_by_dialogs(driver: Driver, tmp_path: Path) -> None:
    driver.draw(path(7))
    driver.settle()
    for name in ("seven.json", "seven.png"):
        file = tmp_path / name
        dialog(driver, lambda: driver.press("Control-s"), file)
        driver.settle()
        assert file.exists()
        assert driver.message == f"Saved as {file}."
        driver.press("Escape")
        dialog(driver, lambda: driver.press("Control-o"), file)
        driver.settle()
        assert driver.answer == "7"
        if name.endswith("png"):
            assert driver.area.find_withtag("picture")
        else:
            assert len(driver.session.drawing.strokes) == 1
    dialog(driver, lambda: driver.press("Control-o"), None)  # thought better of it
    assert driver.answer == "7"
    driver.draw(path(1))  # takes the picture's place
    driver.settle()
    assert not driver.area.find_withtag("picture")
    assert driver.answer == "1"


def test_a_name_without_a_suffix_gets_that_of_the_chosen_type(
    driver: Driver, tmp_path: Path
) -> None:
    driver.draw(path(7))
    driver.settle()
    for kind, ending in (("Picture", "png"), ("Drawing", "json")):
        file = tmp_path / kind
        dialog(driver, lambda: driver.press("Control-s"), file, kind=kind)
        driver.settle()
        assert driver.message == f"Saved as {file}.{ending}."


def test_a_picture_is_pasted(driver: Driver, tmp_path: Path) -> None:
    driver.press("Control-v")
    assert driver.message == "There is no picture in the clipboard."
    file = tmp_path / "number one.png"
    ink = rasterise_drawing(Drawing(200, 200, [Stroke(np.array(path(1, 90, 20)), 12)]))
    Image.fromarray(255 - ink).save(file)
    driver.root.clipboard_clear()
    driver.root.clipboard_append(f"file://{quote(str(file))}")
    driver.press("Control-v")
    driver.settle()
    assert driver.answer == "1"
    driver.press("Escape")
    driver.root.clipboard_clear()
    driver.root.clipboard_append(str(file))
    driver.press("Control-v")
    driver.settle()
    assert driver.answer == "1"


@pytest.mark.parametrize("text", ["hello world", "x" * 5000, "file://[x"])
def test_text_in_the_clipboard_is_not_a_picture(driver: Driver, text: str) -> None:
    driver.root.clipboard_clear()
    driver.root.clipboard_append(text)
    driver.root.clipboard_append(text, type="image/png")  # as some programs hold it out
    driver.press("Control-v")
    assert driver.message == "There is no picture in the clipboard."


def test_a_picture_in_the_clipboard_is_pasted(driver: Driver, tmp_path: Path) -> None:
    stream = io.BytesIO()
    ink = rasterise_drawing(Drawing(200, 200, [Stroke(np.array(path(7, 60, 20)), 12)]))
    Image.fromarray(255 - ink).save(stream, "PNG")
    driver.root.clipboard_clear()
    words = " ".join(f"0x{byte:x}" for byte in stream.getvalue())
    driver.root.tk.call("clipboard", "append", "-type", "image/png", "--", words)
    driver.press("Control-v")
    driver.settle()
    assert driver.answer == "7"


def test_a_picture_that_cannot_be_pasted_is_told(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise PictureError("it cannot be fetched", "the clipboard")

    monkeypatch.setattr(commands, "picture_in_clipboard", fail)
    driver.press("Control-v")
    assert driver.message == "the clipboard: it cannot be fetched"


def test_the_drawing_is_replayed(driver: Driver) -> None:
    driver.press("Control-r")
    assert driver.message == "There is nothing to replay yet. Draw a digit first."
    driver.session.add(Stroke(np.array(path(7)), 16, np.linspace(0, 0.3, len(path(7)))))
    driver.session.add(Stroke(np.array(path(1, 420)), 16))
    driver.window.refresh()
    driver.settle()
    seen = set()
    driver.press("Control-r")
    end = time.monotonic() + 30
    while driver.window.player.playing and time.monotonic() < end:
        driver.root.update()
        seen.add(len(driver.window.canvas.strokes.shown))
    assert seen == {1, 2}
    driver.settle()
    assert [*map(id, driver.window.canvas.strokes.shown)] == [
        *map(id, driver.session.drawing.strokes)
    ]
    driver.press("Control-r")
    driver.draw(path(0, 300))  # who draws, stops it
    driver.settle()
    assert not driver.window.player.playing
    assert len(driver.session.drawing.strokes) == 3


# --- labels and networks ------------------------------------------------------------------------


def test_a_label_is_given_by_key_and_by_button(driver: Driver, tmp_path: Path) -> None:
    store = tmp_path / "data" / "drawings.h5"
    driver.draw(path(7))
    driver.settle()
    driver.press("Key-1")
    driver.settle()
    assert driver.message == "Stored as a 1."
    assert str(driver.window.label_panel.count["text"]) == "1 of 10 drawings"
    driver.window.label_panel.buttons[7].invoke()
    driver.settle()
    assert "Accent" in str(driver.window.label_panel.buttons[7]["style"])
    assert [kept.label for kept in corrections.load_drawings(store)] == [7]
    driver.press("Escape")
    driver.draw(path(1))
    driver.press("Key-1")
    driver.settle()
    assert str(driver.window.label_panel.count["text"]) == "2 of 10 drawings"


def test_a_hostile_network_is_refused_and_the_window_lives_on(
    driver: Driver, tmp_path: Path
) -> None:
    """Texts of variable length, with a size at which HDF5's C library searches for ever."""
    hostile = tmp_path / "hostile.h5"
    content = hdf5.read(shipped_checkpoint())
    with h5py.File(hostile, "w") as file:
        file.attrs.update(content.attributes | {"format_version": 1})
        for name in content.arrays.keys() - {"check/margins", "check/probabilities"}:
            file[name] = content.arrays[name]
    damaged = bytearray(hostile.read_bytes())
    heap = damaged.index(b"GCOL")
    damaged[heap + 24 : heap + 32] = b"\x8c" + b"\xff" * 7  # the size of the first text
    hostile.write_bytes(damaged)
    dialog(driver, driver.window.commands.choose_model, hostile)
    driver.settle()
    assert str(hostile) in driver.message
    assert "Still using" in driver.message
    driver.draw(path(7))
    driver.settle()
    assert driver.answer == "7"


def test_networks_are_compared_side_by_side(driver: Driver, tmp_path: Path) -> None:
    driver.draw(path(7))
    dialog(driver, driver.window.commands.compare, rejecting(tmp_path))
    dialog(driver, driver.window.commands.compare, ignorant(tmp_path))
    driver.settle()
    rows = driver.window.model_panel.rows
    assert [str(name["text"]) for name, _ in rows] == ["digitrec.h5", "rejecting.h5", "ignorant.h5"]
    assert str(rows[0][1]["text"]).startswith("7 ")
    assert str(rows[1][1]["text"]).startswith("≠  ?")
    assert driver.message == "The networks disagree."
    live = driver.window.control_bar.live  # beside a column that has grown wider
    assert live.winfo_width() >= live.winfo_reqwidth()
    driver.session.drop_model(driver.session.networks.paths[1])
    driver.session.drop_model(driver.session.networks.paths[1])
    driver.window.refresh()
    driver.settle()
    assert driver.window.model_panel.rows == []


def test_the_network_may_change_while_a_reading_is_being_made(
    driver: Driver, tmp_path: Path
) -> None:
    strict = rejecting(tmp_path)
    for _ in range(2):
        driver.draw(path(7))
        driver.session.choose_model(strict)
        driver.window.refresh()
        driver.draw(path(1, 420))
        driver.settle()
        assert driver.answer == "??"
        assert driver.root.title().startswith("rejecting.h5")
        driver.session.choose_model(shipped_checkpoint())
        driver.window.refresh()
        driver.press("Escape")
        driver.settle()
        assert driver.session.latest.reading is None


def test_a_click_on_a_digit_of_a_picture_selects_it(driver: Driver, tmp_path: Path) -> None:
    file = tmp_path / "two.png"
    drawing = Drawing(480, 480, [stroke(1, 80), stroke(7, 280)])
    Image.fromarray(255 - rasterise_drawing(drawing)).save(file)
    driver.session.open(file)
    driver.window.refresh()
    driver.settle()
    assert driver.answer == "17"
    for number in (0, 1):
        left, top, right, bottom = driver.session.latest.reading.digits[number].box
        scale, x, y = driver.window.canvas.overlays._view
        driver.draw([((left + right) / 2 * scale + x, (top + bottom) / 2 * scale + y)])
        assert driver.session.latest.selected == number
    driver.draw([(5, 5), (6, 6)])  # beside the digits it does nothing
    assert driver.area.find_withtag("picture")
    assert not driver.session.drawing.strokes
    driver.draw(path(7, 200))
    driver.settle()
    assert not driver.area.find_withtag("picture")
    driver.press("Control-z")
    driver.settle()
    assert driver.area.find_withtag("picture")
    assert driver.answer == "17"
