from __future__ import annotations

import inspect
import io
import os
import re
import sys
import tracemalloc
from pathlib import Path
from typing import Any, cast

import pytest
from PIL import Image

from digitrec.errors import DigitrecError
from digitrec.imaging.files.picture_files import open_picture
from digitrec.recognition.picture_search import (
    Skipped,
    count_files,
    find_pictures,
    listed_pictures,
    read_list,
)


def find(*words: str) -> tuple[list[str], list[str], int]:
    """Return the names that words stand for, what was skipped, and how much that was."""
    skipped = Skipped()
    return list(find_pictures(words, skipped)), skipped.names, skipped.count


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with pictures at two depths and a text."""
    monkeypatch.chdir(tmp_path)
    for name in ("d/2.png", "d/10.JPG", "d/deep/1.webp", "d/notes.txt", "e/2.png"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()
    return tmp_path


@pytest.mark.parametrize(
    ("word", "names"),
    [
        ("d/2.png", ["d/2.png"]),
        ("d", ["d/2.png", "d/10.JPG", "d/deep/1.webp"]),
        ("d/deep/", ["d/deep/1.webp"]),
        ("?/2.png", ["d/2.png", "e/2.png"]),
        ("[de]", ["d/2.png", "d/10.JPG", "d/deep/1.webp", "e/2.png"]),
        ("**/1.*", ["d/deep/1.webp"]),
        ("**/*.[pw]*", ["d/2.png", "d/deep/1.webp", "e/2.png"]),
        ("d/**", ["d/2.png", "d/10.JPG", "d/deep/1.webp"]),
        ("d/**/*", ["d/2.png", "d/10.JPG", "d/deep/1.webp", "d/notes.txt"]),
        ("d/notes.txt", ["d/notes.txt"]),
        ("-", ["-"]),
        ("none.png", ["none.png"]),
        ("*.gif", ["*.gif"]),
    ],
)
def test_a_word_stands_for_files(word: str, names: list[str], folder: Path) -> None:
    assert find(word)[0] == names


def test_a_name_that_looks_like_a_pattern_is_a_file(folder: Path) -> None:
    Path("[de].png").touch()
    Path("run [1]").mkdir()
    Path("run [1]/a*.png").touch()
    assert find("[de].png")[0] == ["[de].png"]
    assert find("run [1]")[0] == ["run [1]/a*.png"]


def test_what_is_there_but_no_file_is_named_once(tmp_path: Path) -> None:
    (tmp_path / "broken.png").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    os.mkfifo(tmp_path / "pipe")
    for name in ("broken.png", "loop", "pipe", "none.png", "no*thing", "x" * 300):
        assert find(str(tmp_path / name))[0] == [str(tmp_path / name)]
    assert find("/dev/null")[0] == ["/dev/null"]


def test_a_link_that_leads_nowhere_does_not_hide_its_folder(folder: Path) -> None:
    Path("d/me").symlink_to("me")
    Path("d/long").symlink_to("x" * 300)
    Path("d/3.png").symlink_to("3.png")
    names = ["d/2.png", "d/3.png", "d/10.JPG", "d/deep/1.webp"]
    assert find("d") == (names, ["d/long", "d/me", "d/notes.txt"], 3)


@pytest.mark.parametrize("word", ["d/**/*.webp", "d/**/deep", "d/**/deep/**/*"])
def test_a_pattern_finds_each_picture_once_beside_links_in_circles(folder: Path, word: str) -> None:
    for number in range(3):
        Path(f"d/deep/up {number}").symlink_to("..")
    assert find(word)[0] == ["d/deep/1.webp"]


def test_numbered_files_come_in_the_order_they_count(tmp_path: Path) -> None:
    for number in (10, 9, 1):
        (tmp_path / f"page {number}.png").touch()
    found = [Path(name).name for name in find(str(tmp_path))[0]]
    assert found == ["page 1.png", "page 9.png", "page 10.png"]
    assert [Path(name).name for name in find(str(tmp_path / "*.png"))[0]] == found


# Formats by other endings than those of most pictures; each is read when it is named.
KINDS = {
    "photo.jfif": "JPEG", "photo.avif": "AVIF", "scan.jp2": "JPEG2000", "scan.tga": "TGA",
    "icon.ico": "ICO", "no_ending": "PNG", "wrong.txt": "JPEG", "page.TIFF": "TIFF",
    "a.jpe": "JPEG",
    "x.dat": "WEBP", "y.dat": "GIF", "z.dat": "BMP", "w.dat": "TIFF", "v.dat": "PPM",
}  # fmt: skip


def test_pictures_of_a_folder_are_found_by_content_or_ending(tmp_path: Path) -> None:
    Image.init()
    kinds = {name: kind for name, kind in KINDS.items() if kind in Image.SAVE}
    assert set(KINDS.values()) - set(kinds.values()) <= {"AVIF"}, "it is not in Pillow before 11.3"
    for name, kind in kinds.items():
        Image.new("L" if kind != "AVIF" else "RGB", (32, 32)).save(tmp_path / name, kind)
    (tmp_path / "damaged.png").write_bytes(b"nothing")
    others = {
        "notes.txt": b"BMW is a car\n", "data.json": b"{}", "empty": b"",
        "drawing.eps": b"%!PS-Adobe",
        "model.h5": b"\x89HDF\r\n\x1a\n" + bytes(20), "program": b"\x7fELF" + bytes(20),
    }  # fmt: skip
    for name, content in others.items():
        (tmp_path / name).write_bytes(content)
    names, skipped, count = find(str(tmp_path))
    assert {Path(name).name for name in names} == {*kinds, "damaged.png"}
    assert {Path(name).name for name in skipped} <= {*others}
    assert (len(skipped), count) == (3, len(others))
    for name in kinds:
        assert open_picture(tmp_path / name, name).size == (32, 32)


def test_pipes_and_devices_of_a_folder_are_skipped_and_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    os.mkfifo(tmp_path / "pipe.png")  # opening it would wait for ever
    (tmp_path / "zero.png").symlink_to("/dev/zero")
    (tmp_path / "1.png").touch()
    names, skipped, _ = find(str(tmp_path))
    assert [Path(name).name for name in names] == ["1.png"]
    assert [Path(name).name for name in skipped] == ["pipe", "pipe.png", "zero.png"]


def test_a_folder_that_cannot_be_listed_is_named_as_a_picture_that_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "closed").mkdir()
    (tmp_path / "1.png").touch()
    scan = os.scandir

    def refuse(path: str) -> Any:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    pictures = [str(tmp_path / "1.png"), str(tmp_path / "closed")]
    assert find(str(tmp_path)) == (pictures, [], 0)
    assert find(str(tmp_path / "closed")) == ([str(tmp_path / "closed")], [], 0)


@pytest.mark.parametrize(
    ("names", "line"),
    [
        (["a.txt"], "skipped 1 file that is not a picture: a.txt"),
        (["a", "b"], "skipped 2 files that are not pictures: a, b"),
        (list("abcd"), "skipped 4 files that are not pictures: a, b, c, …"),
    ],
)
def test_what_was_skipped_is_counted(names: list[str], line: str) -> None:
    skipped = Skipped()
    for name in names:
        skipped.add(name)
    assert str(skipped) == line


def test_the_order_is_that_of_all_paths_sorted_at_once(tmp_path: Path) -> None:
    """Folders are sorted one by one; a file stands where its whole path would."""
    names = ["a/1.png", "a1/x.png", "a10.png", "a2/3.png", "a-b/1.png", "a.png", "a/b/2.png",
             "01.png", "1.png", "1/1.png", "2.png", "b.png", "a/b.png", "ab/0.png"]  # fmt: skip
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = [Path(name).relative_to(tmp_path).as_posix() for name in find(str(tmp_path))[0]]
    assert sorted(found) == sorted(names)
    parts = [re.split("([0-9]+)", name) for name in found]
    keys = [[(int(p), "") if i % 2 else (-1, p) for i, p in enumerate(part)] for part in parts]
    assert keys == sorted(keys)


def test_folders_are_searched_without_recursion(folder: Path) -> None:
    """Below a thousand of them Python would give up; fewer show the same with less stack."""
    deep = "x/" * 300
    os.makedirs(deep)  # noqa: PTH103
    Path(deep, "1.png").touch()
    depth = len(inspect.stack())
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(depth + 150)
    try:
        found = find("x")[0]
    finally:
        sys.setrecursionlimit(limit)
    assert found == [f"{deep}1.png"]


def test_a_link_to_a_folder_above_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.png").touch()
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    assert [Path(name).name for name in find(str(tmp_path))[0]] == ["1.png"]


@pytest.mark.parametrize("block", [1, 3, 1 << 16])
def test_a_list_has_a_name_a_line(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digitrec.recognition.picture_search.BLOCK", block)
    read = list(read_list(io.BytesIO(b"a b.png\n\n\xff.png\r\n-\nlast"), b"\n"))
    assert read == ["a b.png", "\udcff.png", "-", "last"]
    assert list(read_list(io.BytesIO(b"new\nline.png\0x\r\0"), b"\0")) == ["new\nline.png", "x\r"]


def test_a_list_that_ends_otherwise_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DigitrecError, match="add --null"):
        list(read_list(io.BytesIO(b"a\0b\0"), b"\n"))
    monkeypatch.setattr("digitrec.recognition.picture_search.LONGEST_NAME", 10)
    monkeypatch.setattr("digitrec.recognition.picture_search.BLOCK", 4)
    with pytest.raises(DigitrecError, match="a name has more than 10 bytes"):
        list(read_list(io.BytesIO(b"a.png\nb.png\nc.png\n"), b"\0"))


def test_a_list_that_was_written_on_windows() -> None:
    assert list(read_list(io.BytesIO(b"\xef\xbb\xbfa.png\r\n"), b"\n")) == ["a.png"]
    for encoding in ("utf-16", "utf-16-be"):
        content = "\ufeff" * (encoding != "utf-16") + "a.png\n"
        with pytest.raises(DigitrecError, match="this list is in UTF-16; save it in UTF-8"):
            list(read_list(io.BytesIO(content.encode(encoding)), b"\n"))


class Endless(io.RawIOBase):
    """Gives this many bytes, all alike."""

    def __init__(self, content: bytes, count: int) -> None:
        self.content, self.left = content, count

    def read(self, size: int = -1) -> bytes:
        """Return a block."""
        count = min(size, self.left)
        self.left -= count
        return self.content * count


def test_a_list_without_end_takes_no_memory() -> None:
    tracemalloc.start()
    try:
        assert list(read_list(Endless(b"\n", 30_000_000), b"\n")) == []
        with pytest.raises(DigitrecError, match="a name has more than 1,048,576 bytes"):
            list(read_list(Endless(b"x", 30_000_000), b"\n"))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 10_000_000


def test_a_list_gives_each_name_as_it_comes() -> None:
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb", buffering=0) as file:
        names = read_list(cast("io.BufferedReader", file), b"\n")
        os.write(writer, b"a.png\nb")
        assert next(names) == "a.png"
        os.close(writer)
        assert list(names) == ["b"]


def test_a_listed_name_is_no_pattern_and_no_standard_input(folder: Path) -> None:
    for name in ("*.png", "-"):
        Path(name).touch()
    found = listed_pictures(["*.png", "-", "d", "?.png"], Skipped())
    assert list(found) == ["*.png", "./-", "d/2.png", "d/10.JPG", "d/deep/1.webp", "?.png"]


def test_files_are_counted_without_opening_them(folder: Path) -> None:
    assert count_files(["d", "e/2.png", "-", "?/2.png", "none"], lambda: False) == 4 + 1 + 1 + 2 + 1
    assert count_files(["d"], lambda: True) == 0
