"""Checkpoint files of networks that find ink in pictures, as plain data in HDF5.

Such a file is like that of a network for strings (`digitrec.models.string_checkpoint`). Root
attributes, texts in UTF-8:

================ =============================================================================
format           the text ``digitrec-ink``
format_version   the whole number 1
model            the network's name, a choice of the group ``model`` that finds ink
model_arguments  JSON object: its settings, numbers only
provenance       JSON object: configuration, data set and its checksum, metrics, versions
================ =============================================================================

Arrays, little-endian float32: ``weights/KEY``, ``check/input`` (N, 1, 112, 112), and
``check/logits`` (N, 1, 112, 112).
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
from digitrec.models.network import InkNetwork
from digitrec.models.weights import arrays_of, check_arrays, fill, json_attribute, verify
from digitrec.storage import hdf5

__all__ = ["load", "save"]

FORMAT, FORMAT_VERSION = "digitrec-ink", 1
CHECK_SHAPE = (1, 112, 112)


def save(
    path: Path,
    network: InkNetwork,
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
        check_input: float32 (N, 1, 112, 112) in [0, 1], stored with the logits that it gives.
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


def load(path: Path) -> InkNetwork:
    """Read a network, trusting nothing in the file; in evaluation mode, on the CPU.

    Raises:
        CheckpointError: one line that names the file and the first thing wrong with it.
    """
    try:
        content = hdf5.read(path)
    except HDF5Error as error:
        advice = "" if error.advice else "; install digitrec again"
        raise CheckpointError(f"{error}{advice}") from None
    try:
        network = _build(content.attributes)
        fill(network, content.group("weights"))
        check_arrays(network, set(content.arrays))
        verify(network, content.group("check"), CHECK_SHAPE, CHECK_SHAPE)
    except (CheckpointError, ConfigError) as error:
        raise CheckpointError(f"{path} is not a usable network for ink: {error}") from None
    return network


def _build(attributes: Mapping[str, hdf5.Attribute]) -> InkNetwork:
    """Make the network that the attributes name, without memory for its weights."""
    if (attributes.get("format"), attributes.get("format_version")) != (FORMAT, FORMAT_VERSION):
        raise CheckpointError(f"its format is not {FORMAT}, version {FORMAT_VERSION}")
    arguments = json_attribute(attributes, "model_arguments", dict)
    if "name" in arguments:
        raise CheckpointError("its model_arguments hold a name")
    model = choice_from_dict("model", {"name": attributes.get("model"), **arguments})
    if model.task != "ink":
        raise CheckpointError(f"its network reads {model.task}, and finds no ink")
    with torch.device("meta"):
        network: InkNetwork = model.build().eval()
    return network
