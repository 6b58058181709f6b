from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from filelock import FileLock
from hypothesis import given, settings
from hypothesis import strategies as st

from digitrec.drawing import corrections, stroke_file
from digitrec.drawing.corrections import (
    LabelledDrawing,
    adapted_file,
    add_drawing,
    default_path,
    load_drawings,
    remove_drawing,
)
from digitrec.drawing.rasterise import rasterise_drawing
from digitrec.drawing.strokes import Drawing, Stroke
from digitrec.errors import DigitrecError
from digitrec.storage.atomic import atomic_path

numbers = st.floats(-1e3, 2e3)


@st.composite
def strokes(draw: st.DrawFn) -> Stroke:
    points = draw(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=5))
    times = sorted(draw(st.lists(st.floats(0, 1e6), min_size=len(points), max_size=len(points))))
    return Stroke(points, draw(st.floats(0.01, 500)), draw(st.sampled_from([None, times])))


labelled = st.builds(
    LabelledDrawing,
    drawing=st.builds(
        Drawing,
        st.integers(1, 1_000),
        st.integers(1, 1_000),
        st.lists(strokes(), min_size=1, max_size=4),
    ),
    label=st.integers(0, 9),
    key=st.integers(0, 2**64 - 1),
    time=st.floats(0, 4e9),
)


def some(label: int, key: int | None = None) -> LabelledDrawing:
    stroke = Stroke([(10 * label, 5), (20, 30)], 4, [0, 0.5])
    return LabelledDrawing(
        Drawing(60, 50, [stroke]), label, secrets.randbits(64) if key is None else key
    )


def assert_same(one: LabelledDrawing, other: LabelledDrawing) -> None:
    assert (one.label, one.key, one.time) == (other.label, other.key, other.time)
    assert (one.drawing.width, one.drawing.height) == (other.drawing.width, other.drawing.height)
    for mine, theirs in zip(one.drawing.strokes, other.drawing.strokes, strict=True):
        assert mine.width == theirs.width
        np.testing.assert_array_equal(mine.points, theirs.points)
        assert (mine.times is None) == (theirs.times is None)
        if mine.times is not None:
            np.testing.assert_array_equal(mine.times, theirs.times)


@given(st.lists(labelled, min_size=1, max_size=5, unique_by=lambda item: item.key), st.data())
@settings(max_examples=20)
def test_a_drawing_is_removed_and_the_others_stay(
    tmp_path_factory: pytest.TempPathFactory, kept: list[LabelledDrawing], data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("store") / "drawings.h5"
    for item in [*kept, *kept[:1]]:  # one is labelled twice
        add_drawing(path, item)
    gone = data.draw(st.sampled_from(kept))
    assert remove_drawing(path, gone.key) == len(kept) - 1
    rest = [item for item in kept if item is not gone]
    for one, other in zip(load_drawings(path), rest, strict=True):
        assert_same(one, other)
    assert remove_drawing(path, gone.key) == len(rest)  # there is none any more


@given(st.lists(labelled, max_size=4, unique_by=lambda item: item.key))
@settings(max_examples=20)
def test_stored_drawings_are_loaded_without_loss(
    tmp_path_factory: pytest.TempPathFactory, kept: list[LabelledDrawing]
) -> None:
    path = tmp_path_factory.mktemp("store") / "deep" / "drawings.h5"
    assert load_drawings(path) == []
    for count, item in enumerate(kept, 1):
        assert add_drawing(path, item) == count
    for one, other in zip(load_drawings(path), kept, strict=True):
        assert_same(one, other)


def test_the_last_label_of_a_drawing_counts(tmp_path: Path) -> None:
    path = tmp_path / "drawings.h5"
    add_drawing(path, some(3, key=1))
    add_drawing(path, some(4, key=2))
    assert add_drawing(path, some(8, key=1)) == 2
    assert [(item.label, item.key) for item in load_drawings(path)] == [(8, 1), (4, 2)]


def test_files_that_other_processes_are_writing_are_left_alone(tmp_path: Path) -> None:
    """While a drawing is stored, a network that learns from the drawings may be written."""
    with atomic_path(tmp_path / "adapted.h5") as part:
        part.write_text("new")
        add_drawing(tmp_path / "drawings.h5", some(1))
    assert (tmp_path / "adapted.h5").read_text() == "new"


def test_only_the_file_and_its_lock_are_left(tmp_path: Path) -> None:
    (tmp_path / ".drawings.h5.12345678.part").write_text("what a killed window left")
    add_drawing(tmp_path / "drawings.h5", some(1))
    assert {file.name for file in tmp_path.iterdir()} <= {"drawings.h5", "drawings.h5.lock"}


def test_the_default_path_is_in_the_users_data_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/somewhere")
    assert default_path().name == "drawings.h5"
    if sys.platform.startswith("linux"):
        assert default_path() == Path("/somewhere/digitrec/drawings.h5")


def test_the_network_that_learnt_from_drawings_is_beside_them(tmp_path: Path) -> None:
    assert adapted_file(tmp_path / "drawings.h5") == tmp_path / "adapted.h5"


def test_without_a_home_folder_none_is_made_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digitrec.drawing.corrections.user_folder", lambda kind: None)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DigitrecError, match="no home folder to keep drawings in; set HOME"):
        add_drawing(default_path(), some(1))
    assert load_drawings(default_path()) == []
    assert [*tmp_path.iterdir()] == []


# --- at once, and killed ------------------------------------------------------------------------

ADDING = """
import sys
from pathlib import Path
from digitrec.drawing.corrections import LabelledDrawing, add_drawing
from digitrec.drawing.rasterise import rasterise_drawing
from digitrec.drawing.strokes import Drawing, Stroke
for i in range(int(sys.argv[2]), int(sys.argv[3])):
    stroke = Stroke([(i, i), (i + 1, 2 * i)] * 50, 4)
    add_drawing(Path(sys.argv[1]), LabelledDrawing(Drawing(60, 50, [stroke]), i % 10, i))
    print(i, flush=True)
"""


def adding(path: Path, start: int, stop: int) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", ADDING, str(path), str(start), str(stop)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


def test_two_programs_at_once_lose_no_drawing(tmp_path: Path) -> None:
    path = tmp_path / "drawings.h5"
    both = [adding(path, 0, 40), adding(path, 1000, 1040)]
    for process in both:
        process.communicate(timeout=120)
        assert process.returncode == 0
    assert {item.key for item in load_drawings(path)} == {*range(40), *range(1000, 1040)}


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="SIGKILL is POSIX")
def test_a_kill_at_any_moment_loses_nothing_that_was_stored(tmp_path: Path) -> None:
    path = tmp_path / "drawings.h5"
    rng = np.random.default_rng(0)
    stored = 0
    for _ in range(4):
        process = adding(path, stored, 100_000)
        assert process.stdout is not None
        process.stdout.readline()  # it is at work
        time.sleep(rng.uniform(0, 0.05))
        os.kill(process.pid, signal.SIGKILL)
        said = process.communicate(timeout=60)[0].split()
        keys = [item.key for item in load_drawings(path)]
        assert keys == list(range(len(keys)))  # whole, and in order
        assert len(keys) >= (int(said[-1]) + 1 if said else stored + 1)
        stored = len(keys)
    add_drawing(path, some(5))
    assert not list(tmp_path.glob(".*.part"))


