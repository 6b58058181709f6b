from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from digitrec.imaging.picture_files import open_picture
from digitrec.recognition.picture_search import describe_skipped, find_pictures


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
        ("d/notes.txt", ["d/notes.txt"]),
        ("-", ["-"]),
        ("none.png", ["none.png"]),
        ("*.gif", ["*.gif"]),
    ],
)
def test_a_word_stands_for_files(word: str, names: list[str], folder: Path) -> None:
    assert find_pictures([word]).names == names


def test_a_name_that_looks_like_a_pattern_is_a_file(folder: Path) -> None:
    Path("[de].png").touch()
    Path("run [1]").mkdir()
    Path("run [1]/a*.png").touch()
    assert find_pictures(["[de].png"]).names == ["[de].png"]
    assert find_pictures(["run [1]"]).names == ["run [1]/a*.png"]


def test_what_is_there_but_no_file_is_named_once(tmp_path: Path) -> None:
    (tmp_path / "broken.png").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    os.mkfifo(tmp_path / "pipe")
    for name in ("broken.png", "loop", "pipe", "none.png", "no*thing", "x" * 300):
        assert find_pictures([str(tmp_path / name)]).names == [str(tmp_path / name)]
    assert find_pictures(["/dev/null"]).names == ["/dev/null"]


def test_numbered_files_come_in_the_order_they_count(tmp_path: Path) -> None:
    for number in (10, 9, 1):
        (tmp_path / f"page {number}.png").touch()
    found = [Path(name).name for name in find_pictures([str(tmp_path)]).names]
    assert found == ["page 1.png", "page 9.png", "page 10.png"]
    assert [Path(name).name for name in find_pictures([str(tmp_path / "*.png")]).names] == found


# Formats by other endings than those of most pictures; each is read when it is named.
KINDS = {
    "photo.jfif": "JPEG", "photo.avif": "AVIF", "scan.jp2": "JPEG2000", "scan.tga": "TGA",
    "icon.ico": "ICO", "no_ending": "PNG", "wrong.txt": "JPEG", "page.TIFF": "TIFF",
    "a.jpe": "JPEG",
    "x.dat": "WEBP", "y.dat": "GIF", "z.dat": "BMP", "w.dat": "TIFF", "v.dat": "PPM",
}  # fmt: skip


def test_pictures_of_a_folder_are_found_by_content_or_ending(tmp_path: Path) -> None:
    for name, kind in KINDS.items():
        Image.new("L" if kind != "AVIF" else "RGB", (32, 32)).save(tmp_path / name, kind)
    (tmp_path / "damaged.png").write_bytes(b"nothing")
    others = {
        "notes.txt": b"BMW is a car\n", "data.json": b"{}", "empty": b"",
        "drawing.eps": b"%!PS-Adobe",
        "model.h5": b"\x89HDF\r\n\x1a\n" + bytes(20), "program": b"\x7fELF" + bytes(20),
    }  # fmt: skip
    for name, content in others.items():
        (tmp_path / name).write_bytes(content)
    found = find_pictures([str(tmp_path)])
    assert {Path(name).name for name in found.names} == {*KINDS, "damaged.png"}
    assert {Path(name).name for name in found.skipped} == {*others}
    for name in KINDS:
        assert open_picture(tmp_path / name, name).size == (32, 32)


def test_pipes_and_devices_of_a_folder_are_skipped_and_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    os.mkfifo(tmp_path / "pipe.png")  # opening it would wait for ever
    (tmp_path / "zero.png").symlink_to("/dev/zero")
    (tmp_path / "1.png").touch()
    found = find_pictures([str(tmp_path)])
    assert [Path(name).name for name in found.names] == ["1.png"]
    assert [Path(name).name for name in found.skipped] == ["pipe", "pipe.png", "zero.png"]


def test_folder_that_cannot_be_read_is_among_the_skipped(
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
    found = find_pictures([str(tmp_path)])
    assert found.skipped == [str(tmp_path / "closed")]


@pytest.mark.parametrize(
    ("names", "line"),
    [
        (["a.txt"], "skipped 1 file that is not a picture: a.txt"),
        (["a", "b"], "skipped 2 files that are no pictures: a, b"),
        (list("abcd"), "skipped 4 files that are no pictures: a, b, c, …"),
    ],
)
def test_what_was_skipped_is_counted(names: list[str], line: str) -> None:
    assert describe_skipped(names) == line
