from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import pytest
import torch
from held_out import check_held_out_alone
from small_unipen import digits, write

from digitrec.data import mixture
from digitrec.data.dataset import NO_DIGIT, DataSet
from digitrec.data.hands import images
from digitrec.data.sets.mixes import HandsData
from digitrec.data.sets.single import MnistData, SyntheticData
from digitrec.errors import ConfigError

SETTINGS = {"renderings": 2, "epoch": 1000, "low_quality": 0.2}


@pytest.fixture(autouse=True)
def _small_pools(monkeypatch: pytest.MonkeyPatch, forget: Callable[[], None]) -> None:
    monkeypatch.setattr(mixture, "SYNTHETIC_COUNT", 30)


@pytest.fixture(autouse=True)
def mnist() -> Iterator[DataSet]:
    """What stands in for MNIST."""
    small = SyntheticData(train=60, test=20).load(validation=10)
    with (
        mock.patch.object(MnistData, "load", return_value=small),
        mock.patch.object(MnistData, "load_test", return_value=(small.test, "sum")),
    ):
        yield small


def loaded(root: str, leave_out: str = "", **settings: float) -> DataSet:
    return HandsData(root=root, leave_out=leave_out, **SETTINGS | settings).load(10)


def test_all_sources_are_mixed_and_mnist_tests(hands_root: str, mnist: DataSet) -> None:
    dataset = loaded(hands_root)
    # MNIST, 24 writers of UCI, 8 of abc and the one of xyz, synthetic digits, nondigits; an A
    # and a + of abc and of let, drawn four and 24 times.
    assert [share.count for share in dataset.shares] == [50, 96, 180, 30, 30, 56]
    assert sum(share.taken for share in dataset.shares) == 1000
    assert dataset.test is mnist.test
    assert dataset.test_identity == mnist.test_identity
    assert len(dataset.validation) == 4 * (3 * 2 + 10)
    for labels in (dataset.validation.labels, dataset.test.labels):
        assert ((labels >= 0) & (labels <= 9)).all()
    assert (dataset.train.labels[-38:] == NO_DIGIT).all()


def test_what_is_left_out_is_only_tested(hands_root: str) -> None:
    dataset = loaded(hands_root, "uci,abc")
    assert [share.count for share in dataset.shares] == [50, 20, 30, 30, 28]
    assert len(dataset.test) == 2 * (60 + 90)
    assert len(dataset.validation) == 10  # that of MNIST: nobody of xyz validates
    data = HandsData(root=hands_root, leave_out="uci,abc", **SETTINGS)
    test, checksum = data.load_test()
    assert dataset.test_identity == (data.tested_on, checksum)
    assert torch.equal(test.images, dataset.test.images)
    for clusters in (test.clusters, dataset.test.clusters):
        assert clusters is not None
        assert (str(clusters), len(clusters.numbers)) == ("by 39 writers", 300)
        numbers = clusters.numbers.reshape(-1, 10)
    assert all(len(set(numbers[turn].tolist())) == 1 for turn in range(18))  # of abc
    assert data.tested_on == "hands"
    assert HandsData().tested_on == "mnist"


@pytest.mark.parametrize("leave_out", [pytest.param("", marks=pytest.mark.slow), "uci,abc"])
def test_the_checksum_tells_of_strokes_that_are_trained_on(
    hands_root: str, forget: Callable[[], None], leave_out: str
) -> None:
    before = loaded(hands_root, leave_out)
    assert loaded(hands_root, leave_out).checksum == before.checksum
    write(Path(hands_root), "xyz", {"w": digits(9), "v": digits(10)})
    forget()
    after = loaded(hands_root, leave_out)
    assert len(after.train) > len(before.train)
    assert after.checksum != before.checksum
    assert after.test_identity == before.test_identity


def test_what_is_left_out_changes_no_other_image(hands_root: str) -> None:
    whole, less = loaded(hands_root), loaded(hands_root, "xyz")
    assert torch.equal(whole.train.images[146:290], less.train.images[146:290])  # those of abc
    assert torch.equal(whole.validation.images, less.validation.images)


@pytest.mark.parametrize("leave_out", ["", "uci,abc"])
@pytest.mark.parametrize("validation", [0, 10])
def test_what_is_held_out_alone_is_the_same(
    hands_root: str, leave_out: str, validation: int
) -> None:
    data = HandsData(root=hands_root, leave_out=leave_out, **SETTINGS)
    check_held_out_alone(data, validation)
    with mock.patch.object(images, "_part", side_effect=AssertionError("drawn to train on")):
        data.load_held_out(validation)


def test_without_letters_there_is_no_share_of_them(
    hands_root: str, forget: Callable[[], None]
) -> None:
    for folder in (Path(hands_root) / "unipen" / "data").glob("*/let"):
        shutil.rmtree(folder)
    forget()
    assert [share.count for share in loaded(hands_root, "abc").shares] == [50, 96, 20, 30, 30]


def test_parts_without_weight_are_left_out(hands_root: str) -> None:
    dataset = loaded(hands_root, mnist=0, synthetic=0, nondigits=0, letters=0)
    assert [share.count for share in dataset.shares] == [96, 180]
    assert not HandsData(nondigits=0, letters=0).has_nondigits
    assert HandsData(nondigits=0).has_nondigits


@pytest.mark.parametrize("leave_out", ["uci,", "abc,abc", "a/b"])
def test_what_is_left_out_are_names(leave_out: str) -> None:
    with pytest.raises(ConfigError, match=r"^data\.leave_out"):
        HandsData(leave_out=leave_out)


def test_a_source_that_is_not_there(hands_root: str) -> None:
    with pytest.raises(ConfigError, match=r"no digits of 'let'; the sources are uci, abc, xyz"):
        loaded(hands_root, "let")
    with pytest.raises(ConfigError, match="leave out fewer"):
        loaded(hands_root, "uci,abc,xyz")
