from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from driving import Driver
from handwriting import path

from digitrec.drawing.strokes import Stroke

pytestmark = pytest.mark.window


def draw(driver: Driver, began: int, steps: Sequence[int] = (20, 40, 60, 80)) -> None:
    """Draw a line, with its times in milliseconds of the display, which does not begin at 0."""
    driver.area.event_generate("<ButtonPress-1>", x=50, y=50, time=began)
    for step in steps:
        driver.area.event_generate("<B1-Motion>", x=50 + step, y=90, time=began + step)
    x = 50 + steps[-1]
    driver.area.event_generate("<ButtonRelease-1>", x=x, y=90, time=began + steps[-1])


def times(driver: Driver) -> list[float]:
    """Return when each stroke of the drawing began."""
    strokes = driver.session.drawing.strokes
    return [round(float(stroke.times[0]), 3) for stroke in strokes]


# --- unfinished strokes -------------------------------------------------------------------------


@pytest.mark.parametrize("empty", ["Escape", "Control-z"])
def test_unfinished_strokes_are_reported_on_an_emptied_canvas_too(
    driver: Driver, empty: str
) -> None:
    canvas = driver.window.canvas
    reported: list[Stroke] = []
    canvas.actions = replace(canvas.actions, show_unfinished=reported.append)
    draw(driver, 500_000, range(1000, 60_000, 1000))
    assert reported
    driver.press(empty)
    assert driver.session.content.empty
    reported.clear()
    draw(driver, 570_000, range(30, 420, 30))
    assert len(reported) == 4  # every 0.09 s, as movements come
    driver.settle()


# --- times --------------------------------------------------------------------------------------


def test_times_begin_with_the_drawing(driver: Driver) -> None:
    draw(driver, 500_000)
    draw(driver, 502_500)
    assert times(driver) == [0, 2.5]
    driver.press("Escape")
    draw(driver, 520_000)
    assert times(driver) == [0]
    driver.settle()


@pytest.mark.parametrize("key", ["Control-d", "Control-plus"])
def test_times_go_on_after_the_window_was_built_anew(driver: Driver, key: str) -> None:
    draw(driver, 500_000)
    driver.press(key)
    draw(driver, 503_000)
    draw(driver, 504_000)
    assert times(driver) == [0, 0.08, 1.08]
    driver.settle()


@pytest.mark.parametrize("known", [True, False])
def test_times_follow_those_of_a_drawing_that_was_opened(driver: Driver, known: bool) -> None:
    draw(driver, 500_000)  # at another time than the drawing, and it is replaced
    points = np.array(path(1, 300))
    opened = Stroke(points, 8, np.linspace(0, 30, len(points)) if known else None)
    driver.session.content.replace(replace(driver.session.drawing, strokes=[opened]))
    driver.window.refresh()
    draw(driver, 502_000)
    [_, drawn] = driver.session.drawing.strokes
    assert drawn.times[0] == pytest.approx(30 if known else 2)
    driver.settle()


# --- buttons ------------------------------------------------------------------------------------


def test_an_eraser_without_a_release_ends_at_the_next_press(driver: Driver) -> None:
    draw(driver, 500_000)
    driver.area.event_generate("<ButtonPress-3>", x=50, y=50)
    draw(driver, 501_000)
    [stroke] = driver.session.drawing.strokes  # the first one is erased
    assert len(stroke.points) == 5
    assert not driver.window.canvas.button_down
    driver.settle()
