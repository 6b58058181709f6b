"""Checkpoints for the tests of weights files: small networks, and images to check them with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from networks import build
from torch import Tensor

from digitrec.models.checkpoint import Checkpoint, save
from digitrec.models.network import Network

# Arguments that are not the defaults, so that a loader that forgets them shows.
ARGUMENTS: dict[str, dict[str, int | float]] = {
    "cnn": {"pool_dropout": 0.1, "dense_dropout": 0.0},
    "fast": {"width": 6},
    "fixed_filters": {"width": 6},
    "fine_filters": {"width": 6},
    "deep": {"width": 4, "dropout": 0.35},
    "accurate": {"width": 4, "dropout": 0.35},
}


def trained(name: str, seed: int = 0) -> Network:
    """Make a network whose running statistics are not those it began with."""
    torch.manual_seed(seed)
    network = build(name, **ARGUMENTS.get(name, {}))
    with torch.no_grad():
        for _ in range(2):
            network(torch.rand(16, 1, 28, 28))
    return network.eval()


def made(name: str = "tiny", **others: Any) -> Checkpoint:
    return Checkpoint(name, ARGUMENTS.get(name, {}), trained(name), **others)


def images(count: int = 8, seed: int = 1) -> Tensor:
    return torch.rand(count, 1, 28, 28, generator=torch.Generator().manual_seed(seed))


def save_good(path: Path) -> None:
    """Write a good checkpoint of the network ``tiny``."""
    save(path, made(provenance={"config": {"seed": 0}}), images())
