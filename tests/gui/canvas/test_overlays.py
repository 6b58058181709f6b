"""What the canvas shows of a picture."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from driving import Driver
from PIL import Image

pytestmark = pytest.mark.window


def shown(driver: Driver) -> list[list[tuple[int, int, int]]]:
    """Return the colours in the picture on the canvas, row by row, of each tenth pixel."""
    [item] = driver.area.find_withtag("picture")
    name, tk = driver.area.itemcget(item, "image"), driver.root.tk
    width, height = int(tk.call("image", "width", name)), int(tk.call("image", "height", name))
    return [[tk.call(name, "get", x, y) for x in range(0, width, 10)] for y in range(0, height, 10)]


def opened(driver: Driver, file: Path) -> list[list[tuple[int, int, int]]]:
    driver.window.change(lambda session: session.open(file))
    driver.settle()
    return shown(driver)


def test_a_picture_of_16_bits_is_shown_as_it_is_read(driver: Driver, tmp_path: Path) -> None:
    deep = np.full((400, 300), 52_000, np.uint16)
    deep[80:320, 140:165] = 9_000
    Image.fromarray(deep).save(tmp_path / "deep.png")
    rows = opened(driver, tmp_path / "deep.png")
    assert driver.answer == "1"
    middle = rows[len(rows) // 2]
    assert max(middle[0]) > 190
    assert max(middle[len(middle) // 2]) < 60


def test_what_is_transparent_is_shown_on_white(driver: Driver, tmp_path: Path) -> None:
    ink = np.zeros((400, 300, 4), np.uint8)
    ink[80:320, 140:165, 3] = 255
    Image.fromarray(ink).save(tmp_path / "ink.png")
    middle = opened(driver, tmp_path / "ink.png")[-1]
    assert {tuple(colour) for colour in middle} == {(255, 255, 255)}


def test_a_large_picture_does_not_stop_the_window(driver: Driver) -> None:
    picture = Image.new("L", (6000, 5900), 255)
    overlays = driver.window.canvas.overlays
    overlays.show_picture(picture)
    begun = time.process_time()
    overlays.show_picture(picture)
    shown = time.process_time()
    picture.convert("RGBA").resize((500, 490), Image.Resampling.LANCZOS)
    assert shown - begun < (time.process_time() - shown) / 3
    overlays.show_picture(None)