def test_a_file_that_stays_locked_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corrections, "LOCK_SECONDS", 0.05)
    path = tmp_path / "drawings.h5"
    with (
        FileLock(tmp_path / "drawings.h5.lock"),
        pytest.raises(DigitrecError, match="is locked by another program"),
    ):
        add_drawing(path, some(1))
    assert add_drawing(path, some(1)) == 1


@pytest.mark.parametrize("on_windows", [True, False])
def test_on_windows_a_file_that_is_being_read_is_written_a_little_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, on_windows: bool
) -> None:
    attempts: list[Path] = []
    real = corrections.write

    def write(path: Path, *content: Any) -> None:
        attempts.append(path)
        if len(attempts) < 3:
            raise PermissionError(13, "Permission denied", str(path))
        real(path, *content)

    monkeypatch.setattr(corrections, "write", write)
    monkeypatch.setattr(corrections, "ON_WINDOWS", on_windows)
    path = tmp_path / "drawings.h5"
    if on_windows:
        assert add_drawing(path, some(1)) == 1
        assert len(attempts) == 3
    else:
        with pytest.raises(DigitrecError, match="cannot be saved: Permission denied"):
            add_drawing(path, some(1))
        assert len(attempts) == 1


# --- what could not be read again ---------------------------------------------------------------

STROKE = Stroke([(1.0, 2.0), (3.0, 4.0)], 4.0)
ONE = Drawing(60, 50, [STROKE])


@pytest.mark.parametrize(
    ("labelled", "said"),
    [
        (LabelledDrawing(ONE, 10, key=1), "its label is 10"),
        (LabelledDrawing(ONE, 255, key=1), "its label is 255"),
        (LabelledDrawing(ONE, 256, key=1), "its label is 256"),
        (LabelledDrawing(ONE, -1, key=1), "its label is -1"),
        (LabelledDrawing(Drawing(60, 50), 1, key=1), "it has no strokes"),
        (LabelledDrawing(ONE, 1, key=-1), "its key is not"),
        (LabelledDrawing(ONE, 1, key=2**64), "its key is not"),
        (LabelledDrawing(ONE, 1, key=1, time=float("nan")), "its array time has a number"),
        (LabelledDrawing(Drawing(0, 50, [STROKE]), 1, key=1), "a canvas is too small"),
        (LabelledDrawing(Drawing(2**15 + 1, 1, [STROKE]), 1, key=1), "a canvas is too small or"),
        (
            LabelledDrawing(Drawing(60, 50, [Stroke([(1.0, 2.0)] * 100_001, 4.0)]), 1, key=1),
            "100,001 points, more than",
        ),
    ],
)
def test_what_could_not_be_read_again_is_not_stored(
    two: Path, labelled: LabelledDrawing, said: str
) -> None:
    before = two.read_bytes()
    with pytest.raises(DigitrecError) as error:
        add_drawing(two, labelled)
    assert str(error.value).startswith(f"{two}: the drawing cannot be saved: ")
    assert said in str(error.value)
    assert two.read_bytes() == before
    assert add_drawing(two, some(3)) == 3


