"""Training on some of the examples, as for a curve of accuracy over their number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import torch

from digitrec.arrays import Int64Array
from digitrec.config.checks import check
from digitrec.data.dataset import AnyDataSet, DataSet, Examples, Share
from digitrec.data.ink.dataset import InkExamples
from digitrec.data.string_dataset import StringExamples, Strings
from digitrec.data.validation_split import stratified_split

__all__ = ["limit_training"]

_DataSet = TypeVar("_DataSet", bound=AnyDataSet[Any])


def limit_training(dataset: _DataSet, limit: int | None, seed: int) -> _DataSet:
    """Keep some of the training examples, with the same share of each class.

    With the same seed, the examples of a smaller limit are among those of a larger one, except for
    rounding. The validation and test parts stay as they are.

    Args:
        dataset: Of any task. The classes of strings are their lengths; pictures with ink are all
            of one class. Of a mix, each source keeps a part in proportion to what an epoch takes
            from it, or all that it has; an epoch takes as much as before.
        limit: How many examples are kept; None for all.
        seed: Chooses them.

    Raises:
        ConfigError: if there are fewer than ``limit``.
    """
    if limit is None:
        return dataset
    there = len(dataset.train)
    check(limit <= there, "data.limit", f"at most the {there} examples to train on", limit)
    if isinstance(dataset.train, StringExamples):
        return replace(dataset, train=_limit_strings(dataset.train, limit, seed))
    if isinstance(dataset.train, InkExamples):
        return replace(dataset, train=_limit_ink(dataset.train, limit, seed))
    if isinstance(dataset, DataSet) and dataset.shares:
        train, shares = _limit_mix(dataset.train, dataset.shares, limit, seed)
        return replace(dataset, train=train, shares=shares)
    chosen = _choose(dataset.train.labels.numpy(), limit, seed)
    return replace(dataset, train=_select(dataset.train, chosen))


def _limit_mix(
    train: Examples, shares: Sequence[Share], limit: int, seed: int
) -> tuple[Examples, tuple[Share, ...]]:
    labels = train.labels.numpy()
    # Rounded so that the parts add up to the limit.
    ends = np.cumsum([share.taken for share in shares])
    bounds = np.rint(limit * np.insert(ends, 0, 0) / ends[-1]).astype(int)
    chosen, kept, first = [], [], 0
    for share, wanted in zip(shares, np.diff(bounds).tolist(), strict=True):
        count = min(max(wanted, 1), share.count)
        chosen.append(first + _choose(labels[first : first + share.count], count, seed))
        kept.append(Share(count, share.taken))
        first += share.count
    return _select(train, np.concatenate(chosen)), tuple(kept)


def _select(examples: Examples, chosen: Int64Array) -> Examples:
    indices = torch.from_numpy(chosen)
    return Examples(examples.images[indices], examples.labels[indices])


def _limit_ink(train: InkExamples, limit: int, seed: int) -> InkExamples:
    chosen = torch.from_numpy(_choose(np.zeros(len(train), np.int64), limit, seed))
    return InkExamples(train.images[chosen], train.ink[chosen])


def _limit_strings(train: StringExamples, limit: int, seed: int) -> StringExamples:
    lengths = np.concatenate([group.lengths.numpy() for group in train.groups])
    chosen = _choose(lengths, limit, seed)
    groups, first = [], 0
    for group in train.groups:
        inside = chosen[(chosen >= first) & (chosen < first + len(group))] - first
        first += len(group)
        if len(inside):
            kept = torch.from_numpy(inside)
            groups.append(Strings(group.images[kept], group.targets[kept], group.lengths[kept]))
    return StringExamples(groups)


def _choose(labels: Int64Array, count: int, seed: int) -> Int64Array:
    """Return ascending indices of ``count`` examples, the same share of each class."""
    if count == len(labels):
        return np.arange(count)
    return stratified_split(labels, count, seed)[1]
