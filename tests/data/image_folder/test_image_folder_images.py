"""Pictures of a folder as a data set: its parts, its checksums, and what it says of faults."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
import torch
from picture_folders import write_digits, write_nondigits

from digitrec.data import mixture
from digitrec.data.dataset import NO_DIGIT, DataSet
from digitrec.data.sets.folder import FolderData
from digitrec.data.sets.mixes import OwnMixData
from digitrec.data.sets.single import MnistData, SyntheticData
from digitrec.data.synthetic import digits
from digitrec.drawing.corrections import LabelledDrawing, add_drawing
from digitrec.errors import DigitrecError


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_digits(tmp_path / "pictures", 10)
    write_nondigits(tmp_path / "pictures", 5)
    return tmp_path / "pictures"


def sizes(dataset: DataSet) -> list[int]:
    return [len(part) for part in (dataset.train, dataset.validation, dataset.test)]


def test_a_tenth_validates_and_a_tenth_tests(folder: Path) -> None:
    data = FolderData(root=str(folder))
    dataset = data.load(validation=5_000)
    assert sizes(dataset) == [85, 10, 10]
    assert sorted(dataset.test.labels.tolist()) == list(range(10))
    assert (dataset.train.labels == NO_DIGIT).sum() == 5
    assert dataset.train.images.dtype == torch.uint8
    assert data.has_nondigits
    assert sizes(data.load(validation=0)) == [95, 0, 10]
    test, checksum = data.load_test()
    assert torch.equal(test.images, dataset.test.images)
    assert dataset.test_identity == ("folder", checksum)


def test_the_checksum_of_the_test_part_stays_when_more_is_trained_on(tmp_path: Path) -> None:
    write_digits(tmp_path / "train", 5)
    write_digits(tmp_path / "test", 2, seed=1)
    data = FolderData(root=str(tmp_path))
    before = data.load(validation=1)
    assert sizes(before) == [40, 10, 20]
    write_nondigits(tmp_path / "train", 5)
    after = data.load(validation=1)
    assert after.test_identity == before.test_identity
    assert after.checksum != before.checksum


def test_all_parts_may_have_folders(tmp_path: Path) -> None:
    for part, count in (("train", 3), ("validation", 2), ("test", 1)):
        write_digits(tmp_path / part, count, seed=count)
    write_nondigits(tmp_path / "test", 4)  # which nothing is measured on
    assert sizes(FolderData(root=str(tmp_path)).load(1)) == [30, 20, 10]
    with pytest.raises(DigitrecError, match=r"data\.writer=.*has its own folder validation"):
        FolderData(root=str(tmp_path), writer="x").load(1)


def test_writers_are_kept_apart(tmp_path: Path) -> None:
    for seed, writer in enumerate(("anna", "bo", "cy", "di")):
        write_digits(tmp_path, 2, seed=seed, writer=writer)
    data = FolderData(root=str(tmp_path), writer=r"^(\w+)_", held_out=0.25)
    assert sizes(data.load(1)) == [40, 20, 20]
    assert str(data.load_test()[0].clusters) == "of 20 digits by one writer"
    everyone = FolderData(root=str(tmp_path), writer=r"^(\w+)_", held_out=1)
    assert str(everyone.load_test()[0].clusters) == "by 4 writers"
    unknown = FolderData(root=str(tmp_path), held_out=1)
    assert unknown.load_test()[0].clusters is None


def test_each_digit_has_pictures_to_train_on(tmp_path: Path) -> None:
    write_digits(tmp_path / "few", 4)
    dataset = FolderData(root=str(tmp_path / "few"), held_out=0.4).load(1)
    assert np.bincount(dataset.train.labels).tolist() == [2] * 10
    for seed, (writer, classes) in enumerate((("a", range(10)), ("b", range(9)), ("c", range(9)))):
        write_digits(tmp_path / "by", 1, seed, classes, writer)
    kept, lost = (
        FolderData(root=str(tmp_path / "by"), writer=r"^(\w)_", seed=seed) for seed in (9, 0)
    )
    assert sorted(kept.load(1).train.labels.tolist()) == [*range(10)]
    with pytest.raises(
        DigitrecError, match=r"^data\.held_out=0\.1 leaves no picture of 9 to train"
    ):
        lost.load(1)


def test_all_can_test_and_then_none_trains(tmp_path: Path) -> None:
    write_digits(tmp_path, 2, classes=[3, 8])
    data = FolderData(root=str(tmp_path), held_out=1)
    assert sorted(data.load_test()[0].labels.tolist()) == [3, 3, 8, 8]
    with pytest.raises(DigitrecError, match=r"data\.held_out=1 leaves no picture to train on"):
        data.load(1)


def test_a_folder_of_tests_alone_can_be_scored(tmp_path: Path) -> None:
    write_digits(tmp_path / "test", 1)
    data = FolderData(root=str(tmp_path))
    data.check()
    assert len(data.load_test()[0]) == 10
    with pytest.raises(DigitrecError, match="lacks the folder train"):
        data.load(1)


def test_a_folder_without_tests_is_an_error(tmp_path: Path) -> None:
    write_digits(tmp_path / "train", 1)
    with pytest.raises(DigitrecError, match="has no picture of a digit to test on; add the folder"):
        FolderData(root=str(tmp_path)).load(1)


def test_faults_are_named_then_counted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "notes.txt").touch()
    for index in range(3):
        (folder / "3" / f"w_{index}.png").write_bytes(b"x")
    assert sizes(FolderData(root=str(folder)).load(1)) == [82, 10, 10]
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 4
    assert all(line.startswith(f"warning: {folder}/3/w_") for line in lines[:3])
    assert lines[3] == (
        f"{folder}: 102 pictures used; left out: 3 that cannot be used, 1 other files"
    )


def test_a_class_that_loses_all_its_pictures_is_an_error(folder: Path) -> None:
    for file in (folder / "3").iterdir():
        file.write_bytes(b"x")
    with pytest.raises(DigitrecError, match=rf"no picture in {folder / '3'} can be used"):
        FolderData(root=str(folder)).load(1)


@pytest.fixture
def small_mnist(monkeypatch: pytest.MonkeyPatch, forget: Callable[[], None]) -> Iterator[DataSet]:
    """What stands in for MNIST."""
    main = SyntheticData(train=60, test=20).load(validation=10)
    monkeypatch.setattr(mixture, "SYNTHETIC_COUNT", 30)
    with mock.patch.object(MnistData, "load", return_value=main):
        yield main


def test_they_are_mixed_by_weight_and_test(folder: Path, small_mnist: DataSet) -> None:
    data = OwnMixData(folder_path=str(folder), mnist=0.25, folder=0.75, epoch=1000)
    dataset = data.load(validation=10)
    assert [(share.count, share.taken) for share in dataset.shares] == [(50, 250), (85, 750)]
    assert sizes(dataset) == [135, 20, 10]
    test, checksum = data.load_test()
    assert dataset.test_identity == ("folder", checksum)
    assert torch.equal(dataset.test.images, test.images)
    assert data.has_nondigits
    assert not OwnMixData(folder_path=str(folder), folder=0.0).has_nondigits
    without = OwnMixData(folder_path=str(folder), mnist=0.0, synthetic=1.0, folder=0.0)
    assert sizes(without.load(10)) == [30, 10, 10]


def test_a_mix_checks_what_it_reads_and_nothing_else(folder: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    few = tmp_path / "few.h5"
    add_drawing(few, LabelledDrawing(digits.draw(3, np.random.default_rng(0)), 3, key=0))
    settings = {"root": str(empty), "folder_path": str(folder), "drawings_path": str(few)}
    OwnMixData(**settings, mnist=0.0, synthetic=1.0).check()
    with pytest.raises(DigitrecError, match="lacks train-images"):
        OwnMixData(**settings, mnist=0.1).check()
    with pytest.raises(DigitrecError, match="lacks pendigits"):
        OwnMixData(**settings, mnist=0.0, pen=0.1).check()
    with pytest.raises(DigitrecError, match=r"few\.h5 holds 1 drawings"):
        OwnMixData(**settings, mnist=0.0, drawings=0.1).check()


def test_a_mix_needs_the_folder() -> None:
    with pytest.raises(DigitrecError, match=r"data\.folder_path=FOLDER names the folder"):
        OwnMixData().check()
