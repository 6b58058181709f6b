from __future__ import annotations

from pathlib import Path

import pytest

from digitrec.storage.path_patterns import matching_paths


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with files at three depths and links that lead back up."""
    monkeypatch.chdir(tmp_path)
    for name in ("1.png", "a/2.png", "a/b/3.png", "a/[x]/4.png", ".hidden/5.png", "a/.6.png"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()
    for number in range(3):
        Path(f"a/b/up{number}").symlink_to("../..")
    Path("link").symlink_to("a/b")
    return tmp_path


@pytest.mark.parametrize(
    ("pattern", "paths"),
    [
        ("*.png", ["1.png"]),
        ("**/*.png", ["1.png", "a/2.png", "a/[x]/4.png", "a/b/3.png"]),
        ("a/**/*.png", ["a/2.png", "a/[x]/4.png", "a/b/3.png"]),
        ("a//**//3.png", ["a//b/3.png"]),
        ("*/**/3.png", ["a/b/3.png", "link/3.png"]),
        ("**/b/**/*.png", ["a/b/3.png"]),
        ("**/**/3.png", ["a/b/3.png"]),
        ("**/b/up1", ["a/b/up1"]),
        ("link/**/*.png", ["link/3.png"]),
        ("**/.*.png", ["a/.6.png"]),
        ("a/**", ["a/"]),
        ("**", ["."]),
        ("a**", ["a"]),
        ("1.png/**", []),
        ("none/**/*.png", []),
    ],
)
def test_a_pattern_matches_paths(folder: Path, pattern: str, paths: list[str]) -> None:
    assert sorted(matching_paths(pattern)) == paths


def test_a_pattern_may_begin_at_the_root(folder: Path) -> None:
    assert matching_paths(f"{folder}/**/3.png") == [f"{folder}/a/b/3.png"]
