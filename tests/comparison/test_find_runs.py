from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from sample_runs import errors_at, made_up_run

from digitrec.comparison.find_runs import find_runs
from digitrec.comparison.runs import read_runs
from digitrec.errors import DigitrecError


@pytest.fixture
def experiments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    place = Path("experiments")
    for name in ("deep/a", "deep/b", "cnn/c", "cnn/.c.123.part", "sweep/one/d"):
        made_up_run(place / name, errors_at(20), epochs=1)
    (place / "notes").mkdir()
    (place / "notes/todo.txt").touch()
    return place


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ([], "c a b d"),
        (["deep"], "a b"),
        (["experiments/deep/a"], "a"),
        (["experiments/deep/a", "deep"], "a b"),
        (["experiments/*/[ac]"], "c a"),
        (["deep/b", "cnn"], "b c"),
        (["d[aeo]ep"], "a b"),
        (["c"], "c"),
        (["sweep"], "d"),
        (["one"], "d"),
        (["experiments/**/d"], "d"),
        (["experiments/**"], "c a b d"),
    ],
)
def test_words_name_runs(experiments: Path, words: list[str], names: str) -> None:
    assert " ".join(path.name for path in find_runs(words)) == names


def test_links_in_circles_are_not_followed_for_ever(experiments: Path) -> None:
    for number in range(3):
        (experiments / f"deep/up{number}").symlink_to("..")
    assert {path.name for path in find_runs(["experiments/**/?"])} == {"a", "b", "c", "d"}


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("depp", "depp is neither a folder nor an experiment; did you mean deep"),
        ("notes", "notes: there are no runs in this folder"),
        ("experiments/notes/todo.txt", "is a file; name the folder of a run"),
        ("experiments/x*", "is neither a folder nor an experiment"),
    ],
)
def test_words_that_name_none_are_refused(experiments: Path, word: str, says: str) -> None:
    with pytest.raises(DigitrecError, match=says):
        find_runs([word])


def test_where_there_are_no_runs_it_says_how_to_make_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DigitrecError, match=r"python -m digitrec\.train makes one"):
        find_runs([])


def test_a_folder_without_its_configuration_is_still_seen(experiments: Path) -> None:
    (experiments / "cnn/c/config.yaml").unlink()
    runs, problems = read_runs(find_runs(["cnn"]))
    assert (runs, problems[0].folder.name) == ([], "c")
    assert problems[0].reason.startswith("config.yaml is missing; ")
    shutil.rmtree(experiments / "cnn/c")
    with pytest.raises(DigitrecError, match="no runs"):
        find_runs(["cnn"])


def test_a_folder_that_cannot_be_listed_is_not_said_to_hold_no_runs(
    experiments: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan = os.scandir

    def refuse(path: Any) -> Any:
        if os.fspath(path).endswith("a"):
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert find_runs(["experiments/deep/a"]) == [experiments / "deep/a"]
    assert find_runs(["deep"]) == [experiments / "deep/a", experiments / "deep/b"]
