"""The page, in a real browser, against what Python answers."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from checkpoint_samples import images, made
from networks import NAMES, build

from digitrec import Recognizer
from digitrec.arrays import Uint8Array
from digitrec.benchmarks.browser import Browser
from digitrec.data.synthetic import digits, nondigits
from digitrec.drawing.rasterise import rasterise_drawing
from digitrec.drawing.strokes import Drawing, Stroke
from digitrec.export_formats.html_page import render_html_page, write_html_page
from digitrec.gui.session.messages import reading_message
from digitrec.models.checkpoint import Checkpoint
from digitrec.recognition.read_drawing import read_drawing

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("page")]

NOTHING = "\N{EN DASH}"
DESKTOP, PHONE = (1100, 700), (390, 844)


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    opened = Browser(tmp_path_factory.mktemp("profile"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def page(shipped: Checkpoint, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "out.html"
    write_html_page(path, shipped)
    return path


@pytest.fixture
def no_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Python read no marks: the page has only the network for single digits."""
    monkeypatch.setattr("digitrec.recognition.read_drawing.find_drawn_marks", lambda *_: [])


def plain(drawing: Drawing) -> dict[str, Any]:
    strokes = [{"points": s.points.tolist(), "width": s.width} for s in drawing.strokes]
    return {"strokes": strokes, "width": drawing.width, "height": drawing.height}


def read_in(browser: Browser, drawings: Sequence[Drawing]) -> list[list[dict[str, Any]]]:
    """Return what the page reads in drawings."""
    data = json.dumps([plain(drawing) for drawing in drawings])
    found: list[list[dict[str, Any]]] = json.loads(
        browser.evaluate(
            f"JSON.stringify({data}.map(d => "
            "page.recognizer.readDrawing(d.strokes, d.width, d.height)))"
        )
    )
    return found


