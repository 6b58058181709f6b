from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from sure_answers import answer

from digitrec.arrays import Float32Array, Float64Array, Uint8Array
from digitrec.drawing.rasterise import rasterise
from digitrec.drawing.strokes import Stroke
from digitrec.imaging.find_ink import page_ink
from digitrec.models.ctc import BLANK, CHARACTERS, CLASSES
from digitrec.models.marks import NO_MARK
from digitrec.recognition.best_path import Segment
from digitrec.recognition.pages.page_segmentation import ReadDigits, segment_page
from digitrec.recognition.segmentation_graph import ClassProbabilities
from digitrec.recognition.string_reader import StringReader

read_strings = StringReader.load().read


def no_marks(windows: Uint8Array) -> Float64Array:
    """See a mark in nothing."""
    answers = np.zeros((len(windows), NO_MARK + 1))
    answers[:, NO_MARK] = 1
    return answers


def canvas(*shapes: list[tuple[float, float]], size: tuple[int, int] = (300, 120)) -> Float32Array:
    """Polylines drawn with a pen of 6 pixels."""
    strokes = [Stroke(np.array(points, float), 6.0) for points in shapes]
    return page_ink(rasterise(strokes, *size)).ink


def ring(x: float, y: float = 60, radius: float = 22) -> list[tuple[float, float]]:
    turns = np.linspace(0, 2 * np.pi, 60)
    return list(zip(x + 0.8 * radius * np.cos(turns), y + radius * np.sin(turns), strict=True))


def bar(x: float, top: float = 38, bottom: float = 82) -> list[tuple[float, float]]:
    return [(x, top), (x, bottom)]


def holes(image: Float32Array) -> int:
    """Count holes in ink."""
    return int(ndimage.label(np.pad(image < 0.3, 1, constant_values=True))[1]) - 1


def know(images: Float32Array) -> list[ClassProbabilities]:
    """Know rings, which leave the corners of their box free, and bars, which are narrow."""
    answers = []
    for image in images:
        rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
        box = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        height, width = box.shape
        corners = box[:3, :3].max(), box[-3:, :3].max(), box[:3, -3:].max(), box[-3:, -3:].max()
        ringed = holes(image) == 1 and 0.6 < width / height < 1 and max(corners) < 0.9
        character = "0" if ringed else "1" if width < 0.4 * height else "?"
        answers.append(answer(character, 0.98))
    return answers


def text(ink: Float32Array, read: ReadDigits = know) -> str:
    lines = segment_page(ink, read, read_strings, no_marks)
    return "\n".join(
        "".join(CHARACTERS[int(s.probabilities.argmax())] for s in line.segments) for line in lines
    )


def segments(ink: Float32Array) -> list[Segment]:
    return [
        segment
        for line in segment_page(ink, know, read_strings, no_marks)
        for segment in line.segments
    ]


def counts(ink: Float32Array) -> list[int]:
    """Segments on each line."""
    return [len(line.segments) for line in segment_page(ink, know, read_strings, no_marks)]


def test_separate_shapes_are_read_from_left_to_right() -> None:
    assert text(canvas(bar(200), ring(100), ring(250), bar(30))) == "1010"


@pytest.mark.parametrize("step", [40.6, 41, 43])
def test_touching_rings_are_parted(step: float) -> None:
    assert text(canvas(ring(60), ring(60 + step), ring(60 + 2 * step))) == "000"


def test_a_bar_that_touches_a_ring_is_parted() -> None:
    assert text(canvas(ring(60), bar(82.5), ring(150))) == "010"


def test_what_hangs_over_is_cut_by_a_bent_seam() -> None:
    """Between leaning bars that a dash joins no straight line goes from top to bottom."""
    leaning = [[(60.0 + x, 20.0), (45.0 + x, 100.0)] for x in (0, 14)]
    dash = [(52.0, 60.0), (67.0, 60.0)]
    assert text(canvas(*leaning, dash)) == "11"


def test_a_broken_stroke_is_joined() -> None:
    upper, lower = ring(60)[:29], ring(60)[31:59]
    assert text(canvas(upper, lower, bar(120), ring(170))) == "010"


def test_what_is_not_a_digit_does_not_spoil_the_rest() -> None:
    zigzag = [(120.0, 50.0), (135.0, 70.0), (150.0, 50.0), (165.0, 70.0)]
    assert re.fullmatch(r"0\?+10", text(canvas(ring(60), zigzag, bar(230), ring(270))))


def test_specks_are_dropped() -> None:
    specks = [[(x, y)] for x, y in [(20.0, 20.0), (150.0, 110.0), (280.0, 60.0)]]
    ink = canvas(ring(60), bar(120), *specks)
    assert text(ink) == "01"


def test_no_ink_is_not_a_line() -> None:
    assert segment_page(np.zeros((50, 80), np.float32), know, read_strings, no_marks) == []
    assert segment_page(np.zeros((1, 1), np.float32), know, read_strings, no_marks) == []


def test_boxes_hold_each_its_ink() -> None:
    ink = canvas(ring(60), bar(82.5), ring(150), bar(220))
    found = segments(ink)
    covered = np.zeros(ink.shape, bool)
    for segment in found:
        left, top, right, bottom = segment.box
        covered[top:bottom, left:right] = True
        assert ink[top:bottom, left:right].any(axis=1).all()
    assert covered[ink > 0].all()
    assert [s.box[0] for s in found] == sorted(s.box[0] for s in found)


