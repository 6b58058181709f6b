"""Several data sets mixed to train on, each with its share of an epoch."""

from __future__ import annotations

import hashlib
from functools import cache, lru_cache

import numpy as np
import torch

from digitrec.config.choices import DrawingsData, MixData, PenData
from digitrec.data import corrected_drawings, pen_digits
from digitrec.data.dataset import NO_DIGIT, DataSet, Examples, Share
from digitrec.data.synthetic import digits, nondigits

__all__ = ["load"]

POOL = 60_000  # images made of each source that makes its own
SEED = 1  # of those images


def load(config: MixData, mnist: DataSet, validation: int) -> DataSet:
    """Mix other sources into MNIST's training and validation parts; its test part stays."""
    weights = {source: weight for source, weight in config.weights.items() if weight > 0}
    train, held_out, checksums = [], [], [mnist.checksum]
    for source in weights:
        if source in ("synthetic", "nondigits"):
            train.append(_made(source))
            continue
        if source == "mnist":
            dataset = mnist
        elif source == "pen":
            asked = PenData(root=config.root, renderings=config.renderings, rewrite=config.rewrite)
            dataset = _pen(asked, validation)
        else:
            dataset = corrected_drawings.load(DrawingsData(path=config.drawings_path), validation)
        train.append(dataset.train)
        held_out.append(dataset.validation)
        checksums.append(dataset.checksum)
    total = sum(weights.values())
    shares = tuple(
        Share(len(part), round(config.epoch * weight / total))
        for part, weight in zip(train, weights.values(), strict=True)
    )
    return DataSet(
        config.name,
        hashlib.sha256(" ".join(checksums).encode()).hexdigest()[:16],
        _joined(train),
        _joined(held_out) if held_out else mnist.validation,
        mnist.test,
        shares,
        tested_on=mnist.test_identity,
    )


# A sweep's jobs take the same ones, one after another.
_pen = lru_cache(maxsize=1)(pen_digits.load)


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
