from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest
from small_unipen import Sample, digits, write

from digitrec.data.marks import dataset
from digitrec.data.marks.dataset import load, load_test
from digitrec.data.marks.shapes import make_mark
from digitrec.data.marks.writers import check_sources, read_writers
from digitrec.data.parts import Part
from digitrec.data.sets.composed import MarksData
from digitrec.data.unipen import cache
from digitrec.errors import ConfigError
from digitrec.models.marks import MARKS


def signs(writer: int) -> list[Sample]:
    """A mark of each kind and a letter, by one writer, on a tablet of 1000 points."""
    rng = np.random.default_rng(writer)
    samples: list[Sample] = []
    for mark in MARKS:
        strokes = [
            [(round(500 + 300 * x), round(500 - 300 * y)) for x, y in path]
            for path in make_mark(mark, rng)
        ]
        samples.append((mark, strokes))
    return [*samples, ("k", [[(0, 0), (0, 900)], [(400, 900), (0, 400), (400, 0)]])]


def whole_percent_signs(writers: Iterable[int]) -> list[Sample]:
    """Those of several strokes: what has one lacks the others, as far as a reader can tell."""
    made = [dict(signs(writer))["%"] for writer in writers]
    return [("%", strokes) for strokes in made if len(strokes) > 1]


@pytest.fixture
def root(
    pen_root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, forget: Callable[[], None]
) -> str:
    """Thirty writers of UCI, and nine of each of two sources of UNIPEN."""
    monkeypatch.setattr(cache, "cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(dataset, "HELD_OUT", 3)
    for number, source in enumerate(("abc", "app")):
        write(pen_root, source, {f"w{k}": digits(20 * number + k) for k in range(9)})
        write(pen_root, source, {f"w{k}": signs(20 * number + k) for k in range(9)}, "1d")
    return str(pen_root)


def test_no_writer_is_in_two_parts_and_the_sources_left_out_test(root: str) -> None:
    parts = [read_writers(root, part, ("app",)) for part in Part]
    drawn = [{path.tobytes() for strokes in part.marks["%"] for path in strokes} for part in parts]
    assert all(drawn)
    assert not drawn[0] & drawn[1]
    assert not (drawn[0] | drawn[1]) & drawn[2]
    assert len(parts[2].marks["%"]) == len(whole_percent_signs(20 + k for k in range(9)))
    assert all(len(part.digits) >= 3 for part in parts)


def test_the_parts_have_windows_of_their_own_and_the_seed_makes_them(root: str) -> None:
    made = load("marks", root, ("app",), count=4, seed=0, validation=1)
    again = load("marks", root, ("app",), count=2, seed=0, validation=0)
    assert len(again.validation) == 0
    assert made.test_identity == again.test_identity
    first = len(again.train)
    assert 0 < first < len(made.train)
    assert (made.train.images[:first] == again.train.images).all()
    assert load_test(root, ("app",), 1)[1] != made.checksum


def test_the_checksum_tells_of_strokes_that_are_trained_on(
    root: str, forget: Callable[[], None]
) -> None:
    before = load("marks", root, ("app",), count=1, seed=0, validation=0)
    write(Path(root), "abc", {f"w{k}": digits(50 + k) for k in range(10)})
    forget()
    after = load("marks", root, ("app",), count=1, seed=0, validation=0)
    assert after.checksum != before.checksum
    assert (
        after.test_identity
        == before.test_identity
        == (MarksData().tested_on, load_test(root, ("app",), 0)[1])
    )


def test_the_checksum_of_the_test_part_tells_of_all_its_strokes(
    root: str, forget: Callable[[], None]
) -> None:
    """The digits and the letters of those who test, and not their marks alone."""
    checksums = [load_test(root, ("app",), 0)[1]]
    letter = ("k", [[(0, 0), (0, 900)], [(400, 900), (0, 500), (400, 0)]])
    for part, samples in (("1a", digits(70)), ("1d", [letter])):
        write(Path(root), "app", {"w9": samples}, part)
        forget()
        checksums.append(load_test(root, ("app",), 0)[1])
    assert len(set(checksums)) == 3


def test_a_source_that_cannot_test_is_named(root: str) -> None:
    with pytest.raises(ConfigError, match="there are no marks of 'uci'; the sources are abc, app"):
        check_sources(("uci",), root)
    with pytest.raises(ConfigError, match="but not all: abc, app"):
        check_sources(("abc", "app"), root)
