"""A mix of data sets to train on, each with its share of an epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
import torch

from digitrec.data.dataset import NO_DIGIT, DataSet, Examples, Share, combine_checksums
from digitrec.data.synthetic import digits, nondigits
from digitrec.imaging.normalise import SIZE

__all__ = ["concatenate", "join", "make_synthetic", "mix"]

SYNTHETIC_COUNT = 60_000  # images made of each synthetic source
SYNTHETIC_SEED = 1


def mix(
    name: str,
    weights: Mapping[str, float],
    loaded: Mapping[str, DataSet],
    epoch: int,
    tested_on: str = "mnist",
    *,
    training: bool = True,
) -> DataSet:
    """Mix the training parts of several sources; the test part is that of one of them.

    The validation parts are joined, too. Synthetic sources have none.

    Args:
        name: Of the mix.
        weights: Of each source, above 0, in the order in which the sources are joined. A source
            gives an epoch a share of examples in proportion to its weight.
        loaded: The source that tests, even if it has no weight, and the other sources that are
            data sets. The synthetic sources "synthetic" and "nondigits" are made here.
        epoch: How many images an epoch takes from all sources together.
        tested_on: The source that tests.
        training: False leaves the training part empty, and makes no synthetic source.
    """
    tested = loaded[tested_on]
    parts, held_out, checksums = [], [], [tested.checksum]
    for source, weight in weights.items():
        if training:
            part = loaded[source].train if source in loaded else make_synthetic(source)
            parts.append((weight, part))
        if source in loaded:
            held_out.append(loaded[source].validation)
            checksums.append(loaded[source].checksum)
    identity = combine_checksums(*checksums)
    validation = concatenate(held_out) if held_out else tested.validation
    train, shares = join(parts, epoch)
    return DataSet(name, identity, train, validation, tested.test, tested.test_identity, shares)


def join(parts: Sequence[tuple[float, Examples]], epoch: int) -> tuple[Examples, tuple[Share, ...]]:
    """Join examples to train on, each part with a weight.

    Args:
        parts: Weight and examples; parts whose weight is 0 are left out. Without any, there is
            nothing to train on.
        epoch: How many examples an epoch takes from all parts together.

    Returns:
        All examples, and how many of each part an epoch takes, as in `DataSet`.
    """
    parts = [(weight, part) for weight, part in parts if weight > 0 and len(part)]
    total = sum(weight for weight, _ in parts)
    shares = tuple(Share(len(part), round(epoch * weight / total)) for weight, part in parts)
    return concatenate([part for _, part in parts]), shares


@cache
def make_synthetic(source: str) -> Examples:
    """Make images of "synthetic" digits or "nondigits"."""
    if source == "synthetic":
        return Examples.from_arrays(*digits.generate(SYNTHETIC_COUNT, SYNTHETIC_SEED))
    images = nondigits.generate(SYNTHETIC_COUNT, SYNTHETIC_SEED)
    return Examples.from_arrays(images, np.full(len(images), NO_DIGIT))


def concatenate(parts: Sequence[Examples]) -> Examples:
    """Return all examples of some parts, one part after another."""
    if not parts:
        return Examples.from_arrays(np.zeros((0, SIZE, SIZE), np.uint8), np.zeros(0, np.int64))
    return Examples(
        torch.cat([part.images for part in parts]), torch.cat([part.labels for part in parts])
    )
