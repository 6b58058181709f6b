"""A network computed by NumPy alone.

Importing PyTorch takes longer than reading hundreds of pictures; who reads a few does without.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from digitrec.arrays import Float32Array
from digitrec.models.numpy_network.layers import Layer, Sequential

__all__ = ["NumpyNetwork"]


class NumpyNetwork:
    """Normalisation of the input, then layers; as `digitrec.models.network.Network`."""

    mean: Float32Array
    std: Float32Array

    def __init__(self, layers: Layer, *last: Layer) -> None:
        """Make one without weights.

        Args:
            layers: Those that have weights in a checkpoint file.
            last: Those behind them, which have none.
        """
        self._layers, self._last = layers, Sequential(*last)

    def rows(self) -> list[Layer]:
        """Return the layers in the order in which they are computed."""
        return self._layers.rows() + self._last.rows()

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of each weight by its key in a checkpoint file."""
        named = self._layers.named("layers.")
        return {"mean": (), "std": ()} | {key: layer.shapes[name] for key, layer, name in named}

    def fill(self, weights: Mapping[str, npt.NDArray[Any]]) -> None:
        """Take the weights, each by its key, of the shapes that `shapes` names."""
        self.mean, self.std = weights["mean"], weights["std"]
        for key, layer, name in self._layers.named("layers."):
            setattr(layer, name, weights[key])

    def __call__(self, images: Float32Array) -> Float32Array:
        """Return logits of images (N, C, H, W) in [0, 1], as that of PyTorch does.

        They are computed one by one, so that none depends on those beside it, to the last bit.
        """
        features = ((images - self.mean) / self.std).transpose(0, 2, 3, 1)
        return np.concatenate([self._last(self._layers(one[None])) for one in features])
