from __future__ import annotations

import os
from pathlib import Path

import pytest

from digitrec.recognition.picture_search import find_pictures


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
    assert find_pictures(word) == names


def test_a_name_that_looks_like_a_pattern_is_a_file(folder: Path) -> None:
    Path("[de].png").touch()
    Path("run [1]").mkdir()
    Path("run [1]/a*.png").touch()
    assert find_pictures("[de].png") == ["[de].png"]
    assert find_pictures("run [1]") == ["run [1]/a*.png"]


def test_what_is_there_but_no_file_is_named_once(tmp_path: Path) -> None:
    (tmp_path / "broken.png").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    os.mkfifo(tmp_path / "pipe")
    for name in ("broken.png", "loop", "pipe", "none.png", "no*thing", "x" * 300):
        assert find_pictures(str(tmp_path / name)) == [str(tmp_path / name)]
    assert find_pictures("/dev/null") == ["/dev/null"]


def test_numbered_files_come_in_the_order_they_count(tmp_path: Path) -> None:
    for number in (10, 9, 1):
        (tmp_path / f"page {number}.png").touch()
    found = [Path(name).name for name in find_pictures(str(tmp_path))]
    assert found == ["page 1.png", "page 9.png", "page 10.png"]
    assert [Path(name).name for name in find_pictures(str(tmp_path / "*.png"))] == found
