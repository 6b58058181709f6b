"""Several data sets mixed to train on, each with its share of an epoch."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache

import numpy as np
import torch

from digitrec.data.dataset import NO_DIGIT, DataSet, Examples, Share
from digitrec.data.synthetic import digits, nondigits

__all__ = ["mix"]

POOL = 60_000  # images made of each source that makes its own
SEED = 1  # of those images


def mix(
    name: str, weights: Mapping[str, float], loaded: Mapping[str, DataSet], epoch: int
) -> DataSet:
    """Mix sources; the test part is that of MNIST.

    Args:
        name: of the mix.
        weights: of each source, above 0, in the order in which they are joined.
        loaded: those sources that are data sets, and "mnist" in any case. The others, "synthetic"
            and "nondigits", are made here.
        epoch: images that an epoch takes from all together.
    """
    mnist = loaded["mnist"]
    train, held_out, checksums = [], [], [mnist.checksum]
    for source in weights:
        if source not in loaded:
            train.append(_made(source))
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
        _joined(train),
        _joined(held_out) if held_out else mnist.validation,
        mnist.test,
        shares,
        tested_on=mnist.test_identity,
    )


@cache
def _made(source: str) -> Examples:
    if source == "synthetic":
        return Examples.of(*digits.generate(POOL, SEED))
    images = nondigits.generate(POOL, SEED)
    return Examples.of(images, np.full(len(images), NO_DIGIT))


def _joined(parts: list[Examples]) -> Examples:
    return Examples(
        torch.cat([part.images for part in parts]), torch.cat([part.labels for part in parts])
    )
