"""Where a run's random numbers come from.

Each use has a seed of its own, made from the run's seed, the use's name and its place in the run.
Nothing depends on what was drawn before, so a run resumed at any step draws what it would have
drawn, and a job of a sweep draws what it would draw alone.
"""

from __future__ import annotations

import hashlib

import torch

__all__ = ["SCHEME", "derive", "generator"]

SCHEME = {
    "rule": "first 8 bytes of SHA-256 of 'seed/use/place', little-endian, halved",
    "weights": "PyTorch's global generators before the network is made",
    "order/EPOCH": "the order of the training images in an epoch",
    "augment/STEP": "the augmentation of a batch, steps counted over the whole run",
    "dropout/STEP": "PyTorch's global generators before a step",
    "not seeded": "the validation split and synthetic handwriting, which have fixed seeds",
}


def derive(seed: int, use: str, *place: int) -> int:
    """Return the seed, in [0, 2**63), of one use at one place of a run."""
    words = "/".join(map(str, (seed, use, *place)))
    return int.from_bytes(hashlib.sha256(words.encode()).digest()[:8], "little") >> 1


def generator(seed: int, use: str, *place: int) -> torch.Generator:
    """Return a CPU generator for one use at one place of a run."""
    return torch.Generator().manual_seed(derive(seed, use, *place))
