"""A mix of data sets to train on, each with its share of an epoch."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache

import numpy as np
import torch

from digitrec.data.dataset import NO_DIGIT, DataSet, Examples, Share
from digitrec.data.synthetic import digits, nondigits

__all__ = ["mix"]

SYNTHETIC_COUNT = 60_000  # images made of each synthetic source
SYNTHETIC_SEED = 1


def mix(
    name: str, weights: Mapping[str, float], loaded: Mapping[str, DataSet], epoch: int
) -> DataSet:
    """Mix the training parts of several sources; the test part is MNIST's.

    The validation parts are joined, too. Synthetic sources have none.

    Args:
        name: of the mix.
        weights: of each source, above 0, in the order in which the sources are joined. A source
            gives an epoch a share of examples in proportion to its weight.
        loaded: "mnist", even if it has no weight, and the other sources that are data sets. The
            synthetic sources "synthetic" and "nondigits" are made here.
        epoch: how many images an epoch takes from all sources together.
    """
    mnist = loaded["mnist"]
    train, held_out, checksums = [], [], [mnist.checksum]
    for source in weights:
        if source not in loaded:
            train.append(_make(source))
            continue
        train.append(loaded[source].train)
        held_out.append(loaded[source].validation)
        checksums.append(loaded[source].checksum)
    total = sum(weights.values())
    shares = tuple(
        Share(len(part), round(epoch * weight / total))
        for part, weight in zip(train, weights.values(), strict=True)
    )
    return DataSet(
        name,
        hashlib.sha256(" ".join(checksums).encode()).hexdigest()[:16],
        _concatenate(train),
        _concatenate(held_out) if held_out else mnist.validation,
        mnist.test,
        shares,
        tested_on=mnist.test_identity,
    )


@cache
def _make(source: str) -> Examples:
    if source == "synthetic":
        return Examples.from_arrays(*digits.generate(SYNTHETIC_COUNT, SYNTHETIC_SEED))
    images = nondigits.generate(SYNTHETIC_COUNT, SYNTHETIC_SEED)
    return Examples.from_arrays(images, np.full(len(images), NO_DIGIT))


def _concatenate(parts: list[Examples]) -> Examples:
    return Examples(
        torch.cat([part.images for part in parts]), torch.cat([part.labels for part in parts])
    )
