from __future__ import annotations

import os
from pathlib import Path

import pytest

from digitrec.storage.regular_files import open_regular, read_bytes, read_text


def test_a_plain_file_and_a_link_to_one_are_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("é", encoding="utf-8")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    for name in ("a", "b"):
        assert read_text(tmp_path / name) == "é"


def test_pipes_devices_and_folders_are_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")  # opening it would wait for ever
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(OSError, match="it is not a file"):
            open_regular(path)
    with pytest.raises(IsADirectoryError):
        open_regular(tmp_path)
    with pytest.raises(FileNotFoundError):
        open_regular(tmp_path / "none")


def test_a_file_has_a_largest_size(tmp_path: Path) -> None:
    with (tmp_path / "file").open("wb") as stream:
        stream.truncate(2**40)  # without content: it takes no place on the disk
    with pytest.raises(OSError, match="it is larger than 4 MB"):
        read_text(tmp_path / "file")
    (tmp_path / "small").write_text("x" * 100)
    assert len(read_text(tmp_path / "small", 100)) == 100
    with pytest.raises(OSError, match="larger than"):
        read_text(tmp_path / "small", 99)


def test_bytes_have_a_largest_size_too(tmp_path: Path) -> None:
    (tmp_path / "small").write_bytes(b"x" * 100)
    assert read_bytes(tmp_path / "small", 100) == b"x" * 100
    with pytest.raises(OSError, match="larger than"):
        read_bytes(tmp_path / "small", 99)


def test_what_is_no_text_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"\xff")
    with pytest.raises(UnicodeDecodeError):
        read_text(tmp_path / "file")
