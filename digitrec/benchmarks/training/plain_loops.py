"""What a user might write instead: two well-known recipes as plain PyTorch loops.

Both are kinder to the plain loop than their originals: the images are in memory, nothing reads or
transforms them on the way, and nothing is saved.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim.lr_scheduler import OneCycleLR

__all__ = ["train_example", "train_one_epoch_recipe"]

MEAN, STD = 0.1307, 0.3081  # of MNIST's training pixels, as both recipes have them


class Plain(nn.Module):
    """Normalises images (N, 1, 28, 28) in [0, 1], and asks its layers for logits (N, 10)."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, images: Tensor) -> Tensor:
        """Return logits (N, 10)."""
        logits: Tensor = self.layers((images - MEAN) / STD)
        return logits


def train_one_epoch_recipe(images: Tensor, labels: Tensor, seed: int) -> Plain:
    """Train as the shortest published recipe does (github.com/tuomaso/train_mnist_fast).

    One epoch of batches of 256, Adam with short memories, one cycle of the learning rate.

    Args:
        images: uint8 (N, 1, 28, 28).
        labels: int64 (N,).
        seed: Of the weights and of the order.
    """
    torch.manual_seed(seed)
    network = Plain(
        nn.Conv2d(1, 24, 5), nn.MaxPool2d(2), nn.ReLU(),  # (N, 24, 12, 12)
        nn.Conv2d(24, 32, 3), nn.MaxPool2d(2), nn.ReLU(),  # (N, 32, 5, 5)
        nn.Flatten(), nn.Linear(800, 256), nn.ReLU(), nn.Linear(256, 10),
    )  # fmt: skip
    batches = torch.split(torch.randperm(len(labels)), 256)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-2, betas=(0.7, 0.9))
    schedule = OneCycleLR(optimizer, 1e-2, total_steps=len(batches), cycle_momentum=False)
    for batch in batches:
        _step(network, optimizer, images[batch], labels[batch])
        schedule.step()
    return network.eval()


def train_example(images: Tensor, labels: Tensor, seed: int) -> Plain:
    """Train an epoch as PyTorch's MNIST example does (github.com/pytorch/examples).

    The first of its fourteen epochs: batches of 64, Adadelta, dropout.

    Args:
        images: uint8 (N, 1, 28, 28).
        labels: int64 (N,).
        seed: Of the weights, the order and the dropout.
    """
    torch.manual_seed(seed)
    network = Plain(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(),
        nn.MaxPool2d(2), nn.Dropout(0.25), nn.Flatten(),  # (N, 9216)
        nn.Linear(9216, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 10),
    )  # fmt: skip
    optimizer = torch.optim.Adadelta(network.parameters(), lr=1.0)
    for batch in torch.split(torch.randperm(len(labels)), 64):
        _step(network, optimizer, images[batch], labels[batch])
    return network.eval()


def _step(network: Plain, optimizer: torch.optim.Optimizer, images: Tensor, labels: Tensor) -> None:
    optimizer.zero_grad()
    loss = F.cross_entropy(network(images.float().div_(255)), labels)
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
