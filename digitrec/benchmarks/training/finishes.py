"""The results of a race, and the file that keeps them: a line of JSON each."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from digitrec.errors import DigitrecError
from digitrec.storage import atomic

__all__ = ["PLAIN", "Finish", "read_finishes", "write_finishes"]

PLAIN = {
    "recipe": "plain loop of the shortest published recipe: one epoch",
    "example": "plain loop of PyTorch's MNIST example: the first of its 14 epochs",
}
"""The entries that are plain loops; the others are experiments."""


@dataclass(frozen=True)
class Finish:
    """One training: how long it took, and what it reads of MNIST's test images, from 0 to 1."""

    entry: str
    seed: int
    seconds: float
    accuracy: float
    threads: int


def read_finishes(file: Path) -> list[Finish]:
    """Return the results in a file; none where there is no file.

    Raises:
        DigitrecError: if it holds something else.
    """
    if not file.exists():
        return []
    try:
        lines = file.read_text("utf-8").splitlines()
        found = [Finish(**json.loads(line)) for line in lines]
        if not all(math.isfinite(one.seconds * one.accuracy) for one in found):
            raise ValueError
    except (ValueError, TypeError) as error:
        raise DigitrecError(f"{file} does not hold results of bench train: move it away") from error
    return found


def write_finishes(file: Path, finishes: Sequence[Finish]) -> None:
    """Write results, in place of what the file held."""
    atomic.write_text(file, "".join(json.dumps(asdict(one)) + "\n" for one in finishes))
