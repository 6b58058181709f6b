"""The page, in a real browser, against what Python answers."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
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
from digitrec.drawing.pen_lifts import lines_of_pen
from digitrec.drawing.rasterise import rasterise_drawing
from digitrec.drawing.strokes import Drawing, Stroke
from digitrec.export_formats.html_page import render_html_page, write_html_page
from digitrec.gui.session.messages import reading_message
from digitrec.models.checkpoint import Checkpoint
from digitrec.recognition.read_drawing import read_drawing

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("page")]


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


def broken_numbers() -> list[Drawing]:
    """Numbers whose strokes break where the pen is lifted, in one row and in two."""
    rng = np.random.default_rng(5)
    drawn = []
    for number in range(24):
        strokes: list[Stroke] = []
        for place in range(int(rng.integers(1, 5))):
            one = digits.draw(int(rng.integers(10)), rng, 150, 200)
            shift = np.array([place * rng.uniform(90, 140), 0.0])
            for stroke in one.strokes:
                points = stroke.points + shift
                cut = int(rng.integers(1, max(len(points) - 2, 2)))
                lifted = int(rng.integers(0, 3))
                parts = (points[:cut], points[cut + lifted :])
                strokes += [Stroke(part, stroke.width) for part in parts if len(part)]
        below = [Stroke(s.points + np.array([20.0, 200.0]), s.width) for s in strokes]
        drawn.append(Drawing(630, 460, strokes + below if number % 3 == 0 else strokes))
    for white in (0.0, 4.0, 8.0, 30.0):  # a 1 beside a 1, each in two strokes
        ends = [(y, y + length) for y, length in ((100.0, 70.0), (180.0 + white, 80.0))]
        ones = [Stroke(np.array([(x, a), (x, b)]), 10.0) for x in (90.0, 150.0) for a, b in ends]
        drawn.append(Drawing(300, 400, ones))
    return drawn


@pytest.mark.usefixtures("no_marks")
def test_broken_strokes_are_one_line_as_in_the_window(
    chromium: Browser, page: Path, shipped: Checkpoint
) -> None:
    drawn = broken_numbers()
    chromium.open(page)
    data = json.dumps([plain(drawing) for drawing in drawn])
    counts = chromium.evaluate(
        f"JSON.stringify({data}.map(d => linesOfPen(d.strokes).map(line => line.parts.length)))"
    )
    expected = [list(map(len, lines_of_pen(drawing.strokes).values())) for drawing in drawn]
    assert json.loads(counts) == expected
    assert sum(count > 1 for counts in expected for count in counts) > 15
    read = read_in(chromium, drawn)
    for drawing, found in zip(drawn, read, strict=True):
        answers = read_drawing(drawing, [Recognizer(shipped)]).digits
        assert [one["digit"] for one in found] == [one.prediction.digit for one in answers]
        assert [one["box"] for one in found] == [list(one.box or ()) for one in answers]
        assert [one["row"] for one in found] == [one.row for one in answers]
    assert [[one["digit"] for one in found] for found in read[-4:]] == [*[[1, 1]] * 3, [1] * 4]


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
