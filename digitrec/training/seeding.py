"""The seeds of all random numbers of a run.

Each use of random numbers has its own seed, made from the seed of the run, the name of the use and
its place in the run. No number depends on those drawn before. So a resumed run draws what it would
have drawn without the interruption, and a job of a sweep draws what it would draw alone.
"""

from __future__ import annotations

import hashlib

import torch

__all__ = ["SCHEME", "derive", "generator", "seed_step"]

SCHEME = {
    "rule": "first 8 bytes of SHA-256 of 'seed/use/place', little-endian, halved",
    "weights": "PyTorch's global generators before the network is made",
    "order/EPOCH": "the order of the training images in an epoch",
    "augment/STEP": "the augmentation of a batch, steps counted over the whole run",
    "dropout/STEP": "PyTorch's global generators before a step",
    "limit": "the training examples that data.limit keeps",
    "not seeded": "the validation split and synthetic handwriting, which have fixed seeds",
}


def derive(seed: int, use: str, *place: int) -> int:
    """Return the seed of one use at one place of a run.

    Args:
        seed: The seed of the run.
        use: The name of the use, such as ``augment``.
        *place: Numbers of epochs or steps; none for what happens once.

    Returns:
        At least 0 and below 2**63.
    """
    words = "/".join(map(str, (seed, use, *place)))
    return int.from_bytes(hashlib.sha256(words.encode()).digest()[:8], "little") >> 1


def generator(seed: int, use: str, *place: int) -> torch.Generator:
    """Return a CPU generator for one use at one place of a run; arguments as of `derive`."""
    return torch.Generator().manual_seed(derive(seed, use, *place))


def seed_step(seed: int, step: int, device: torch.device) -> None:
    """Seed what layers such as dropout draw in a step, counted over the whole run."""
    number = derive(seed, "dropout", step)
    if device.type == "cpu":
        # For GPUs that may come to be used, torch.manual_seed writes down where it was called,
        # which takes a thirtieth of the time of a short step.
        torch.default_generator.manual_seed(number)
    else:
        torch.manual_seed(number)
