"""The network that reads digits that touch, and the file that it comes in.

``checkpoints/strings.h5`` holds plain data, as a weights file of digits does: the attributes
``format`` (the text ``digitrec-strings``), ``format_version`` (1) and ``provenance`` (JSON), the
arrays ``weights/KEY`` of a `StringNetwork`, ``check/input`` and ``check/logits``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from digitrec.errors import CheckpointError, HDF5Error
from digitrec.models.architectures import Strings
from digitrec.models.ctc import CLASSES
from digitrec.models.network import StringNetwork
from digitrec.models.weights import arrays_of, check_arrays, fill, verify
from digitrec.storage import hdf5

__all__ = ["CHECK_SHAPE", "load", "save"]


FORMAT, FORMAT_VERSION = "digitrec-strings", 1
CHECK_SHAPE = (1, 28, 48)  # of the stored input


def save(
    path: Path, network: StringNetwork, check_input: Tensor, provenance: Mapping[str, Any]
) -> None:
    """Write a network in one step; check_input: images (N, 1, 28, 48) in [0, 1].

    Raises:
        OSError: if the file cannot be written.
    """
    attributes: dict[str, hdf5.Attribute] = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "provenance": json.dumps(provenance),
    }
    hdf5.write(path, attributes, arrays_of(network, check_input))


def load(path: Path) -> StringNetwork:
    """Read a network, trusting nothing in the file; in evaluation mode, on the CPU.

    Raises:
        CheckpointError: one line that names the file and the first thing wrong with it.
    """
    try:
        content = hdf5.read(path)
    except HDF5Error as error:
        raise CheckpointError(f"{error}; install digitrec anew") from None
    try:
        attributes = content.attributes
        if attributes.get("format") != FORMAT or attributes.get("format_version") != FORMAT_VERSION:
            raise CheckpointError(f"its format is not {FORMAT} {FORMAT_VERSION}")
        with torch.device("meta"):
            network = Strings().build().eval()
        fill(network, content.group("weights"))
        check_arrays(network, set(content.arrays))
        columns = CHECK_SHAPE[-1] // 2
        verify(network, content.group("check"), CHECK_SHAPE, (columns, CLASSES))
    except CheckpointError as error:
        raise CheckpointError(f"{path} holds no network for strings: {error}") from None
    return network
