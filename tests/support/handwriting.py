"""Strokes to draw in tests, and checkpoint files of networks to read them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from networks import build

from digitrec.drawing.strokes import Stroke
from digitrec.models import checkpoint
from digitrec.models.checkpoint import Checkpoint
from digitrec.storage.resources import shipped_checkpoint

Path2d = list[tuple[float, float]]

SEVEN: Path2d = [(0, 2), (20, 1), (40, 0), (60, 0), (52, 20), (42, 45), (34, 70), (26, 100)]
ONE: Path2d = [(4, 0), (3, 30), (1, 60), (0, 100)]
ZERO: Path2d = [
    (30 + 28 * np.sin(angle), 50 - 48 * np.cos(angle)) for angle in np.linspace(-0.1, 6.2, 24)
]
DIGITS = {7: SEVEN, 1: ONE, 0: ZERO}


def path(digit: int, x: float = 200, y: float = 180, size: float = 1.6) -> Path2d:
    """Return the points of a digit whose upper left corner is at (x, y)."""
    return [(x + size * a, y + size * b) for a, b in DIGITS[digit]]


def stroke(digit: int, x: float = 200, y: float = 180, size: float = 1.6) -> Stroke:
    return Stroke(np.array(path(digit, x, y, size)), 14)


def rejecting(folder: Path) -> Path:
    """Save the shipped network with a threshold at which it rejects everything."""
    trained = replace(checkpoint.load(shipped_checkpoint()), rejection_threshold=1.0)
    file = folder / "rejecting.h5"
    checkpoint.save(file, trained, torch.rand(8, 1, 28, 28))
    return file


def ignorant(folder: Path, seed: int = 0, name: str = "ignorant.h5") -> Path:
    """Save a network that has not learnt anything, so that what it reads is nonsense."""
    torch.manual_seed(seed)
    file = folder / name
    network = build("tiny").eval()
    checkpoint.save(file, Checkpoint("tiny", {}, network), torch.rand(8, 1, 28, 28))
    return file
