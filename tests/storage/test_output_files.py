from __future__ import annotations

from pathlib import Path

import pytest

from digitrec.errors import DigitrecError
from digitrec.storage.output_files import check_can_be_folder, check_folder_of, check_replaces_none


def test_a_file_that_is_read_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("read.h5").touch()
    Path("link.h5").symlink_to("read.h5")
    for name in ("read.h5", "./read.h5", "link.h5", str(tmp_path / "read.h5")):
        with pytest.raises(DigitrecError, match="would replace what is read"):
            check_replaces_none(Path(name), Path("other.h5"), Path("read.h5"))


def test_other_files_may_be_written(tmp_path: Path) -> None:
    read, other = tmp_path / "read.h5", tmp_path / "other.h5"
    read.touch()
    check_replaces_none(other, read)
    other.touch()
    check_replaces_none(other, read, tmp_path / "missing.h5")
    check_replaces_none(tmp_path / "missing.h5", tmp_path / "missing.h5")


def test_the_folder_of_a_file_must_be_there(tmp_path: Path) -> None:
    check_folder_of("--html", tmp_path / "a.html")
    with pytest.raises(DigitrecError, match=r"^--html .*a\.html: there is no folder .*none; make"):
        check_folder_of("--html", tmp_path / "none" / "a.html")


def test_the_folder_of_a_file_must_be_writable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)  # as it is not where root is at work
    for check in (check_folder_of, check_can_be_folder):
        with pytest.raises(DigitrecError, match="nothing can be written to the folder"):
            check("--html", tmp_path / "new")


def test_a_link_is_judged_by_where_it_leads(tmp_path: Path) -> None:
    for name, target in (("file", "new"), ("lost", "none/new"), ("circle", "circle")):
        (tmp_path / name).symlink_to(target)
    check_folder_of("--html", tmp_path / "file")
    check_can_be_folder("--boxes-out", tmp_path / "file")
    check_can_be_folder("--boxes-out", tmp_path / "lost")  # folders are made
    with pytest.raises(DigitrecError, match=r"lost: it is a link to .*, and there is no folder"):
        check_folder_of("--html", tmp_path / "lost")
    for check in (check_folder_of, check_can_be_folder):
        with pytest.raises(OSError, match="symbolic links"):
            check("--html", tmp_path / "circle")


def test_a_name_that_is_too_long_is_told_before_work_begins(tmp_path: Path) -> None:
    check_folder_of("--html", tmp_path / ("x" * 255))
    for check in (check_folder_of, check_can_be_folder):
        with pytest.raises(OSError, match="too long"):
            check("--html", tmp_path / ("x" * 256))
