"""What a program has to know to use an exported network: it is written beside every network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from digitrec import __version__
from digitrec.models.checkpoint import PREPROCESSING, Checkpoint
from digitrec.recognition.single_digits.rotation_averaging import (
    AVERAGE_BELOW,
    MAY_BE_NO_DIGIT,
    ROTATIONS,
)
from digitrec.storage.regular_files import open_regular

__all__ = ["contract", "contract_json", "holds_contract"]

MARKS = (b'{"format": "digitrec", "digitrec_version": "', b"\n\x10digitrec_version\x12")
"""How the contract begins in JSON, and its key as ONNX's metadata (Protocol Buffers) holds it.

All formats store one of them as it is.
"""


def contract(trained: Checkpoint) -> dict[str, Any]:
    """Return the contract of a checkpoint as plain data.

    Returns:
        ``preprocessing``, how a picture of ink becomes the network's input; ``class_names`` of the
        logits; ``temperature``, the probabilities being softmax(logits / temperature);
        ``rejection_threshold``, of sigmoid(logsumexp(logits)), below which a picture is not a
        digit; ``rotations`` in degrees, by which a picture is also rotated, the logits being
        averaged, where no probability is at least ``sure``, or, if the threshold is above 0, where
        it is less than ``rather_digit`` probable that the picture is a digit.
    """
    return {
        "format": "digitrec",
        "digitrec_version": __version__,
        "model": trained.model,
        "model_arguments": trained.model_arguments,
        "preprocessing": PREPROCESSING,
        "class_names": list(trained.class_names),
        "temperature": trained.temperature,
        "rejection_threshold": trained.rejection_threshold,
        "sure": AVERAGE_BELOW,
        "rather_digit": MAY_BE_NO_DIGIT,
        "rotations": list(ROTATIONS),
    }


def contract_json(trained: Checkpoint) -> str:
    """Return the contract of a checkpoint as JSON."""
    return json.dumps(contract(trained))


def holds_contract(path: Path) -> bool:
    """Tell whether a file is a network that was exported, in whichever format.

    Raises:
        OSError: if it cannot be read.
    """
    with open_regular(path) as file:
        end = b""
        while block := file.read(2**20):
            held = end + block
            if any(mark in held for mark in MARKS):
                return True
            end = held[-max(map(len, MARKS)) :]
    return False
