from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from places import fill, small_disk

from digitrec.errors import DigitrecError
from digitrec.storage import atomic
from digitrec.storage.temporary_folder import temporary_folder
from digitrec.storage.writing_errors import DiskFullError


def test_it_is_removed_with_all_that_is_in_it() -> None:
    with temporary_folder() as folder:
        (folder / "below").mkdir()
        (folder / "below" / "file").write_text("content")
    assert not folder.exists()


def test_a_full_disk_of_temporary_files_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with small_disk(tmp_path / "disk", 256) as disk:
        monkeypatch.setattr(tempfile, "tempdir", str(disk))
        for write in (_plain, atomic.write_bytes, _library):
            with pytest.raises(DigitrecError) as caught, temporary_folder() as folder:
                write(folder / "file", bytes(2**20))
            line = f"the folder of temporary files, {disk}, is full; make room there"
            assert str(caught.value).startswith(line)
            assert not folder.exists()


def test_another_full_disk_is_told_as_ever(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 256) as disk:
        fill(disk)
        with pytest.raises(DiskFullError, match="disk"), temporary_folder():
            atomic.write_bytes(disk / "file", bytes(2**20))


def test_where_nothing_can_be_written_at_all_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(DigitrecError, match="cannot write temporary files: "), temporary_folder():
        pass


def _plain(file: Path, content: bytes) -> None:
    file.write_bytes(content)


def _library(file: Path, content: bytes) -> None:
    """Write half a file in silence, as compiled libraries do, and fail when it is read again."""
    fill(file.parent)
    raise ValueError("half a file")
