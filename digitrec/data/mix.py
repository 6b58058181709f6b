"""Several data sets mixed to train on, each with its share of an epoch."""

from __future__ import annotations

import hashlib

import numpy as np
import torch

from digitrec.config import MixData, PenData
from digitrec.data import nondigits, pen, synthetic
from digitrec.data.dataset import NO_DIGIT, DataSet, Examples, Share

__all__ = ["load"]

POOL = 60_000  # images made of each source that makes its own
SEED = 1  # of those images


def load(config: MixData, mnist: DataSet, validation: int) -> DataSet:
    """Mix other sources into MNIST's training and validation parts; its test part stays."""
    weights = {
        key: getattr(config, key)
        for key in ("mnist", "pen", "synthetic", "nondigits")
        if getattr(config, key) > 0
    }
    train, held_out, checksums = [], [], [mnist.checksum]
    for source in weights:
        if source == "mnist":
            train.append(mnist.train)
            held_out.append(mnist.validation)
        elif source == "pen":
            pens = pen.load(PenData(root=config.root, renderings=config.renderings), validation)
            train.append(pens.train)
            held_out.append(pens.validation)
            checksums.append(pens.checksum)
        elif source == "synthetic":
            train.append(Examples.of(*synthetic.generate(POOL, SEED)))
        else:
            images = nondigits.generate(POOL, SEED)
            train.append(Examples.of(images, np.full(len(images), NO_DIGIT)))
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
    )


def _joined(parts: list[Examples]) -> Examples:
    return Examples(
        torch.cat([part.images for part in parts]), torch.cat([part.labels for part in parts])
    )