# --- invalid files ------------------------------------------------------------------------------


def overwrite(name: str, value: Any) -> Callable[[h5py.File], None]:
    def change(file: h5py.File) -> None:
        del file[name]
        file[name] = np.array(value)

    return change


def attribute(name: str, value: Any) -> Callable[[h5py.File], None]:
    return lambda file: file.attrs.__setitem__(name, value)


def remove(name: str) -> Callable[[h5py.File], None]:
    return lambda file: file.__delitem__(name)


CHANGES: dict[str, Callable[[h5py.File], None]] = {
    "another format": attribute("format", "digitrec"),
    "a newer version": attribute("format_version", 3),
    "no labels": remove("label"),
    "an array more": lambda file: file.create_dataset("more", data=[1.0]),
    "a link": lambda file: file.__setitem__("more", h5py.ExternalLink("/etc/passwd", "x")),
    "a label that is no digit": overwrite("label", np.uint8([1, 10])),
    "labels of another type": overwrite("label", np.int32([1, 2])),
    "a label too few": overwrite("label", np.uint8([1])),
    "strokes that do not add up": overwrite("strokes", [1, 2]),
    "a drawing without strokes": overwrite("strokes", [0, 2]),
    "counts that overflow": overwrite("strokes", np.int64([2**62, 2**62])),
    "points that do not add up": overwrite("points", [2, 3]),
    "points of one number": overwrite("xy", np.zeros(4)),
    "points that are not finite": overwrite("xy", np.full((4, 2), np.nan)),
    "a time too few": overwrite("seconds", np.zeros(3)),
    "a canvas of no size": overwrite("canvas", np.int64([[60, 0], [60, 50]])),
    "a canvas too large": overwrite("canvas", np.int64([[60, 2**40], [60, 50]])),
}


@pytest.fixture
def two(tmp_path: Path) -> Path:
    path = tmp_path / "drawings.h5"
    add_drawing(path, some(1))
    add_drawing(path, some(2))
    return path


@pytest.mark.parametrize("name", CHANGES)
def test_an_invalid_file_is_an_error_and_is_left_as_it_is(two: Path, name: str) -> None:
    with h5py.File(two, "a") as file:
        CHANGES[name](file)
    before = two.read_bytes()
    for use in (lambda: load_drawings(two), lambda: add_drawing(two, some(3))):
        with pytest.raises(DigitrecError, match="move the file away") as error:
            use()
        assert str(two) in str(error.value)
    assert two.read_bytes() == before


@pytest.mark.parametrize("name", ["width", "seconds"])
def test_impossible_strokes_are_an_error(two: Path, name: str) -> None:
    with h5py.File(two, "a") as file:
        file[name][...] = -np.arange(len(file[name]))
    with pytest.raises(DigitrecError, match=r"a stroke's .* move the file away"):
        load_drawings(two)


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x89HDF\r\n\x1a\n"])
def test_another_file_is_an_error_and_is_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "drawings.h5"
    path.write_bytes(content)
    with pytest.raises(DigitrecError, match="move the file away"):
        add_drawing(path, some(1))
    assert path.read_bytes() == content


def test_a_truncated_file_is_an_error(two: Path) -> None:
    two.write_bytes(two.read_bytes()[:-20])
    with pytest.raises(DigitrecError, match="move the file away"):
        load_drawings(two)


def test_a_folder_that_cannot_be_created_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DigitrecError, match="cannot be saved"):
        add_drawing(tmp_path / "file" / "drawings.h5", some(1))


def test_adding_to_a_large_file_is_quick(tmp_path: Path) -> None:
    """A thousand drawings are stored one by one, each in some milliseconds."""
    path = tmp_path / "drawings.h5"
    stroke = Stroke(np.random.default_rng(0).uniform(0, 300, (60, 2)), 8)
    for key in range(100, 107):  # as many points as a thousand drawings of two strokes
        add_drawing(path, LabelledDrawing(Drawing(300, 300, [stroke] * 300), 1, key))
    started = time.process_time()
    for key in range(2, 12):
        add_drawing(path, LabelledDrawing(Drawing(300, 300, [stroke]), 1, key))
    assert (time.process_time() - started) / 10 < 0.2


def test_a_file_of_strokes_holds_every_canvas_that_can_be_kept(tmp_path: Path) -> None:
    wide = Drawing(2**15, 40, [STROKE])
    corrections.add_drawing(tmp_path / "drawings.h5", LabelledDrawing(wide, 1, key=1))
    [kept] = corrections.load_drawings(tmp_path / "drawings.h5")
    stroke_file.save(tmp_path / "wide.json", kept.drawing)
    assert rasterise_drawing(stroke_file.load(tmp_path / "wide.json")).shape == (40, 2**15)
