"""A network's weights as the arrays of a checkpoint file, and back, strictly."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from digitrec.arrays import Float32Array, NamedArrays
from digitrec.errors import CheckpointError
from digitrec.message_text import shorten
from digitrec.models.numpy_network.network import NumpyNetwork

if TYPE_CHECKING:
    from torch import Tensor

    from digitrec.models.network import Network

__all__ = ["arrays_of", "check_arrays", "fill", "listed", "verify"]


# Other processors and thread counts sum in another order, which moves logits by some 1e-5; damaged
# or mistaken weights move them by far more than this.
LOGIT_TOLERANCE = 1e-2

LARGEST_WEIGHT, SMALLEST_STD = 1e9, 1e-3


def arrays_of(network: Network, check_input: Tensor) -> NamedArrays:
    """Return the arrays that `fill` and `verify` take: ``weights/KEY`` and ``check/…``.

    Args:
        network: In evaluation mode.
        check_input: A few images, float32 (N, C, H, W) in [0, 1]; C is 2 for ink, and else 1.
    """
    images = check_input.detach().cpu().float()
    arrays = {
        f"weights/{key}": value.numpy(force=True).astype("<f4")
        for key, value in network.state_dict().items()
        if _is_stored(key)
    }
    shown = images.numpy()
    return arrays | {"check/input": shown, "check/logits": _logits(network, shown)}


def check_arrays(
    network: Network | NumpyNetwork, names: set[str], answers: Collection[str] = ()
) -> None:
    """Check that a file holds only the arrays of `arrays_of`, and ``answers`` in ``check``.

    Raises:
        CheckpointError: naming those that it should not.
    """
    known = {f"weights/{key}" for key in _shapes(network)}
    extra = names - known - {f"check/{name}" for name in ("input", "logits", *answers)}
    if extra:
        raise CheckpointError(f"it holds unexpected arrays: {listed(extra)}")


def _shapes(network: Network | NumpyNetwork) -> dict[str, tuple[int, ...]]:
    """Return the shape of each array that a file holds of a network's weights."""
    if isinstance(network, NumpyNetwork):
        return network.shapes()
    return {
        key: tuple(value.shape) for key, value in network.state_dict().items() if _is_stored(key)
    }


def _is_stored(key: str) -> bool:
    return not key.endswith("num_batches_tracked")


def fill(network: Network | NumpyNetwork, weights: Mapping[str, npt.NDArray[Any]]) -> None:
    """Make the arrays the weights of a network, which may be on the meta device.

    Raises:
        CheckpointError: if one is missing, or of another shape or type, or not finite.
    """
    shapes = _shapes(network)
    if missing := set(shapes) - set(weights):
        raise CheckpointError(f"weights are missing: {listed(missing)}")
    for key, shape in shapes.items():
        array = weights[key]
        if array.shape != shape:
            raise CheckpointError(f"weights/{key} has the shape {array.shape}, and not {shape}")
        if array.dtype != np.dtype("<f4"):
            raise CheckpointError(f"weights/{key} has the type {array.dtype}, and not float32")
        if not np.isfinite(array).all():
            raise CheckpointError(f"weights/{key} holds numbers that are not finite")
        if array.size:
            _check_range(key, float(array.min()), float(array.max()))
    if isinstance(network, NumpyNetwork):
        network.fill(weights)
        return
    import torch

    # zeros_like on the meta device would import a computer algebra system, which takes a second.
    state = {
        key: torch.from_numpy(weights[key])
        if key in shapes
        else torch.zeros(value.shape, dtype=value.dtype, device="cpu")
        for key, value in network.state_dict().items()
    }
    network.load_state_dict(state, assign=True)


def verify(
    network: Network | NumpyNetwork,
    check: Mapping[str, npt.NDArray[Any]],
    image: tuple[int, ...],
    answer: tuple[int, ...],
) -> None:
    """Compare the logits that the network gives for the stored input with the stored logits.

    Args:
        network: Its weights filled in.
        check: The arrays ``input`` and ``logits``.
        image: Shape of one image.
        answer: Shape of the logits of one image.

    Raises:
        CheckpointError: if they differ, or are not there.
    """
    images, expected = check.get("input"), check.get("logits")
    if images is None or expected is None:
        raise CheckpointError("check/input or check/logits is missing")
    for name, array in (("input", images), ("logits", expected)):
        if array.dtype != np.float32:
            raise CheckpointError(f"check/{name} has the type {array.dtype}, and not float32")
    if images.shape[1:] != image or not 1 <= len(images) <= 64:
        raise CheckpointError(f"check/input has the shape {images.shape}")
    if expected.shape != (len(images), *answer):
        raise CheckpointError(f"check/logits has the shape {expected.shape}")
    with np.errstate(invalid="ignore"):  # NaN and infinity are found below
        error = np.abs(_logits(network, images) - expected).max()
    if not np.isfinite(error) or error > LOGIT_TOLERANCE * max(1.0, np.abs(expected).max()):
        raise CheckpointError(f"its weights do not give the stored logits (off by {error:.3g})")
    extremes = np.stack([np.zeros(image, np.float32), np.ones(image, np.float32)])
    if not np.isfinite(_logits(network, extremes)).all():
        raise CheckpointError("its weights give no finite logits for a blank or a full image")


def _check_range(key: str, lowest: float, highest: float) -> None:
    """Check the smallest and the largest number of an array by what it is used for."""
    if max(-lowest, highest) > LARGEST_WEIGHT:
        raise CheckpointError(f"weights/{key} holds numbers beyond {LARGEST_WEIGHT:g}")
    if key.endswith("running_var") and lowest < 0:
        raise CheckpointError(f"weights/{key} holds a negative variance")
    if key == "std" and lowest < SMALLEST_STD:
        raise CheckpointError(f"weights/std is {lowest:g}, and not at least {SMALLEST_STD:g}")


def _logits(network: Network | NumpyNetwork, images: Float32Array) -> Float32Array:
    if isinstance(network, NumpyNetwork):
        with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is refused
            return network(images)
    import torch

    from digitrec.models.device import default_state

    with torch.inference_mode(), default_state():
        answer = network(torch.from_numpy(images))
        logits: Float32Array = answer.numpy(force=True).astype("<f4")
    return logits


def listed(names: set[str]) -> str:
    """Write the first few of some names."""
    first = sorted(names)[:3]
    return ", ".join(map(shorten, first)) + (
        f" and {len(names) - 3} more" if len(names) > 3 else ""
    )
