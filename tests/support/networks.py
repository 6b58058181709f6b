"""The networks for digits that a run can train, by their names."""

from __future__ import annotations

from config_checks import CHOICES

from digitrec.models.network import Network

NAMES = [
    name for name, kind in CHOICES["model"].items() if kind.task == "digits" and kind.trainable
]


def build(name: str, **settings: int | float) -> Network:
    """Make the network of that name, its weights drawn from PyTorch's global generator."""
    network: Network = CHOICES["model"][name](**settings).build()
    return network
