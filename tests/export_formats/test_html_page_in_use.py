"""The page in a real browser, as people use it."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from digitrec import Recognizer
from digitrec.benchmarks.browser import Browser
from digitrec.data.synthetic import digits
from digitrec.drawing.rasterise import rasterise_drawing
from digitrec.drawing.strokes import Drawing

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("page")]

NOTHING = "\N{EN DASH}"
DESKTOP, PHONE = (1100, 700), (390, 844)


def legible(digit: int, rng: np.random.Generator) -> Drawing:
    """Draw a digit that the network reads right: not all handwriting is easy."""
    recognizer = Recognizer.load()
    drawn = (digits.draw(digit, rng) for _ in range(50))
    return next(one for one in drawn if recognizer.recognize(rasterise_drawing(one)).digit == digit)


def settle(browser: Browser) -> None:
    browser.evaluate(
        "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(0))))"
    )


def shown(browser: Browser) -> tuple[str, str, str]:
    """Return the digits, the confidence and the message that the page shows."""
    settle(browser)
    texts = browser.evaluate(
        "['digits', 'confidence', 'message'].map(id => document.getElementById(id).textContent)"
    )
    return tuple(texts)  # type: ignore[return-value]


def draw(
    browser: Browser, drawing: Drawing, left: float, top: float, side: float, touch: bool = False
) -> None:
    """Draw strokes into a square of the page by a real pointer."""
    points = np.concatenate([stroke.points for stroke in drawing.strokes])
    low = points.min(axis=0)
    scale = side / np.ptp(points, axis=0).max()
    for stroke in drawing.strokes:
        path = (stroke.points - low) * scale + (left, top)
        browser.draw([(x, y) for x, y in path.tolist()], touch=touch)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("size", "dark", "touch"),
    [(DESKTOP, False, False), (PHONE, True, True)],
    ids=["desktop", "phone"],
)
def test_ten_digits_are_drawn_and_read(
    chromium: Browser, page: Path, size: tuple[int, int], dark: bool, touch: bool
) -> None:
    chromium.open(page, *size, dark=dark)
    assert shown(chromium)[:2] == (NOTHING, "")
    rng = np.random.default_rng(12)
    read = ""
    for digit in range(10):
        draw(chromium, legible(digit, rng), 100, 90, 180, touch)
        read += shown(chromium)[0]
        chromium.evaluate("document.getElementById('clear').click()")
    assert sum(a == b for a, b in zip(read, "0123456789", strict=True)) >= 9
    assert shown(chromium)[:2] == (NOTHING, "")
    assert chromium.complaints == []
    assert chromium.requests == [page.resolve().as_uri()]
    # Nothing is wider than the window.
    assert chromium.evaluate("document.documentElement.scrollWidth") <= size[0]
    background = chromium.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == ("rgb(28, 28, 28)" if dark else "rgb(250, 250, 250)")


def test_a_letter_a_scribble_and_a_dot_are_rejected(chromium: Browser, page: Path) -> None:
    chromium.open(page, *DESKTOP)
    chromium.draw([(200, 100), (200, 400), (204, 250), (380, 250), (380, 100), (380, 400)])
    *answer, why = shown(chromium)
    assert answer == ["?", "not a digit"]
    assert re.fullmatch(r"This does not look like a digit. It is nearest to an? \d\.", why)
    chromium.press("Escape", 27)
    points = np.random.default_rng(1).uniform(150, 450, (14, 2)).tolist()
    chromium.draw([(x, y) for x, y in points])
    assert shown(chromium)[:2] == ("?", "not a digit")
    chromium.press("Escape", 27)
    chromium.draw([(300, 300)])
    assert shown(chromium) == ("?", "not a digit", "This is too small to read. Draw it larger.")
    assert chromium.complaints == []


@pytest.mark.parametrize(
    "mark",
    [[(220, 345), (222, 347)], [(230, 340), (228, 355), (222, 372)], [(226, 330), (214, 385)]],
    ids=["point", "comma", "long comma"],
)
def test_a_decimal_point_is_not_left_out(
    chromium: Browser, page: Path, mark: list[tuple[float, float]]
) -> None:
    chromium.open(page, *DESKTOP)
    chromium.draw([(100, 200), (170, 200), (160, 250), (140, 300), (130, 350)])
    chromium.draw(mark)
    chromium.draw([(280, 200), (280, 270), (280, 350)])
    answer, _, why = shown(chromium)
    assert answer == "7?1"
    assert why == (
        "Digit 2: this looks like a decimal point or comma. This page reads digits alone."
    )


PALM_AND_PEN = """
(() => {
  const canvas = document.getElementById('canvas');
  const send = (type, id, pointerType, x, y, buttons = 1) => canvas.dispatchEvent(new PointerEvent(
    type, { pointerId: id, pointerType, clientX: x, clientY: y, buttons, button: 0 }));
  send('pointerdown', 5, 'touch', 500, 500);
  send('pointerdown', 6, 'pen', 200, 200);
  send('pointermove', 5, 'touch', 501, 520);
  send('pointermove', 6, 'pen', 200, 300);
  send('pointerup', 6, 'pen', 200, 400, 0);
  send('pointerup', 5, 'touch', 501, 520, 0);
  send('pointerdown', 7, 'touch', 520, 500);
  send('pointerup', 7, 'touch', 520, 500, 0);
})()
"""


def test_a_palm_does_not_stand_in_the_way_of_a_pen(chromium: Browser, page: Path) -> None:
    chromium.open(page, *DESKTOP)
    chromium.evaluate(PALM_AND_PEN)
    assert shown(chromium)[0] == "1"
    assert chromium.evaluate("page.drawing.strokes.length") == 1


def test_strokes_stay_in_view_when_the_window_becomes_smaller(
    chromium: Browser, page: Path
) -> None:
    chromium.open(page, *DESKTOP)
    chromium.draw([(500, 330), (570, 330), (560, 380), (540, 430), (530, 530)])
    chromium.draw([(640, 330), (640, 400), (640, 530)])
    assert shown(chromium)[0] == "71"
    chromium.press("Escape", 27)
    metrics = {"deviceScaleFactor": 1, "mobile": False}
    chromium.call("Emulation.setDeviceMetricsOverride", width=420, height=400, **metrics)
    settle(chromium)
    chromium.evaluate("document.getElementById('undo').click()")
    assert shown(chromium)[0] == "71"
    outside = "page.drawing.leftCanvas(page.canvas.width, page.canvas.height)"
    assert chromium.evaluate(outside) is False


def test_the_digit_that_is_being_written_is_selected(chromium: Browser, page: Path) -> None:
    chromium.open(page, *DESKTOP)
    chromium.draw([(400, 150), (400, 350)])
    chromium.draw([(550, 150), (550, 350)])
    chromium.draw([(100, 150), (170, 150), (160, 200), (140, 250), (130, 330)])
    assert shown(chromium)[0] == "711"
    assert chromium.evaluate("page.selected") == 0
    chromium.draw([(250, 150), (250, 350)])
    assert shown(chromium)[0] == "7111"
    assert chromium.evaluate("page.selected") == 1


def test_only_what_has_changed_is_read_anew(chromium: Browser, page: Path) -> None:
    chromium.open(page, *DESKTOP)
    for x in (100, 200, 300, 400):
        chromium.draw([(x, 150), (x, 350)])
    assert shown(chromium)[0] == "1111"
    chromium.evaluate(
        "globalThis.asked = 0; globalThis.before = page.recognizer.read;"
        "page.recognizer.read = (image) => { asked++; return before.call(page.recognizer, image); }"
    )
    chromium.draw([(550, 150), (550, 350)])
    assert shown(chromium)[0] == "11111"
    # Unfinished and finished, each alone and with its neighbour.
    assert 1 <= chromium.evaluate("asked") <= 4


def test_a_focused_digit_keeps_the_focus(chromium: Browser, page: Path) -> None:
    chromium.open(page, *DESKTOP)
    chromium.draw([(200, 150), (200, 350)])
    chromium.draw([(350, 150), (350, 350)])
    assert shown(chromium)[0] == "11"
    chromium.evaluate("document.querySelectorAll('#digits button')[1].focus()")
    chromium.evaluate("document.activeElement.click()")
    focused = "[...document.querySelectorAll('#digits button')].indexOf(document.activeElement)"
    settle(chromium)
    assert chromium.evaluate(focused) == 1
    chromium.evaluate(
        "globalThis.told = 0; new MutationObserver(() => told++)"
        ".observe(document.getElementById('announced'), {childList: true})"
    )
    chromium.draw([(500, 150), *((500, 150 + 4.0 * i) for i in range(50))])
    assert shown(chromium)[0] == "111"
    assert chromium.evaluate("told") == 1  # once for a stroke, however long it is
    assert chromium.evaluate("document.getElementById('announced').textContent") == "1 1 1"
    chromium.evaluate("document.querySelectorAll('#digits button')[2].focus()")
    chromium.press("ArrowLeft", 37)
    settle(chromium)
    assert chromium.evaluate(focused) == 2


@pytest.mark.parametrize("size", [(320, 480), (640, 360), (844, 390)])
def test_nothing_is_cut_off_on_a_small_screen(
    chromium: Browser, page: Path, size: tuple[int, int]
) -> None:
    chromium.open(page, *size)
    for name in ("clear", "canvas", "digits"):
        box = f"document.getElementById('{name}').getBoundingClientRect()"
        left, right = chromium.evaluate(f"[{box}.left, {box}.right]")
        assert 0 <= left < right <= size[0], name
        if size[0] > size[1]:  # the answer is seen beside what is drawn
            top, bottom = chromium.evaluate(f"[{box}.top, {box}.bottom]")
            assert 0 <= top < bottom <= size[1], name


def test_undo_redo_eraser_and_the_selected_digit(chromium: Browser, page: Path) -> None:
    chromium.open(page, *DESKTOP)
    button = "document.getElementById('{}')".format
    assert chromium.evaluate(f"{button('undo')}.disabled && {button('clear')}.disabled")
    chromium.draw([(100, 100), (102, 400)])
    settle(chromium)
    rng = np.random.default_rng(11)
    draw(chromium, legible(3, rng), 250, 100, 250)
    settle(chromium)
    assert shown(chromium)[0] == "13"
    chromium.press("ArrowLeft", 37)
    assert shown(chromium)[0] == "13"
    pressed = "[...document.querySelectorAll('#digits button')].map(b => b.ariaPressed)"
    assert chromium.evaluate(pressed) == ["true", "false"]
    chromium.evaluate(f"{button('undo')}.click()")
    assert shown(chromium)[0] == "1"
    chromium.evaluate(f"{button('redo')}.click()")
    assert shown(chromium)[0] == "13"
    chromium.press("e", 69)
    chromium.draw([(60, 200), (140, 210)])  # across the 1
    assert shown(chromium)[0] == "3"
    chromium.evaluate(f"{button('undo')}.click()")
    assert shown(chromium)[0] == "13"
    chromium.press("e", 69)
    chromium.press("Escape", 27)
    assert shown(chromium)[0] == NOTHING
    chromium.evaluate(f"{button('undo')}.click()")
    assert shown(chromium)[0] == "13"
    assert chromium.complaints == []


def test_a_pen_that_leaves_the_canvas_is_told(chromium: Browser, page: Path) -> None:
    chromium.open(page, *DESKTOP)
    chromium.draw([(100, 200), (100, 690)])
    assert "The pen left the canvas. Only the part inside was read." in shown(chromium)[2]
    # A drawing that was cut off is read as Python reads it.
    assert chromium.evaluate("page.predictions.length") == 1
