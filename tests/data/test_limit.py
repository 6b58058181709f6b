from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from digitrec.data.dataset import DataSet, Examples, Share
from digitrec.data.ink.dataset import InkDataSet, InkExamples
from digitrec.data.limit import limit_training
from digitrec.data.string_dataset import StringDataSet, StringExamples, Strings
from digitrec.errors import ConfigError


def examples(count: int) -> Examples:
    """Make examples whose images tell which they are."""
    images = torch.arange(count, dtype=torch.uint8).reshape(-1, 1, 1, 1).expand(-1, 1, 28, 28)
    return Examples(images, torch.arange(count) % 10)


def dataset(count: int, *shares: Share) -> DataSet:
    return DataSet("d", "c", examples(count), examples(10), examples(20), shares=shares)


def which(data: DataSet) -> list[int]:
    return data.train.images[:, 0, 0, 0].tolist()


@given(st.integers(1, 200), st.integers(0, 2**63 - 1))
def test_each_class_keeps_its_share(limit: int, seed: int) -> None:
    whole = dataset(200)
    limited = limit_training(whole, limit, seed)
    kept = np.bincount(limited.train.labels.numpy(), minlength=10)
    assert kept.sum() == limit
    assert kept.max() - kept.min() <= 1
    assert limited.train.labels.tolist() == [number % 10 for number in which(limited)]
    assert (limited.validation, limited.test) == (whole.validation, whole.test)
    assert limited.checksum == whole.checksum


def test_the_seed_chooses_and_more_holds_less() -> None:
    few, more, others = (
        set(which(limit_training(dataset(200), *chosen))) for chosen in ((20, 1), (50, 1), (20, 2))
    )
    assert few < more
    assert few != others


def test_without_a_limit_all_are_kept() -> None:
    whole = dataset(200)
    assert limit_training(whole, None, 0) is whole
    assert which(limit_training(whole, 200, 0)) == list(range(200))
    with pytest.raises(ConfigError, match=r"^data\.limit=201: must be at most the 200 examples"):
        limit_training(whole, 201, 0)


def test_a_mix_keeps_its_weights_and_its_epoch() -> None:
    whole = dataset(200, Share(150, 700), Share(50, 300))
    limited = limit_training(whole, 100, 0)
    assert limited.shares == (Share(70, 700), Share(30, 300))
    assert limited.epoch_size == 1000
    numbers = which(limited)
    assert all(number < 150 for number in numbers[:70])
    assert all(number >= 150 for number in numbers[70:])
    assert limit_training(whole, 190, 0).shares == (Share(133, 700), Share(50, 300))
    assert limit_training(whole, 1, 0).shares == (Share(1, 700), Share(1, 300))


def strings(count: int, width: int) -> Strings:
    lengths = 1 + torch.arange(count) % 2
    images = torch.zeros(count, 1, 28, width, dtype=torch.uint8)
    return Strings(images, torch.zeros(count, 5, dtype=torch.int64), lengths)


def test_strings_keep_the_share_of_each_length() -> None:
    train = StringExamples([strings(60, 48), strings(40, 64)])
    whole = StringDataSet("s", "c", train, train, train)
    limited = limit_training(whole, 10, 0).train
    assert len(limited) == 10
    lengths = torch.cat([group.lengths for group in limited.groups])
    assert lengths.tolist().count(1) == 5
    assert {group.images.shape[3] for group in limited.groups} <= {48, 64}
    assert limit_training(whole, 10, 0).test is train


def test_pictures_with_ink_are_kept_with_their_ink() -> None:
    numbers = torch.arange(50, dtype=torch.uint8).reshape(-1, 1, 1, 1).expand(-1, 1, 112, 112)
    train = InkExamples(numbers, numbers + 100)
    whole = InkDataSet("i", "c", train, train, train)
    few, more = (limit_training(whole, limit, 3).train for limit in (10, 20))
    assert (len(few), len(more)) == (10, 20)
    assert torch.equal(few.ink, few.images + 100)
    assert {*few.images[:, 0, 0, 0].tolist()} < {*more.images[:, 0, 0, 0].tolist()}
    assert limit_training(whole, 10, 3).test is train


def test_windows_with_marks_keep_the_share_of_each_mark() -> None:
    images = torch.arange(100, dtype=torch.uint8).reshape(-1, 1, 1, 1).expand(-1, 1, 32, 48)
    train = Examples(images, torch.arange(100) % 5)
    whole = DataSet("m", "c", train, train, train)
    limited = limit_training(whole, 20, 0)
    assert np.bincount(limited.train.labels.numpy()).tolist() == [4] * 5
    assert torch.equal(limited.train.images[:, 0, 0, 0] % 5, limited.train.labels)
    assert limited.validation is train