@settings(max_examples=30)
@given(
    shapes=st.lists(st.sampled_from("01"), min_size=1, max_size=6),
    down=st.integers(0, 40),
    right=st.integers(0, 40),
)
def test_a_number_is_read_wherever_it_is(shapes: list[str], down: int, right: int) -> None:
    drawn = [ring(40 + 45 * i) if s == "0" else bar(40 + 45 * i) for i, s in enumerate(shapes)]
    ink = canvas(*drawn)
    moved = np.pad(ink, ((down, 0), (right, 0)))
    assert text(ink) == text(moved) == "".join(shapes)
    for one, other in zip(segments(ink), segments(moved), strict=True):
        assert tuple(np.add(one.box, [right, down, right, down])) == other.box


@settings(max_examples=10)
@given(seed=st.integers(0, 10_000))
def test_all_ink_but_specks_is_in_a_segment(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shapes = []
    for _ in range(rng.integers(1, 25)):
        extent = rng.choice([5, 20, 60, 200, 800], 2) * rng.choice([0.05, 1, 1], 2)
        points = rng.uniform(0, 1, 2) * (600, 300) + rng.normal(0, extent, (rng.integers(1, 8), 2))
        shapes.append([(float(x), float(y)) for x, y in points])
    ink = canvas(*shapes, size=(600, 300))
    found = segments(ink)
    covered = np.zeros(ink.shape, bool)
    for segment in found:
        assert segment.probabilities.sum() == pytest.approx(1)
        left, top, right, bottom = segment.box
        covered[top:bottom, left:right] = True
    labels, _ = ndimage.label(ink > 0, structure=np.ones((3, 3)))
    boxes = ndimage.find_objects(labels)
    if not boxes:  # all of it is off the canvas
        return
    tallest = max(rows.stop - rows.start for rows, _ in boxes)
    # Parts that were joined are taller than each.
    tallest = max([tallest, *(one.box[3] - one.box[1] for one in found)])
    for number, (rows, columns) in enumerate(boxes, 1):
        if max(rows.stop - rows.start, columns.stop - columns.start) >= max(8, 0.18 * tallest):
            assert covered[labels == number].all()


@pytest.mark.parametrize("degrees", [-5, -2, 0, 2, 5])
def test_lines_are_found_on_a_page_askew(degrees: float) -> None:
    rows = ["0010", "11100", "01", "10101"]
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    shapes = []
    for row, content in enumerate(rows):
        for column, shape in enumerate(content):
            path = np.array((ring if shape == "0" else bar)(0.0))
            place = np.array([60 + 70 * column, 100 * row])
            shapes.append((path + place) @ np.array([[cos, sin], [-sin, cos]]) + [40, 40])
    strokes = [Stroke(path, 6.0) for path in shapes]
    assert text(page_ink(rasterise(strokes, 520, 520)).ink) == "\n".join(rows)


def test_smaller_lines_below_a_large_one_are_lines_too() -> None:
    small = [ring(40 + 24.0 * i, 160 + 30 * k, 8) for k in range(2) for i in range(5)]
    ink = canvas(ring(60), ring(120), ring(180), *small, size=(300, 220))
    assert counts(ink) == [3, 5, 5]


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind", ["noise", "ink", "specks", "bars", "stripes", "wide", "blocks", "grid"]
)
def test_whatever_it_is_given_it_asks_for_a_bounded_number_of_readings(kind: str) -> None:
    rng = np.random.default_rng(0)
    ink = np.zeros((1000, 1000), np.float32)
    if kind == "noise":
        ink = rng.uniform(size=(1000, 1000)).astype(np.float32)
    elif kind == "ink":
        ink[:] = 1
    elif kind == "specks":
        for y, x in rng.integers(0, 980, (10_000, 2)):
            ink[y : y + 3, x : x + 9] = 1
            ink[x : x + 14, y : y + 3] = 1
    elif kind == "bars":
        ink = ink[:500, :500]
        ink[(np.arange(500) % 14 < 12)[:, None] & (np.arange(500) % 8 < 3)] = 1
    elif kind == "stripes":
        ink[:, np.arange(1000) % 40 < 20] = 1
    elif kind == "wide":
        ink[500:510] = 1
    elif kind == "blocks":
        ink = np.kron(rng.integers(0, 2, (63, 63)), np.ones((16, 16)))[:1000].astype(np.float32)
    else:
        ink[np.arange(1000) % 25 < 2] = ink[:, np.arange(1000) % 25 < 2] = 1
    asked = []

    def read(images: Float32Array) -> list[ClassProbabilities]:
        asked.append(len(images))
        return [answer("?", 0.98)] * len(images)

    def mute(images: Sequence[Float32Array]) -> list[Float32Array]:
        """See nothing in the images, which takes no time."""
        blank = np.where(np.arange(CLASSES) == BLANK, 0, -50).astype(np.float32)
        return [np.tile(blank, (image.shape[1] // 2, 1)) for image in images]

    segment_page(ink, read, mute if kind == "bars" else read_strings, no_marks)
    assert len(asked) <= 3
    assert sum(asked) < 6_000


def test_rings_right_above_each_other_are_in_one_line() -> None:
    """As of an 8 made of two that do not meet, taller than the digits beside it."""
    upper, lower = ring(120, 37, 13), ring(120, 75, 16)
    ink = canvas(ring(50), upper, lower, bar(200), ring(250))
    assert counts(ink) == [len(segments(ink))]


def test_one_digit_above_another_is_a_line_of_its_own() -> None:
    ink = canvas(ring(60, 30), ring(60, 100), ring(120, 100), size=(300, 160))
    assert counts(ink) == [1, 2]
