"""What a name of an output stands for, and the lock that leaves nothing behind."""

from __future__ import annotations

import errno
import os
import re
import signal
from pathlib import Path

import pytest

from digitrec.errors import DigitrecError, Interrupted, LockedError
from digitrec.recognition.answer_files.output_path import (
    format_of,
    output_lock,
    own_files,
    told_to_resume,
)
from digitrec.storage.writing_errors import DiskFullError


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("a.csv", "csv"),
        ("a.JSON", "json"),
        ("a.jsonl", "jsonl"),
        ("a.ndjson", "jsonl"),
        ("a.txt", "text"),
        ("a", "text"),
        ("a.parquet/", "parquet"),
        ("b.d/a", "text"),
    ],
)
def test_the_ending_tells_the_format(name: str, form: str) -> None:
    assert format_of(name) == form


@pytest.mark.parametrize("name", ["a.xlsx", "a.tsv", "a.json.gz", "a.h5"])
def test_an_ending_that_stands_for_nothing_is_one_line(name: str) -> None:
    with pytest.raises(
        DigitrecError, match=r"is no known format.*\.csv.* or \.txt.*--csv"
    ) as error:
        format_of(name)
    assert Path(name).suffix in str(error.value)


@pytest.mark.parametrize("error", [None, KeyboardInterrupt, DigitrecError("no")])
def test_the_lock_leaves_nothing_however_it_ends(
    error: BaseException | type[BaseException] | None, tmp_path: Path
) -> None:
    def work() -> None:
        with output_lock(str(tmp_path / "a.csv"), "csv", resume=False):
            (tmp_path / "a.csv").touch()
            with (
                pytest.raises(LockedError),
                output_lock(str(tmp_path / "a.csv"), "csv", resume=False),
            ):
                pass
            assert (tmp_path / ".a.csv.lock").exists()  # the refused one leaves that of the first
            if error:
                raise error

    if error:
        with pytest.raises((KeyboardInterrupt, DigitrecError)):
            work()
    else:
        work()
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_nothing_is_made_where_nothing_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("there.csv").touch()
    Path("folder").mkdir()
    before = tmp_path.stat().st_mtime_ns
    names = ["there.csv", "folder", "new.csv/", "no/new.csv", "there.csv/new.csv", "-"]
    for name in names:
        with pytest.raises(DigitrecError, match=name), output_lock(name, "csv", resume=False):
            pass
    assert tmp_path.stat().st_mtime_ns == before


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="of POSIX systems")
@pytest.mark.parametrize("resume", [False, True])
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_pipe_or_a_device_is_refused_before_it_is_opened(
    form: str, resume: bool, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in (str(tmp_path / "pipe"), os.devnull):
        line = "a pipe or a device is not a file; leave out --output"
        with pytest.raises(DigitrecError, match=line), output_lock(name, form, resume):
            pass
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]
    assert not Path("/dev/.null.lock").exists()


def test_links_to_one_file_have_one_lock(tmp_path: Path) -> None:
    file, link = tmp_path / "new.csv", tmp_path / "link.csv"
    link.symlink_to("new.csv")
    with output_lock(str(link), "csv", resume=False):
        with pytest.raises(LockedError):
            output_lock(str(file), "csv", resume=False).__enter__()
        assert sorted(path.name for path in tmp_path.iterdir()) == [".new.csv.lock", "link.csv"]


def test_a_folder_in_the_place_of_the_lock_is_named(tmp_path: Path) -> None:
    (tmp_path / ".new.csv.lock").mkdir()
    with pytest.raises(DigitrecError, match=r"\.new\.csv\.lock: this is the place of a lock file"):
        output_lock(str(tmp_path / "new.csv"), "csv", resume=False).__enter__()


@pytest.mark.parametrize("name", ["x" * 251 + ".csv"])
def test_the_longest_name_has_a_lock(name: str, tmp_path: Path) -> None:
    with output_lock(str(tmp_path / name), "csv", resume=False):
        (tmp_path / name).touch()
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_stop_is_told_with_how_to_go_on_where_there_is_a_file() -> None:
    for output, advice in ((None, ""), ("a.csv", "; --resume reads what is left")):
        told = pytest.raises(Interrupted, match=f"^interrupted{advice}$")
        with told as stop, told_to_resume(output):
            raise KeyboardInterrupt(signal.SIGTERM)
        assert stop.value.signal_number == signal.SIGTERM


def test_of_a_full_disk_it_is_told_what_is_kept_and_how_to_go_on(tmp_path: Path) -> None:
    full = DiskFullError(errno.ENOSPC, "No space left on device", tmp_path / "a.csv", 9000)
    advice = f"make room in {tmp_path}; what was written before is kept, and --resume reads what is"
    with pytest.raises(DigitrecError, match=re.escape(advice)), told_to_resume("a.csv"):
        raise full
    with pytest.raises(DiskFullError), told_to_resume(None):
        raise full


def test_pictures_with_boxes_that_are_being_written_are_the_commands_own(tmp_path: Path) -> None:
    ((_, names),) = own_files(None, tmp_path)
    for name in ("a-boxes.png", "b-boxes-2.png", ".a-boxes.png.0123abcd.part"):
        assert names.fullmatch(name)
    assert not names.fullmatch("boxes.png")
