from __future__ import annotations

import os
from pathlib import Path

import pytest
from picture_folders import write_digits, write_nondigits

from digitrec.data.dataset import NO_DIGIT
from digitrec.data.image_folder import class_folders
from digitrec.data.parts import Part
from digitrec.errors import DigitrecError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_digits(tmp_path / "pictures", 2)
    return tmp_path / "pictures"


def message(folder: Path | None) -> str:
    with pytest.raises(DigitrecError) as caught:
        class_folders.find(None if folder is None else str(folder))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_each_class_has_a_folder(folder: Path) -> None:
    write_nondigits(folder, 3)
    (folder / "3" / "deep" / "er").mkdir(parents=True)
    (folder / "3" / "w_0.png").rename(folder / "3" / "deep" / "er" / "w_0.PNG")
    found = class_folders.find(str(folder))
    assert list(found.names) == sorted(found.names)
    assert "3/deep/er/w_0.PNG" in found.names
    for name, label in zip(found.names, found.labels, strict=True):
        first = name.partition("/")[0]
        assert label == (NO_DIGIT if first == "none" else int(first))
    assert len(found.names) == 23
    assert found.parts == []


def test_files_that_are_no_pictures_are_counted_and_hidden_ones_ignored(folder: Path) -> None:
    (folder / "labels.csv").write_text("x")
    (folder / "3" / "notes.txt").write_text("x")
    (folder / "3" / ".DS_Store").write_text("x")
    (folder / ".git").mkdir()
    found = class_folders.find(str(folder))
    assert (len(found.names), found.others) == (20, 2)


def test_parts_may_have_folders_of_their_own(tmp_path: Path) -> None:
    write_digits(tmp_path / "train", 2)
    write_digits(tmp_path / "test", 1, classes=[3, 7])
    found = class_folders.find(str(tmp_path))
    assert found.parts == [Part.TEST] * 2 + [Part.TRAINING] * 20
    assert found.names[0] == "test/3/w_0.png"
    assert not class_folders.has_nondigits(str(tmp_path))
    write_nondigits(tmp_path / "train", 1)
    assert class_folders.has_nondigits(str(tmp_path))


def test_what_is_wrong_with_a_folder_is_told_in_one_line(folder: Path, tmp_path: Path) -> None:
    assert message(None).startswith("data.root=FOLDER names the folder of your pictures")
    assert message(tmp_path / "nowhere").startswith(f"{tmp_path / 'nowhere'} does not exist; make")
    assert "is not a folder" in message(folder / "3" / "w_0.png")
    assert "holds no folder of a class" in message(folder / "3")
    (folder / "nine").mkdir()
    assert message(folder) == f"{folder / 'nine'} is not the folder of a class; did you mean none?"
    (folder / "nine").rename(folder / "none")
    assert message(folder).startswith(f"{folder / 'none'} holds no picture")
    (folder / "none").rmdir()
    for label in (4, 6):
        (folder / str(label)).rename(tmp_path / str(label))
    assert message(folder).startswith(f"{folder} lacks the folders 4, 6; a network")


def test_a_folder_beside_the_parts_is_an_error(tmp_path: Path) -> None:
    write_digits(tmp_path / "train", 1)
    (tmp_path / "val").mkdir()
    assert message(tmp_path) == f"{tmp_path / 'val'} stands beside train; " + (
        "choose from train, validation, test"
    )


def test_to_test_alone_some_classes_are_enough(tmp_path: Path) -> None:
    write_digits(tmp_path, 1, classes=[5])
    assert "lacks the folders" in message(tmp_path)
    assert class_folders.find(str(tmp_path), only_test=True).labels == [5]


def test_a_change_is_seen_wherever_it_is(folder: Path) -> None:
    for place in [folder, *folder.rglob("*")]:
        os.utime(place, ns=(0, 1_000))
    assert class_folders.last_change(str(folder)) == 1_000
    os.utime(folder / "7" / "w_1.png", ns=(0, 2_000))
    assert class_folders.last_change(str(folder)) == 2_000
    (folder / "4" / "w_1.png").unlink()
    assert class_folders.last_change(str(folder)) > 2_000
    assert class_folders.last_change(None) == class_folders.last_change("nowhere") == 0
