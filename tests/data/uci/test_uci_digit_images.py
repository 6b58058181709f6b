from __future__ import annotations

from pathlib import Path

import torch
from held_out import check_held_out_alone

from digitrec.data.sets.single import PenData
from digitrec.data.uci.digit_images import load, load_test


def test_the_data_set_is_split_by_writer(pen_root: Path) -> None:
    dataset = load("pen", str(pen_root), renderings=3, strength=0.0, validation=5)
    assert [len(p) for p in (dataset.train, dataset.validation, dataset.test)] == [144, 18, 18]
    assert dataset.test.labels.tolist() == [0, 1] * 9
    test, checksum = load_test(str(pen_root), renderings=3)
    assert checksum == dataset.checksum
    assert torch.equal(test.images, dataset.test.images)
    assert test.clusters is not None
    assert (test.clusters.by, test.clusters.count) == ("writer", 3)
    assert test.clusters.numbers.tolist() == [0, 0, 1, 1, 2, 2] * 3


def test_nothing_held_out_trains_on_the_validation_writers_too(pen_root: Path) -> None:
    dataset = load("pen", str(pen_root), renderings=1, strength=0.0, validation=0)
    assert [len(p) for p in (dataset.train, dataset.validation, dataset.test)] == [54, 0, 6]
    assert dataset.validation.images.shape == (0, 1, 28, 28)


def test_what_is_held_out_alone_is_the_same(pen_root: Path) -> None:
    for validation in (0, 5):
        check_held_out_alone(PenData(root=str(pen_root), renderings=2), validation)


def test_only_training_strokes_are_augmented(pen_root: Path) -> None:
    plain, augmented = (
        load("pen", str(pen_root), renderings=2, strength=strength, validation=5)
        for strength in (0.0, 1.0)
    )
    assert not torch.equal(plain.train.images, augmented.train.images)
    assert torch.equal(plain.train.labels, augmented.train.labels)
    assert torch.equal(plain.validation.images, augmented.validation.images)
    assert torch.equal(plain.test.images, augmented.test.images)
