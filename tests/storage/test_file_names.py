from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from digitrec.storage.file_names import cut_name, target_of


def test_a_file_is_its_own_target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    assert target_of(Path("file")) == Path("file")
    assert target_of(Path("new")) == Path("new")


def test_links_lead_to_what_is_there_or_is_not(tmp_path: Path) -> None:
    for name, to in (("first", "second"), ("second", "folder/new")):
        (tmp_path / name).symlink_to(to)
    assert target_of(tmp_path / "first") == tmp_path.resolve() / "folder" / "new"


def test_links_in_a_circle_are_an_error(tmp_path: Path) -> None:
    for name, to in (("a", "b"), ("b", "a")):
        (tmp_path / name).symlink_to(to)
    with pytest.raises(OSError, match=str(tmp_path / "a")) as caught:
        target_of(tmp_path / "a")
    assert caught.value.errno == errno.ELOOP


def test_a_name_that_is_too_long_is_an_error() -> None:
    with pytest.raises(OSError, match="too long"):
        target_of(Path("x" * 300))


def test_a_name_that_can_name_nothing_is_left_to_who_opens_it(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file" / "below", Path("a\0b")):
        assert target_of(path) == path


@pytest.mark.parametrize("name", ["x" * 255, "ä" * 127, "\udcff" * 255, "€" * 85])
def test_a_long_name_is_cut_at_a_character_and_stays_its_own(name: str, tmp_path: Path) -> None:
    cut = cut_name(name)
    assert len(os.fsencode(cut)) <= 220
    assert cut[:60] == name[:60]
    assert cut != cut_name(name[:-1] + "y")
    (tmp_path / f".{cut}.1a2b3c4d.part.weights.h5").touch()


def test_a_short_name_is_not_cut() -> None:
    assert cut_name("x" * 220) == "x" * 220