def test_the_page_carries_each_constant_that_its_scripts_ask_for(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    data = re.search('id="data">(.*?)</script>', text)
    assert data is not None
    constants = json.loads(data[1])["constants"]
    asked = re.findall(r"const \{ (.*?) \} = DATA\.constants\.(\w+);", text)
    assert len(asked) == text.count("DATA.constants.") > 0
    for names, module in asked:
        assert set(names.split(", ")) <= constants[module].keys()


# --- the same answers ----------------------------------------------------------------------------


def drawings(count: int, seed: int) -> list[Drawing]:
    """Digits, a third of other things, and some numbers of several digits."""
    rng = np.random.default_rng(seed)
    made: list[Drawing] = []
    for i in range(count):
        sides = int(rng.integers(200, 500)), int(rng.integers(200, 500))
        made.append(nondigits.draw(rng, *sides) if i % 3 == 0 else digits.draw(i % 10, rng, *sides))
    return made


@pytest.mark.slow
@pytest.mark.usefixtures("no_marks")
def test_a_thousand_drawings_are_read_as_in_python(
    chromium: Browser, page: Path, shipped: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The page has no network for marks.
    monkeypatch.setattr("digitrec.recognition.read_drawing.find_drawn_marks", lambda *_: [])
    chromium.open(page)
    recognizer = Recognizer(shipped)
    same = count = rejected = grouped_otherwise = 0
    worst = 0.0
    for seed in range(10):
        drawn = drawings(100, seed)
        for drawing, found in zip(drawn, read_in(chromium, drawn), strict=True):
            expected = read_drawing(drawing, [recognizer]).digits
            if [one["box"] for one in found] != [list(one.box or ()) for one in expected]:
                grouped_otherwise += 1  # where one digit or two is a tie
                continue
            for one, (prediction, read) in enumerate(
                zip([digit.prediction for digit in expected], found, strict=True)
            ):
                count += 1
                same += read["digit"] == prediction.digit
                rejected += prediction.digit is None
                gaps = np.abs(np.subtract(read["probabilities"], prediction.probabilities))
                worst = max(worst, float(gaps.max()))
                kind = prediction.rejection.kind if prediction.rejection else None
                assert read["rejection"] == kind or read["digit"] != prediction.digit, one
    assert grouped_otherwise <= 1
    assert count >= 1000
    assert rejected > 100
    assert same >= 0.999 * count
    assert worst < 1e-3


def circle(x: float, top: float, width: float, height: float, pen: float = 8.0) -> Stroke:
    angle = np.linspace(0, 2 * np.pi, 40)
    path = np.column_stack([width * np.sin(angle), height * (1 - np.cos(angle))]) / 2
    return Stroke(path + np.array([x, top]), pen)


def circles() -> dict[str, tuple[Drawing, int]]:
    """Circles above circles, and in how many rows they stand."""
    drawn = {}
    for name, gap, width, count, rows in (
        ("an 8 whose circles touch", -4, 80, 1, 1),
        ("an 8 of two circles close to each other", 12, 80, 1, 1),
        ("8s whose circles touch", -4, 80, 3, 1),
        ("8s of two circles close to each other", 14, 80, 3, 1),
        ("8s of two circles with a gap", 18, 80, 3, 1),
        ("0s above 0s", 40, 80, 2, 2),
        ("slim 0s close to 0s", 16, 36, 2, 2),
    ):
        places = [100.0 + 130 * i for i in range(count)]
        upper = [circle(x, 50, width, 92) for x in places]
        lower = [circle(x, 142 + gap, width, 100) for x in places]
        drawn[name] = Drawing(500, 400, upper + lower), rows
    whole, below = circle(100, 50, 80, 92, pen=20), circle(100, 156, 80, 100, pen=20)
    halves = [Stroke(points, 20) for points in (below.points[:20], below.points[20:])]
    drawn["an 8 whose lower circle is two arcs that touch"] = Drawing(500, 400, [whole, *halves]), 1
    return drawn


@pytest.mark.usefixtures("no_marks")
def test_circles_are_joined_as_in_the_window(
    chromium: Browser, page: Path, shipped: Checkpoint
) -> None:
    chromium.open(page)
    drawn = [drawing for drawing, _ in circles().values()]
    read = read_in(chromium, drawn)
    for (name, (drawing, rows)), found in zip(circles().items(), read, strict=True):
        expected = read_drawing(drawing, [Recognizer(shipped)]).digits
        assert [one["row"] for one in found] == [one.row for one in expected], name
        assert [one["box"] for one in found] == [list(one.box or ()) for one in expected], name
        assert [one["digit"] for one in found] == [one.prediction.digit for one in expected], name
        assert len({one["row"] for one in found}) == rows, name


@pytest.mark.usefixtures("no_marks")
def test_numbers_are_grouped_and_read_as_in_the_window(
    chromium: Browser, page: Path, shipped: Checkpoint
) -> None:
    rng = np.random.default_rng(2)
    drawn = []
    for _ in range(8):
        strokes: list[Stroke] = []
        for place in range(int(rng.integers(2, 5))):
            one = digits.draw(int(rng.integers(10)), rng, 150, 200)
            shift = (place * rng.uniform(70, 140), 0.0)
            strokes += [Stroke(s.points + shift, s.width) for s in one.strokes]
        shift = (30.0, rng.uniform(160, 260))
        below = [Stroke(s.points + shift, s.width) for s in strokes]
        drawn.append(Drawing(630, 460, strokes + below if rng.random() < 0.5 else strokes))
    corner = np.array([[100.0, 80.0], [96.0, 140.0], [145.0, 142.0]])
    for gap in (-8.0, 5.0, 15.0, 25.0, 60.0):  # an open 4, whose strokes do not meet
        bar = np.array([[145.0 + gap, 105.0], [142.0 + gap, 200.0]])
        drawn.append(Drawing(630, 460, [Stroke(corner, 9.0), Stroke(bar, 9.0)]))
    chromium.open(page)
    read = read_in(chromium, drawn)
    for drawing, found in zip(drawn, read, strict=True):
        expected = read_drawing(drawing, [Recognizer(shipped)]).digits
        assert [one["digit"] for one in found] == [one.prediction.digit for one in expected]
        assert [one["box"] for one in found] == [list(one.box or ()) for one in expected]
        assert [one["row"] for one in found] == [one.row for one in expected]
    assert any(one["row"] for found in read for one in found)


@pytest.mark.usefixtures("no_marks")
def test_taps_and_short_bars_are_told_as_in_the_window(
    chromium: Browser, page: Path, shipped: Checkpoint
) -> None:
    taps = [Stroke(np.full((1, 2), (x, 200.0)), 18.0) for x in (60.0, 160.0, 260.0)]
    bars = [Stroke(s.points + np.array([[-18.0, 0.0], [18.0, 3.0]]), 18.0) for s in taps]
    stick = Stroke(np.array([(360.0, 170.0), (362.0, 210.0)]), 18.0)
    drawn = [
        Drawing(400, 400, strokes)
        for strokes in (taps[:1], taps[:2], taps, bars, [*taps, stick], [*bars, *taps, stick])
    ]
    chromium.open(page)
    for drawing in drawn:
        told = chromium.evaluate(
            f"(d => readingMessage(page.recognizer.readDrawing(d.strokes, d.width, d.height),"
            f" false, false).text)({json.dumps(plain(drawing))})"
        )
        assert told == reading_message(read_drawing(drawing, [Recognizer(shipped)])).text


def walks() -> dict[str, Drawing]:
    """Strokes that are hard to draw: long, doubling back, off the canvas, dots, wide and thin."""
    rng = np.random.default_rng(4)
    spiral = np.linspace(0, 12 * np.pi, 400)
    circle = np.stack([np.cos(spiral), np.sin(spiral)], 1) * (5 + 2 * spiral[:, None]) + 100
    there_and_back = np.abs(np.linspace(-1, 1, 300))[:, None] * (150.0, 20.0) + 20
    back = there_and_back + rng.normal(size=(300, 2)) * 0.05
    shaking = np.cumsum(rng.normal(size=(500, 2)), 0) * 2 + 100
    return {
        "spiral": Drawing(200, 200, [Stroke(circle, 7)]),
        "doubling back": Drawing(200, 200, [Stroke(back, 5)]),
        "shaking": Drawing(200, 200, [Stroke(shaking, 3.5)]),
        "corners": Drawing(160, 90, [Stroke(rng.uniform(0, 90, (9, 2)), w) for w in (1, 4, 25)]),
        "off the canvas": Drawing(100, 80, [Stroke(rng.uniform(-60, 160, (12, 2)), 9)]),
        "dots": Drawing(50, 50, [Stroke(np.full((n, 2), 20.0 + n), 6) for n in (1, 2, 5)]),
        "same places": Drawing(60, 60, [Stroke(np.repeat(rng.uniform(5, 55, (5, 2)), 3, 0), 8)]),
        "a straight line": Drawing(60, 60, [Stroke(np.linspace((5, 9), (50, 40), 200), 6)]),
    }


@pytest.mark.parametrize("name", walks())
def test_strokes_become_the_same_pixels(chromium: Browser, page: Path, name: str) -> None:
    drawing = walks()[name]
    if name == "spiral":
        chromium.open(page)
    ink: Uint8Array = np.frombuffer(
        base64.b64decode(
            chromium.evaluate(
                f"(d => btoa(String.fromCharCode(...rasterise(d.strokes, d.width, d.height))))"
                f"({json.dumps(plain(drawing))})"
            )
        ),
        np.uint8,
    )
    expected = rasterise_drawing(drawing)
    assert expected.any()
    apart = np.abs(ink.reshape(expected.shape).astype(int) - expected)
    # A corner may be rounded to the next 256th of a pixel.
    assert apart.max() <= 1
    assert np.mean(apart > 0) < 0.001


@pytest.mark.slow
@pytest.mark.parametrize("vectors", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_each_network_is_the_same_in_the_page(
    chromium: Browser, tmp_path: Path, name: str, vectors: bool
) -> None:
    trained = made(name, temperature=1.3, rejection_threshold=0.4 if vectors else 0.0)
    write_html_page(tmp_path / "out.html", trained)
    chromium.open(tmp_path / "out.html")
    some = images(4)
    chromium.evaluate(f"globalThis.reader = loadRecognizer({json.dumps(vectors)}); 0")
    assert chromium.evaluate("reader.network.fast") is vectors
    found = json.loads(
        chromium.evaluate(
            f"JSON.stringify({some[:, 0].flatten(1).tolist()}.map(i => reader.read(i)))"
        )
    )
    predictions = Recognizer(trained).recognize_normalised(some[:, 0].numpy())
    for one, prediction in zip(found, predictions, strict=True):
        np.testing.assert_allclose(one["probabilities"], prediction.probabilities, atol=1e-3)
        assert one["digitProbability"] == pytest.approx(prediction.digit_probability, abs=1e-3)
        assert one["digit"] == prediction.digit
    assert chromium.complaints == []


def test_a_network_of_four_megabytes_is_small_and_answers(
    chromium: Browser, tmp_path: Path
) -> None:
    torch.manual_seed(0)
    network = build("deep", width=60)
    assert sum(p.numel() for p in network.parameters()) * 4 > 3.9e6
    write_html_page(tmp_path / "out.html", Checkpoint("deep", {"width": 60}, network.eval()))
    assert (tmp_path / "out.html").stat().st_size < 3e6
    chromium.open(tmp_path / "out.html")
    logits = chromium.evaluate(
        "Array.from(page.recognizer.network.logits(new Float32Array(784).fill(0.5)))"
    )
    with torch.inference_mode():
        expected = network(torch.full((1, 1, 28, 28), 0.5))[0].tolist()
    assert logits == pytest.approx(expected, abs=1e-3)


# --- the page in use -----------------------------------------------------------------------------


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


def test_a_decimal_point_is_not_left_out(chromium: Browser, page: Path) -> None:
    chromium.open(page, *DESKTOP)
    chromium.draw([(100, 200), (170, 200), (160, 250), (140, 300), (130, 350)])
    chromium.draw([(220, 345), (222, 347)])
    chromium.draw([(280, 200), (280, 270), (280, 350)])
    answer, _, why = shown(chromium)
    assert answer == "7?1"
    assert why == "Digit 2: this looks like a decimal point. This page reads digits alone."


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


# --- the file ------------------------------------------------------------------------------------


def test_the_page_is_one_small_file_without_addresses(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert page.stat().st_size < 3e6
    for address in ("http://", "https://", "src=", "import(", "fetch("):
        assert address not in text


def test_nothing_in_a_checkpoint_ends_the_script(shipped: Checkpoint) -> None:
    names = ("</script><script>alert(1)</script>", "<!--", *shipped.class_names[2:])
    text = render_html_page(replace(shipped, class_names=names, model="<b>"))
    assert "<script>alert" not in text
    assert text.count("<!--") == 0
