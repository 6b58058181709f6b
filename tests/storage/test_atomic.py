from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitrec.storage.atomic import atomic_path, remove_partial, write_bytes, write_text

# Rewrites one file again and again, each time wholly with another letter, and says when it began.
REWRITER = """
import sys
from pathlib import Path
from digitrec.storage.atomic import write_bytes
path, size = Path(sys.argv[1]), int(sys.argv[2])
print("ready", flush=True)
while True:
    for letter in (b"a", b"b", b"c"):
        write_bytes(path, letter * size)
"""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_written_file_has_its_content_and_nothing_lies_beside_it(tmp_path: Path) -> None:
    write_bytes(tmp_path / "file", b"\x00one\r\n")
    write_text(tmp_path / "text", "größer\n")
    assert (tmp_path / "file").read_bytes() == b"\x00one\r\n"
    assert (tmp_path / "text").read_bytes() == "größer\n".encode()
    assert names(tmp_path) == ["file", "text"]


@settings(max_examples=30)
@given(contents=st.lists(st.binary(max_size=300), min_size=1, max_size=4))
def test_the_last_write_wins(
    contents: list[bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("folder") / "file"
    for content in contents:
        write_bytes(path, content)
    assert path.read_bytes() == contents[-1]


def test_the_name_keeps_the_old_content_until_the_end(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    with atomic_path(path) as part:
        part.write_text("new")
        assert path.read_text() == "old"
        assert part.parent == path.parent  # a rename across file systems would not be atomic
    assert path.read_text() == "new"


@pytest.mark.parametrize("error", [ValueError, OSError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("existed", [True, False])
def test_an_error_leaves_the_old_file_and_no_part(
    tmp_path: Path, error: type[BaseException], existed: bool
) -> None:
    path = tmp_path / "file"
    if existed:
        path.write_text("old")

    def write() -> None:
        with atomic_path(path) as part:
            part.write_text("half of the n")
            raise error

    with pytest.raises(error):
        write()
    assert names(tmp_path) == (["file"] if existed else [])
    assert not existed or path.read_text() == "old"


def test_an_error_before_anything_is_written_is_not_covered_by_another(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), atomic_path(tmp_path / "file"):
        raise ZeroDivisionError
    assert names(tmp_path) == []


def test_a_folder_that_cannot_be_written_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "none" / "x", tmp_path / "file" / "x", Path("/proc/digitrec-x")):
        with pytest.raises(OSError, match=r"[Nn]o"):
            write_bytes(path, b"content")
    with pytest.raises(IsADirectoryError):
        write_bytes(tmp_path / "folder", b"content")
    assert names(tmp_path) == ["file", "folder"]
    assert (tmp_path / "file").read_text() == "x"


def test_a_killed_writer_leaves_a_whole_file(tmp_path: Path) -> None:
    path, size = tmp_path / "file", 300_000
    killed_in_the_middle = 0
    for milliseconds in (0, 7, 19, 31, 53):
        with subprocess.Popen(
            [sys.executable, "-c", REWRITER, str(path), str(size)], stdout=subprocess.PIPE
        ) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"ready\n"
            while not path.exists() and writer.poll() is None:
                time.sleep(0.001)
            time.sleep(milliseconds / 1000)
            writer.kill()
            writer.wait()
        content = path.read_bytes()
        assert len(content) == size
        assert len(set(content)) == 1
        parts = [name for name in names(tmp_path) if name != "file"]
        killed_in_the_middle += bool(parts)
        remove_partial(tmp_path)
        assert names(tmp_path) == ["file"]
    assert killed_in_the_middle, "no kill came between two renames: the test tested nothing"


def test_remove_partial_takes_only_what_writers_left(tmp_path: Path) -> None:
    for name in (".model.h5.0a1b2c3d.part", ".x.part", ".a.keras.0a1b2c3d.part.keras"):
        (tmp_path / name).write_text("half")
    kept = ["model.h5", "notes.part", ".hidden", "part", ".notes.part.txt"]
    for name in kept:
        (tmp_path / name).write_text("whole")
    remove_partial(tmp_path)
    assert names(tmp_path) == sorted(kept)


def test_remove_partial_of_one_file_leaves_those_of_others(tmp_path: Path) -> None:
    kept = [".adapted.h5.0a1b2c3d.part", ".a.h5.0a1b2c3d.part.h5", ".drawings.h5", "drawings.h5"]
    for name in (*kept, ".drawings.h5.0a1b2c3d.part", ".drawings.h5.0a1b2c3d.part.h5"):
        (tmp_path / name).write_text("x")
    remove_partial(tmp_path, "drawings.h5")
    assert names(tmp_path) == sorted(kept)


@pytest.mark.skipif(sys.platform == "win32", reason="fcntl is POSIX")
def test_what_is_synced_is_open_for_writing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows fails to sync a file that is open for reading only."""
    import fcntl

    modes = []
    monkeypatch.setattr(os, "fsync", lambda file: modes.append(fcntl.fcntl(file, fcntl.F_GETFL)))
    write_bytes(tmp_path / "file", b"x")
    assert [mode & os.O_ACCMODE for mode in modes] == [os.O_RDWR]


@pytest.mark.parametrize("links", [True, False])
def test_a_new_file_replaces_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    if not links:  # as on FAT
        monkeypatch.setattr(os, "link", refuse)
    path = tmp_path / "file"
    write_bytes(path, b"first", new=True)
    with pytest.raises(FileExistsError) as error:
        write_bytes(path, b"second", new=True)
    assert error.value.filename == str(path)
    assert path.read_bytes() == b"first"
    assert names(tmp_path) == ["file"]


def test_writers_of_one_name_do_not_meet(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with atomic_path(path) as first, atomic_path(path) as second:
        assert first != second
        first.write_text("first")
        second.write_text("second")
    assert path.read_text() == "first"  # the outer one ends last
    assert names(tmp_path) == ["file"]


def test_a_file_gets_the_permissions_the_user_gives_new_files(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_bytes(tmp_path / "file", b"")
    finally:
        os.umask(before)
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="of POSIX systems")
def test_a_pipe_is_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="a pipe or a device is not a file") as error:
        write_text(pipe, "content")
    assert error.value.filename == str(pipe)
    assert pipe.is_fifo()
    assert [*tmp_path.iterdir()] == [pipe]


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are POSIX")
@pytest.mark.parametrize("mode", [0o600, 0o664, 0o444, 0o755])
def test_a_file_that_is_replaced_leaves_its_permissions(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "file"
    path.touch()
    path.chmod(mode)
    with atomic_path(path) as part:
        assert part.stat().st_mode & 0o777 == 0o600
        part.write_text("new")
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == mode


@pytest.mark.parametrize("there", [True, False])
def test_a_link_stays_and_what_it_points_to_is_written(tmp_path: Path, there: bool) -> None:
    (tmp_path / "folder").mkdir()
    target, link = tmp_path / "folder" / "target", tmp_path / "link"
    if there:
        target.write_text("old")
    link.symlink_to("folder/target")
    with atomic_path(link) as part:
        assert part.parent == target.parent.resolve()  # a rename stays on one file system
        part.write_text("new")
    assert link.is_symlink()
    assert target.read_text() == "new"
    assert names(tmp_path / "folder") == ["target"]


def test_a_link_into_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("none/target")
    with pytest.raises(FileNotFoundError) as caught:
        write_text(tmp_path / "link", "content")
    assert caught.value.filename == str(tmp_path / "link")
    assert names(tmp_path) == ["link"]


@pytest.mark.parametrize("name", ["x" * 255, "ü" * 127])
def test_the_longest_names_can_be_written(tmp_path: Path, name: str) -> None:
    for content in ("old", "new"):
        write_text(tmp_path / name, content)
    assert (tmp_path / name).read_text() == "new"
    with atomic_path(tmp_path / name) as part:
        part.write_text("newer")
        left = part.with_name(part.name.replace(".part", "0.part"))
        left.touch()  # as by a killed process
    remove_partial(tmp_path, name)
    assert names(tmp_path) == [name]


def test_a_name_that_is_too_long_is_an_error_at_once(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="too long"):
        atomic_path(tmp_path / ("x" * 256)).__enter__()
