"""Keras 3: the network as a Sequential model of Keras's own layers, images in (N, 28, 28, 1).

Pixels are in [0, 1], and the outputs are logits: probabilities are softmax(logits / temperature).
Where the first layer has no padding, the normalisation of the pixels is a part of it. So the layers
of the network ``cnn`` are those of the Keras example that it is named for, whose own code loads the
weights; other networks begin with a Rescaling layer.
"""

from __future__ import annotations

import os
import warnings
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from digitrec.errors import DigitrecError
from digitrec.export_formats.contract import contract_json
from digitrec.export_formats.layers import (
    Activation,
    Convolution,
    Dense,
    Dropout,
    Flatten,
    Layer,
    Mean,
    PlainNetwork,
    Pool,
    SideBySide,
    in_one_row,
    plain_network,
)
from digitrec.imaging.normalise import SIZE
from digitrec.models.checkpoint import Checkpoint
from digitrec.storage import atomic
from digitrec.storage.optional_packages import need

__all__ = ["write_keras"]

ENDINGS = (".weights.h5", ".keras", ".h5")
CONTRACT = "digitrec.json"  # the file in a .keras archive that holds the contract


def write_keras(path: Path, trained: Checkpoint) -> None:
    """Write a checkpoint for Keras: the whole model in .keras or .h5, the weights in .weights.h5.

    The contract is the file `CONTRACT` in the archive .keras, and the attribute ``digitrec`` of an
    HDF5 file. Of Keras's back ends, PyTorch is used.

    Raises:
        DigitrecError: if the name has another ending, Keras is missing, or the network has an
            unknown layer.
        OSError: if the file cannot be written.
    """
    ending = next((end for end in ENDINGS if path.name.endswith(end)), None)
    if ending is None:
        raise DigitrecError(
            f"--keras {path}: its name must end in .keras, .h5 or, for weights alone, .weights.h5"
        )
    need("--keras", "keras", "keras")
    with warnings.catch_warnings():
        # Keras hands PyTorch's tensors to NumPy in a way of before its version 2.
        warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)
        warnings.filterwarnings("ignore", "You are saving your model as an HDF5 file")
        _write(path, ending, trained)


def _write(path: Path, ending: str, trained: Checkpoint) -> None:
    model = _model(_normalised_inside(in_one_row(plain_network(trained.network), "--keras")))
    with atomic.atomic_path(path) as part:
        # Keras tells the format by the end of the name.
        named = part.with_name(part.name + ending)
        try:
            if ending == ".weights.h5":
                model.save_weights(named)
            else:
                model.save(named)
            if ending == ".keras":
                with zipfile.ZipFile(named, "a") as archive:
                    archive.writestr(CONTRACT, contract_json(trained))
            else:
                with h5py.File(named, "a") as file:
                    file.attrs["digitrec"] = contract_json(trained)
            named.replace(part)
        finally:
            named.unlink(missing_ok=True)


def _normalised_inside(network: PlainNetwork) -> PlainNetwork:
    """Make the normalisation of the pixels a part of the first layer, where that is exact."""
    places = [i for i, one in enumerate(network.layers) if not isinstance(one, Flatten | Dropout)]
    first = network.layers[places[0]]
    if isinstance(first, Convolution) and first.padding == (0, 0):
        sums = first.weights.sum(axis=(1, 2, 3), dtype=np.float64)
    elif isinstance(first, Dense):
        sums = first.weights.sum(axis=1, dtype=np.float64)
    else:
        return network
    bias = (first.bias - sums * network.mean / network.std).astype(np.float32)
    inside = replace(first, weights=first.weights / np.float32(network.std), bias=bias)
    layers = (*network.layers[: places[0]], inside, *network.layers[places[0] + 1 :])
    return PlainNetwork(0.0, 1.0, layers)


def _model(network: PlainNetwork) -> Any:
    """Make the Keras model."""
    os.environ.setdefault("KERAS_BACKEND", "torch")  # the one that is surely there
    import keras

    model = keras.Sequential([keras.Input((SIZE, SIZE, 1))])
    if (network.mean, network.std) != (0.0, 1.0):
        model.add(keras.layers.Rescaling(1 / network.std, -network.mean / network.std))
    channels_last: tuple[int, ...] | None = None  # (H, W, C) of what was flattened
    for layer in network.layers:
        if isinstance(layer, Flatten) and len(model.output_shape) == 4:
            channels_last = model.output_shape[1:]
        for made in _layers(layer):
            model.add(made)
        if isinstance(layer, Convolution):
            model.layers[-1].set_weights([layer.weights.transpose(2, 3, 1, 0), layer.bias])
        elif isinstance(layer, Dense):
            weights = layer.weights
            if channels_last is not None:
                height, width, channels = channels_last
                shaped = weights.reshape(len(weights), channels, height, width)
                weights = shaped.transpose(0, 2, 3, 1).reshape(len(weights), -1)
                channels_last = None
            model.layers[-1].set_weights([weights.T, layer.bias])
    return model


def _layers(layer: Layer) -> list[Any]:
    """Return the Keras layers that do the same, without their weights."""
    import keras

    match layer:
        case Convolution():
            padding = [keras.layers.ZeroPadding2D(layer.padding)] if any(layer.padding) else []
            outputs, _, height, width = layer.weights.shape
            size = (height, width)
            return [*padding, keras.layers.Conv2D(outputs, size, strides=layer.stride)]
        case Dense():
            return [keras.layers.Dense(len(layer.weights))]
        case Pool():
            pools = {"max": keras.layers.MaxPooling2D, "average": keras.layers.AveragePooling2D}
            return [pools[layer.kind](layer.size, strides=layer.stride)]
        case Activation():
            return [keras.layers.Activation(layer.kind)]
        case Mean():
            return [keras.layers.GlobalAveragePooling2D()]
        case Flatten():
            return [keras.layers.Flatten()]
        case Dropout():
            return [keras.layers.Dropout(layer.rate)]
        case SideBySide():
            raise AssertionError("in_one_row refuses it")
