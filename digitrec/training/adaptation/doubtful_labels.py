"""Labels of drawings that are probably slips, so that no network learns them.

Somebody who corrects drawings presses a wrong key now and then. A network that learns one 7 as a 1
reads all 7s as 1s afterwards. A label is doubtful where the network is certain that the drawing
shows another digit, and no second drawing like it has the same label. Whoever does write their 1
like a 7 confirms it by a second drawing, and then both are learnt.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from digitrec.data.corrected_drawings import render
from digitrec.data.dataset import Examples
from digitrec.drawing.corrections import LabelledDrawing
from digitrec.models.calibration import calibrated
from digitrec.models.checkpoint import Checkpoint
from digitrec.models.inference import logits_of

__all__ = ["check_labels", "doubtful_labels"]

UNLIKELY = 0.02  # probability of the label below which the network contradicts it
CONFIRMED = 2  # drawings of the same digit with the same label


@dataclass(frozen=True)
class LabelCheck:
    """What a network says about the label of a drawing.

    Attributes:
        read: The digit that it reads.
        doubtful: Whether the label is probably a slip.
    """

    read: int
    doubtful: bool


def check_labels(trained: Checkpoint, drawings: Sequence[LabelledDrawing]) -> list[LabelCheck]:
    """Ask a network about the labels of drawings.

    Args:
        trained: The network, before it is fine-tuned.
        drawings: With their labels.

    Returns:
        What it says to each drawing, in their order.
    """
    if not drawings:
        return []
    seen = Examples.from_arrays(*render(drawings))
    probabilities = calibrated(logits_of(trained.network, seen.images), trained.temperature)
    labels = seen.labels.numpy()
    read = probabilities.argmax(axis=1)
    unlikely = probabilities[np.arange(len(labels)), labels] < UNLIKELY
    pairs = list(zip(labels.tolist(), read.tolist(), strict=True))
    said = Counter(pair for pair, contradicts in zip(pairs, unlikely, strict=True) if contradicts)
    return [
        LabelCheck(pair[1], bool(contradicts) and said[pair] < CONFIRMED)
        for pair, contradicts in zip(pairs, unlikely, strict=True)
    ]


def doubtful_labels(
    trained: Checkpoint, drawings: Sequence[LabelledDrawing]
) -> dict[LabelledDrawing, int]:
    """Find drawings whose label is probably a slip.

    Args:
        trained: The network, before it is fine-tuned.
        drawings: With their labels.

    Returns:
        Those whose label is doubtful, each with the digit that the network reads.
    """
    checks = zip(drawings, check_labels(trained, drawings), strict=True)
    return {drawing: check.read for drawing, check in checks if check.doubtful}
