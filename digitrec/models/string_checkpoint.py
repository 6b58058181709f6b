"""Checkpoint files of networks that read strings of digits, as plain data in HDF5.

Such a file is like that of a network for single digits (`digitrec.models.checkpoint`), without what
only that has. Root attributes, texts in UTF-8 with a fixed length:

================ =============================================================================
format           the text ``digitrec-strings``
format_version   the whole number 3; in files of versions 1 and 2 texts have a variable length, and
                 those of version 1 lack ``model`` and ``model_arguments``, and hold the network of
                 `digitrec.models.architectures.Strings` with its defaults
model            the network's name, a choice of the group ``model`` that reads strings
model_arguments  JSON object: its settings, numbers only
provenance       JSON object: configuration, data set and its checksum, metrics, versions
================ =============================================================================

Arrays, little-endian float32: ``weights/KEY``, ``check/input`` (N, 1, 28, 48), and
``check/logits`` (N, 24, 12).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from digitrec.config.conversion import choice_from_dict
from digitrec.errors import CheckpointError, ConfigError, HDF5Error
from digitrec.models.architectures import Strings
from digitrec.models.ctc import CLASSES
from digitrec.models.network import StringNetwork
from digitrec.models.weights import (
    arrays_of,
    check_arrays,
    check_provenance,
    fill,
    json_attribute,
    verify,
)
from digitrec.storage import hdf5

__all__ = ["CHECK_WIDTH", "load", "save"]

FORMAT, FORMAT_VERSION = "digitrec-strings", 3
CHECK_WIDTH = 48
"""Columns of the stored input."""


def save(
    path: Path,
    network: StringNetwork,
    model: str,
    model_arguments: Mapping[str, int | float],
    check_input: Tensor,
    provenance: Mapping[str, Any],
) -> None:
    """Write a checkpoint file in one step.

    Args:
        path: of the file.
        network: in evaluation mode.
        model: its name in the configuration.
        model_arguments: its settings.
        check_input: float32 (N, 1, 28, 48) in [0, 1], stored with the logits that it gives.
        provenance: what the network comes from, as JSON can hold it.

    Raises:
        OSError: if the file cannot be written.
    """
    attributes: dict[str, hdf5.Attribute] = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "model": model,
        "model_arguments": json.dumps(model_arguments),
        "provenance": json.dumps(provenance),
    }
    hdf5.write(path, attributes, arrays_of(network, check_input))


def load(path: Path) -> StringNetwork:
    """Read a network, trusting nothing in the file; in evaluation mode, on the CPU.

    Raises:
        CheckpointError: one line that names the file and the first thing wrong with it.
    """
    try:
        content = hdf5.read(path, FORMAT)
    except HDF5Error as error:
        advice = "" if error.advice else "; install digitrec again"
        raise CheckpointError(f"{error}{advice}") from None
    try:
        network = _build(content.attributes)
        fill(network, content.group("weights"))
        check_arrays(network, set(content.arrays))
        shape = (1, 28, CHECK_WIDTH)
        check_provenance(json_attribute(content.attributes, "provenance", dict))
        verify(network, content.group("check"), shape, (CHECK_WIDTH // 2, CLASSES))
    except (CheckpointError, ConfigError) as error:
        raise CheckpointError(f"{path} is not a usable network for strings: {error}") from None
    return network


def _build(attributes: Mapping[str, hdf5.Attribute]) -> StringNetwork:
    """Make the network that the attributes name, without memory for its weights."""
    version = attributes.get("format_version")
    if version not in range(1, FORMAT_VERSION + 1):
        raise CheckpointError(f"its format_version is not one of 1 to {FORMAT_VERSION}")
    model = Strings()
    if version != 1:
        arguments = json_attribute(attributes, "model_arguments", dict)
        if "name" in arguments:
            raise CheckpointError("its model_arguments hold a name")
        model = choice_from_dict("model", {"name": attributes.get("model"), **arguments})
        if model.task != "strings":
            raise CheckpointError(f"its network reads {model.task}, and not strings")
    with torch.device("meta"):
        network = model.build().eval()
    return network
