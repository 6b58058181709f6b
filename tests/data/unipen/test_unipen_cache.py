from __future__ import annotations

import os
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_unipen import digits, write

from digitrec.data.unipen import cache
from digitrec.data.unipen.segments import Characters
from digitrec.errors import DigitrecError


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of two writers, and an empty cache folder."""
    monkeypatch.setattr(cache, "cache_folder", lambda: tmp_path / "cache")
    write(tmp_path / "root", "abc", {"ann": digits(1), "bob": digits(2)})
    return tmp_path / "root"


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders that were parsed, in a list that grows."""
    folders: list[Path] = []
    read_folder = cache.read_folder

    def counted(folder: Path) -> Characters:
        folders.append(folder)
        return read_folder(folder)

    monkeypatch.setattr(cache, "read_folder", counted)
    return folders


def same(one: Characters, other: Characters) -> bool:
    return (
        [(c.label, c.writer, c.place) for c in one] == [(c.label, c.writer, c.place) for c in other]
        and np.array_equal(one.points, other.points)
        and np.array_equal(one.stroke_starts, other.stroke_starts)
        and one.dropped == other.dropped
    )


def test_the_files_are_parsed_once(root: Path, parsed: list[Path]) -> None:
    first, second = cache.read(str(root)), cache.read(str(root))
    assert len(parsed) == 1
    assert same(first, second)


def test_a_changed_file_is_parsed_again(root: Path, parsed: list[Path]) -> None:
    cache.read(str(root))
    path = root / "unipen" / "include" / "abc" / "data" / "1a-bob.dat"
    os.utime(path, ns=(1, 1))
    assert len(cache.read(str(root))) == 20
    path.unlink()
    assert len(cache.read(str(root))) == 10
    write(root, "xyz", {"cy": digits(3)})
    assert len(cache.read(str(root))) == 20
    assert len(parsed) == 4


def test_another_version_is_made_anew(
    root: Path, parsed: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.read(str(root))
    monkeypatch.setattr(cache, "VERSION", cache.VERSION + 1)
    cache.read(str(root))
    cache.read(str(root))
    assert len(parsed) == 2


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(cut=st.floats(0, 1), flip=st.integers(0, 255))
def test_a_damaged_cache_is_made_anew(root: Path, cut: float, flip: int) -> None:
    expected = cache.read(str(root))
    path = cache.cache_folder() / cache.FILE
    content = bytearray(path.read_bytes())
    place = int(cut * (len(content) - 1))
    path.write_bytes(content[:place] if flip == 0 else content[:place] + b"\xff" * flip)
    assert same(cache.read(str(root)), expected)
    assert path.read_bytes() == content


@pytest.mark.parametrize("name", ["starts", "stroke_starts", "labels", "writers", "files", "texts"])
def test_arrays_that_do_not_fit_are_made_anew(root: Path, parsed: list[Path], name: str) -> None:
    expected = cache.read(str(root))
    with h5py.File(cache.cache_folder() / cache.FILE, "r+") as file:
        file[name][...] = file[name][...] + 100
    assert same(cache.read(str(root)), expected)
    assert len(parsed) == 2


def test_a_cache_folder_that_cannot_be_written_is_no_error(root: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file in its place")
    assert len(cache.read(str(root))) == 20
    assert (tmp_path / "cache").read_text() == "a file in its place"


def test_missing_data_is_one_line_that_says_where_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(DigitrecError, match=r"^data\.root: .* lacks unipen/data") as caught:
        cache.read(str(tmp_path))
    message = str(caught.value)
    assert "train_r01_v07" in message
    assert "10.5281/zenodo.1195803" in message
    assert len(message.splitlines()) == 1
    for part in ("data", "include"):
        (tmp_path / "unipen" / part).mkdir(parents=True)
    with pytest.raises(DigitrecError, match=r"holds no labelled character .* train_r01_v07"):
        cache.read(str(tmp_path))
