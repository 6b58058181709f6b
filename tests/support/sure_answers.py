"""What a network for single digits answers where it is sure of a character."""

from __future__ import annotations

import numpy as np

from digitrec.models.ctc import CHARACTERS
from digitrec.recognition.segmentation_graph import ClassProbabilities

__all__ = ["answer"]


def answer(character: str, sure: float = 0.99) -> ClassProbabilities:
    """Return probabilities (11,) of the digits and of "?", the others all alike."""
    found = np.full(len(CHARACTERS), (1 - sure) / (len(CHARACTERS) - 1))
    found[CHARACTERS.index(character)] = sure
    return found
