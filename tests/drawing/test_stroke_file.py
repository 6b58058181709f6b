from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitrec.drawing import stroke_file
from digitrec.drawing.stroke_file import load, save
from digitrec.drawing.strokes import Drawing, Stroke
from digitrec.errors import DigitrecError

numbers = st.floats(-1e3, 2e3)


@st.composite
def strokes(draw: st.DrawFn) -> Stroke:
    points = draw(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=6))
    times = sorted(draw(st.lists(st.floats(0, 1e6), min_size=len(points), max_size=len(points))))
    return Stroke(points, draw(st.floats(0.01, 500)), draw(st.sampled_from([None, times])))


drawings = st.builds(
    Drawing, st.integers(1, 1_000), st.integers(1, 1_000), st.lists(strokes(), max_size=4)
)


@given(drawings)
def test_a_saved_drawing_is_loaded_without_loss(
    tmp_path_factory: pytest.TempPathFactory, drawing: Drawing
) -> None:
    path = tmp_path_factory.mktemp("strokes") / "drawing.json"
    save(path, drawing)
    again = load(path)
    assert (again.width, again.height) == (drawing.width, drawing.height)
    for one, other in zip(again.strokes, drawing.strokes, strict=True):
        np.testing.assert_array_equal(one.points, other.points)
        assert one.width == other.width
        assert (one.times is None) == (other.times is None)
        if one.times is not None:
            np.testing.assert_array_equal(one.times, other.times)


GOOD: dict[str, Any] = {
    "format": "digitrec-strokes",
    "format_version": 1,
    "width": 100,
    "height": 80,
    "strokes": [{"width": 8, "points": [[1, 2], [3.5, 4]], "times": [0, 0.25]}],
}


def error_line(path: Path) -> str:
    with pytest.raises(DigitrecError) as error:
        load(path)
    message = str(error.value)
    assert message.startswith(str(path))
    assert message.isprintable()
    assert len(message) < 300
    return message


def test_the_format_is_this(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    save(path, Drawing(100, 80, [Stroke([(1, 2), (3.5, 4)], 8, [0, 0.25])]))
    assert json.loads(path.read_text()) == GOOD
    path.write_text(json.dumps(GOOD))
    assert load(path).strokes[0].points.tolist() == [[1, 2], [3.5, 4]]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format": "svg"}, "digitrec-strokes"),
        ({"format_version": 2}, "update digitrec"),
        ({"format_version": 0}, "format_version is 0"),
        ({"format_version": True}, "format_version is True"),
        ({"format_version": None}, "format_version is None"),
        ({"colour": "red"}, "unknown key 'colour'"),
        ({"width": 0}, "width is not a whole number"),
        ({"width": 1e9}, "width is not a whole number"),
        ({"height": 10**9}, "height is not a whole number"),
        ({"height": "80"}, "height is not a whole number"),
        ({"strokes": {}}, "strokes are not a list"),
        ({"strokes": [3]}, "stroke 1 is not an object"),
        ({"strokes": [{"width": 8}]}, "stroke 1 has no key 'points'"),
        ({"strokes": [{"points": [[1, 2]]}]}, "stroke 1 has no key 'width'"),
        ({"strokes": [{"width": 8, "points": []}]}, "stroke 1"),
        ({"strokes": [{"width": 8, "points": [[1]]}]}, "not [x, y]"),
        ({"strokes": [{"width": 8, "points": [[1, 2, 3]]}]}, "not [x, y]"),
        ({"strokes": [{"width": 8, "points": "ab"}]}, "not [x, y]"),
        ({"strokes": [{"width": 8, "points": [["1", 2]]}]}, "not a number"),
        ({"strokes": [{"width": 8, "points": [[True, 2]]}]}, "not a number"),
        ({"strokes": [{"width": 8, "points": [[1e300, 2]]}]}, "out of range"),
        ({"strokes": [{"width": 8, "points": [[10**400, 2]]}]}, "out of range"),
        ({"strokes": [{"width": 0, "points": [[1, 2]]}]}, "width must be above 0"),
        ({"strokes": [{"width": -3, "points": [[1, 2]]}]}, "width must be above 0"),
        ({"strokes": [{"width": 8, "points": [[1, 2]], "times": []}]}, "as many times"),
        ({"strokes": [{"width": 8, "points": [[1, 2]], "times": None}]}, "not a number"),
        ({"strokes": [{"width": 8, "points": [[1, 2]] * 2, "times": [1, 0]}]}, "must not decrease"),
        ({"strokes": [{"width": 8, "points": [[1, 2]], "ink": 1}]}, "unknown key 'ink'"),
    ],
)
def test_a_file_that_is_not_a_drawing_is_rejected(
    tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(GOOD | change))
    assert said in error_line(path)


