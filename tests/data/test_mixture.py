from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest
import torch
from held_out import check_held_out_alone

from digitrec.data import mixture
from digitrec.data.dataset import NO_DIGIT, DataSet
from digitrec.data.sets.mixes import MixData
from digitrec.data.sets.single import MnistData, PenData, SyntheticData

WEIGHTS = {"mnist": 0.4, "pen": 0.3, "synthetic": 0.2, "nondigits": 0.1}


@pytest.fixture(autouse=True)
def _small_pools(monkeypatch: pytest.MonkeyPatch, forget: Callable[[], None]) -> None:
    monkeypatch.setattr(mixture, "SYNTHETIC_COUNT", 30)


@pytest.fixture(scope="module")
def main() -> DataSet:
    """What stands in for MNIST."""
    return SyntheticData(train=60, test=20).load(validation=10)


def mixed(main: DataSet, pen_root: Path, **weights: float) -> DataSet:
    config = MixData(root=str(pen_root), renderings=2, epoch=1000, **weights)
    with mock.patch.object(MnistData, "load", return_value=main):
        return config.load(validation=10)


def test_each_source_gives_its_share_of_an_epoch(main: DataSet, pen_root: Path) -> None:
    dataset = mixed(main, pen_root, **WEIGHTS)
    assert dataset.name == "mnist_pen"
    assert [share.count for share in dataset.shares] == [50, 96, 30, 30]
    assert [share.taken for share in dataset.shares] == [400, 300, 200, 100]
    assert len(dataset.train) == 206
    assert dataset.epoch_size == 1000
    taken = dataset.train.labels[dataset.order(torch.Generator().manual_seed(0))]
    assert (taken == NO_DIGIT).sum() == 100


def test_only_training_examples_are_nondigits(main: DataSet, pen_root: Path) -> None:
    dataset = mixed(main, pen_root, **WEIGHTS)
    assert (dataset.train.labels[-30:] == NO_DIGIT).all()
    for labels in (dataset.train.labels[:-30], dataset.validation.labels, dataset.test.labels):
        assert ((labels >= 0) & (labels <= 9)).all()


def test_it_is_validated_on_both_and_tested_on_the_first(main: DataSet, pen_root: Path) -> None:
    dataset = mixed(main, pen_root, **WEIGHTS)
    pens = PenData(root=str(pen_root), renderings=2).load(validation=10)
    wanted = torch.cat([main.validation.images, pens.validation.images])
    assert torch.equal(dataset.validation.images, wanted)
    assert dataset.test is main.test


def test_what_is_held_out_alone_is_the_same(main: DataSet, pen_root: Path) -> None:
    data = MixData(root=str(pen_root), renderings=2, epoch=1000, **WEIGHTS)
    with mock.patch.object(MnistData, "load", return_value=main):
        check_held_out_alone(data, 10)
        with mock.patch.object(mixture, "make_synthetic", side_effect=AssertionError("made")):
            data.load_held_out(10)


def test_sources_without_weight_are_not_read(main: DataSet) -> None:
    nowhere = Path("nowhere")
    dataset = mixed(main, nowhere, mnist=1.0, pen=0.0)
    assert torch.equal(dataset.train.images, main.train.images)
    assert dataset.epoch_size == 1000


def test_the_checksum_depends_on_the_sources(main: DataSet, pen_root: Path) -> None:
    one = mixed(main, pen_root, **WEIGHTS).checksum
    assert one == mixed(main, pen_root, **WEIGHTS).checksum
    assert one != mixed(main, pen_root, mnist=1.0, pen=0.0).checksum
