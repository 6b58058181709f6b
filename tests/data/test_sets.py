from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from digitrec.arrays import Uint8Array
from digitrec.data import mnist_files
from digitrec.data.dataset import DataSet, Examples
from digitrec.data.sets.single import MnistData, SyntheticData
from digitrec.errors import DigitrecError

SMALL = SyntheticData(train=60, test=20)


@pytest.fixture(scope="module")
def small() -> DataSet:
    return SMALL.load(validation=10)


def rows(images: Tensor) -> set[bytes]:
    return {image.numpy().tobytes() for image in images}


def parts(dataset: DataSet) -> list[Examples]:
    return [dataset.train, dataset.validation, dataset.test]


def same(one: Examples, other: Examples) -> bool:
    return torch.equal(one.images, other.images) and torch.equal(one.labels, other.labels)


def test_three_parts_of_the_promised_sizes_and_types(small: DataSet) -> None:
    assert small.name == "synthetic"
    assert [len(part) for part in parts(small)] == [50, 10, 20]
    for part in parts(small):
        assert part.images.shape == (len(part), 1, 28, 28)
        assert part.images.dtype == torch.uint8
        assert part.labels.shape == (len(part),)
        assert part.labels.dtype == torch.int64
        assert set(part.labels.tolist()) <= set(range(10))
        assert part.images.amax(dim=(1, 2, 3)).min() > 100  # ink
        assert part.images[:, :, 0, 0].max() == 0  # on 0


def test_no_image_is_in_two_parts(small: DataSet) -> None:
    images = [rows(part.images) for part in parts(small)]
    assert len(set.union(*images)) == sum(map(len, images)) == 80


def test_validation_is_stratified(small: DataSet) -> None:
    assert sorted(small.validation.labels.tolist()) == list(range(10))


def test_loading_again_gives_the_same(small: DataSet) -> None:
    again = SMALL.load(validation=10)
    assert again.checksum == small.checksum
    for one, other in zip(parts(again), parts(small), strict=True):
        assert same(one, other)


def test_checksum_identifies_the_test_part(small: DataSet) -> None:
    assert len(small.checksum) == 16
    int(small.checksum, 16)
    # What is held out for validation leaves the test part, and so the checksum, as it is.
    assert SMALL.load(validation=0).checksum == small.checksum
    for other in (
        SyntheticData(train=60, test=20, seed=1),
        SyntheticData(train=60, test=21),
        SyntheticData(train=50, test=20),
    ):
        assert other.load(validation=0).checksum != small.checksum


def test_another_seed_gives_other_images(small: DataSet) -> None:
    other = SyntheticData(train=60, test=20, seed=1).load(validation=10)
    for one, two in zip(parts(other), parts(small), strict=True):
        assert rows(one.images).isdisjoint(rows(two.images))


def test_fewer_to_validate_on_are_more_to_train_on(small: DataSet) -> None:
    whole = SMALL.load(validation=0)
    assert [len(part) for part in parts(whole)] == [60, 0, 20]
    assert whole.validation.images.shape == (0, 1, 28, 28)
    assert same(whole.test, small.test)
    assert rows(whole.train.images) == rows(small.train.images) | rows(small.validation.images)


@pytest.mark.parametrize("validation", [60, 61, 1000])
def test_nothing_left_to_train_on_is_an_error(validation: int) -> None:
    with pytest.raises(DigitrecError, match=rf"^validation={validation}: .*below the 60 images"):
        SMALL.load(validation)


def test_one_image_is_enough_to_train_on() -> None:
    assert len(SMALL.load(validation=59).train) == 1


def test_examples_move_to_a_device(small: DataSet) -> None:
    moved = small.test.to(torch.device("meta"))
    assert moved.images.device.type == moved.labels.device.type == "meta"
    assert moved.images.shape == small.test.images.shape
    assert len(moved) == len(small.test)
    assert small.test.images.device.type == "cpu"


def test_check_rejects_a_bad_root(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for root in (tmp_path / "none", file, tmp_path):
        with pytest.raises(DigitrecError, match=r"^data\.root: ") as caught:
            MnistData(root=str(root)).check()
        assert len(str(caught.value).splitlines()) == 1
        with pytest.raises(DigitrecError, match=r"^data\.root: "):
            MnistData(root=str(root)).load(validation=10)


def test_check_rejects_a_bad_root_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGITREC_DATA", str(tmp_path / "none"))
    with pytest.raises(DigitrecError, match=r"^DIGITREC_DATA: "):
        MnistData().check()


def test_check_passes_data_that_needs_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGITREC_DATA", str(tmp_path / "none"))
    SyntheticData().check()  # makes its images
    monkeypatch.delenv("DIGITREC_DATA")
    MnistData().check()  # downloads its files


def fake_mnist(count: int, root: str | None) -> mnist_files.Mnist:
    def images(first: int, count: int) -> Uint8Array:
        numbers = np.arange(first, first + count, dtype=np.uint8)
        return np.broadcast_to(numbers[:, None, None], (count, 28, 28)).copy()

    labels = np.arange(count) % 10
    return mnist_files.Mnist(
        images(0, count),
        labels,
        images(100, 10),
        labels[:10],
        "0123456789abcdef",
        Path(root or "."),
    )


def test_mnist_is_split_and_keeps_images_with_their_labels(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    roots: list[str | None] = []

    def read(root: str | None) -> mnist_files.Mnist:
        roots.append(root)
        return fake_mnist(80, root)

    monkeypatch.setattr(mnist_files, "read", read)
    dataset = MnistData(root="some/where").load(validation=20)
    assert roots == ["some/where"]
    assert (dataset.name, dataset.checksum) == ("mnist", "0123456789abcdef")
    assert [len(part) for part in parts(dataset)] == [60, 20, 10]
    for part in parts(dataset):
        torch.testing.assert_close(part.images[:, 0, 5, 7].long() % 10, part.labels)
    numbers = torch.cat([dataset.train.images, dataset.validation.images])[:, 0, 0, 0]
    assert sorted(numbers.tolist()) == list(range(80))
    assert dataset.test.images[:, 0, 0, 0].tolist() == list(range(100, 110))
    with pytest.raises(DigitrecError, match=r"^validation=80: "):
        MnistData().load(validation=80)


@pytest.mark.mnist
def test_real_mnist() -> None:
    MnistData().check()
    dataset = MnistData().load(validation=5_000)
    assert [len(part) for part in parts(dataset)] == [55_000, 5_000, 10_000]
    train, validation = (torch.bincount(part.labels) for part in parts(dataset)[:2])
    # Each class gives a twelfth of its images, to within a whole one.
    assert ((train + validation) / 12 - validation).abs().max() < 1
    assert torch.bincount(dataset.test.labels).tolist() == [
        980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009,
    ]  # fmt: skip
    assert dataset.test.labels[:5].tolist() == [7, 2, 1, 0, 4]
    mean = torch.cat([dataset.train.images, dataset.validation.images]).double().mean() / 255
    assert float(mean) == pytest.approx(0.1307, abs=5e-5)
    assert rows(dataset.train.images).isdisjoint(rows(dataset.validation.images))

    torch.manual_seed(12345)  # whatever a run is seeded with, the split is the same
    again = MnistData().load(validation=5_000)
    assert again.checksum == dataset.checksum
    assert same(again.validation, dataset.validation)
    with pytest.raises(DigitrecError, match=r"^validation=60000: "):
        MnistData().load(validation=60_000)