@pytest.mark.parametrize("key", GOOD)
def test_no_key_may_be_missing(tmp_path: Path, key: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps({name: value for name, value in GOOD.items() if name != key}))
    assert key in error_line(path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[",
        b"[]",
        b"null",
        b"\xff\xfe\x00",
        b"\x89PNG\r\n\x1a\n",
        b"[" * 100_000,
        json.dumps(GOOD).replace("3.5", "NaN").encode(),
        json.dumps(GOOD).replace("3.5", "Infinity").encode(),
        json.dumps(GOOD)[:-5].encode(),
        json.dumps(GOOD).replace("3.5", "1" * 5000).encode(),
    ],
)
def test_nonsense_is_rejected(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(content)
    assert "is not a file of strokes" in error_line(path)


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    assert "does not exist" in error_line(tmp_path / "none.json")
    assert "cannot be read" in error_line(tmp_path)


def test_a_huge_file_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stroke_file, "MAX_BYTES", 100)
    path = tmp_path / "a.json"
    path.write_text(json.dumps(GOOD))
    assert "larger than" in error_line(path)


def test_a_file_that_changes_while_it_is_read_is_read_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "changing.json"
    whole = Drawing(100, 100, [Stroke([(1.0, 2.0), (3.0, 4.0)] * 300, 5.0)])
    save(path, whole)
    content, ended = path.read_bytes(), threading.Event()

    def change() -> None:
        rng = np.random.default_rng(0)
        while not ended.is_set():
            with path.open("r+b") as file:
                file.truncate(int(rng.integers(len(content))))
                file.seek(0)
                file.write(content + bytes(rng.integers(256, size=int(rng.integers(2000)))))
            save(path, whole)  # another file of that name

    changing = threading.Thread(target=change)
    changing.start()
    refused, read, until = [], 0, time.monotonic() + 60
    try:
        while time.monotonic() < until and (read < 40 or len(refused) < 40):
            try:
                assert load(path).strokes[0].points.shape == (600, 2)
                read += 1
            except DigitrecError as error:
                refused.append(str(error))
    finally:
        ended.set()
        changing.join()
    assert read, "it is whole at times"
    assert refused, "it is damaged at times"
    assert all(line.startswith(f"{path} ") and "\n" not in line for line in refused)


# --- what could not be opened again -------------------------------------------------------------

DOT = Stroke([(1.0, 2.0)], 4.0)


@pytest.mark.parametrize(
    ("drawing", "said"),
    [
        (Drawing(100, 80, [Stroke([(1.0, 2.0)] * 100_001, 4.0)]), "100,001 points, more than"),
        (Drawing(100, 80, [DOT] * 20_001), "20,001 strokes, more than"),
        (Drawing(32_769, 80, [DOT]), "its width is not a whole number from 1 to 32768"),
        (Drawing(16_000, 16_000, [DOT]), "million pixels"),
        (Drawing(100, 80, [Stroke([(1e10, 2.0)], 4.0)]), "stroke 1 has a number that is out of"),
    ],
)
def test_what_could_not_be_opened_again_is_not_saved(
    tmp_path: Path, drawing: Drawing, said: str
) -> None:
    path = tmp_path / "a.json"
    path.write_text("what was there before")
    with pytest.raises(DigitrecError) as error:
        save(path, drawing)
    assert str(error.value).startswith(f"{path} cannot be written: ")
    assert said in str(error.value)
    assert path.read_text() == "what was there before"


def test_a_file_that_would_be_too_large_is_not_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stroke_file, "MAX_BYTES", 100)
    with pytest.raises(DigitrecError, match=r"bytes, more than 100"):
        save(tmp_path / "a.json", Drawing(100, 80, [DOT] * 10))
    assert [*tmp_path.iterdir()] == []


def test_the_largest_drawing_is_saved_and_loaded(tmp_path: Path) -> None:
    points = np.random.default_rng(0).uniform(-5, 5, (100_000, 2)) / 3
    times = np.arange(len(points)) / 3
    save(tmp_path / "a.json", Drawing(300, 300, [Stroke(points, 1 / 3, times)]))
    [stroke] = load(tmp_path / "a.json").strokes
    np.testing.assert_array_equal(stroke.points, points)
