from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from driving import Driver
from handwriting import path

from digitrec.drawing.strokes import Stroke
from digitrec.gui.theme import LIGHT

pytestmark = pytest.mark.window


def test_each_stroke_is_painted_in_its_own_width(driver: Driver) -> None:
    strokes = [Stroke(np.array(path(digit, x)), w) for digit, x, w in ((7, 100, 5), (1, 400, 30))]
    driver.window.canvas.strokes.repaint(strokes)
    for tag, difference in (("line", -1), ("edge", 1)):
        items = driver.area.find_withtag(tag)
        widths = {float(driver.area.itemcget(item, "width")) for item in items}
        assert widths == {5 + difference, 30 + difference}


def test_painting_does_not_change_the_pen(driver: Driver) -> None:
    """Not even if it fails halfway."""
    before = driver.window.canvas.pen_width
    good, broken = Stroke(np.array(path(7)), 5), SimpleNamespace(width=30, points=None)
    with pytest.raises(AttributeError):
        driver.window.canvas.strokes.repaint([good, broken])
    assert driver.window.canvas.pen_width == before
    driver.draw(path(1, 400))
    assert driver.session.drawing.strokes[0].width == before


def test_pixels_take_the_place_of_lines(driver: Driver) -> None:
    layer = driver.window.canvas.strokes
    x, y = (round(value) for value in path(7)[2])  # a point of the upper bar
    layer.repaint([Stroke(np.array(path(7)), 8)])
    assert driver.area.find_withtag("line")
    assert layer.image.transparency_get(x, y)
    for _ in range(2):  # the second time, there is nothing left to do
        layer.lines_to_pixels()
        assert not driver.area.find_withtag("line")
        assert layer.image.get(x, y) == tuple(bytes.fromhex(LIGHT.ink[1:]))
