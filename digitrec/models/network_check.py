"""Checks that what a model of the configuration builds is a network of its task."""

from __future__ import annotations

import copy

import torch

from digitrec.config.groups import Model
from digitrec.errors import ConfigError
from digitrec.models.architectures.digits import DIGITS
from digitrec.models.architectures.ink import INK_CHANNELS
from digitrec.models.ctc import CLASSES
from digitrec.models.marks import NO_MARK, WINDOW
from digitrec.models.network import Network

__all__ = ["check_network"]

# By task: an image, and its logits.
SHAPES = {
    "digits": ((1, 1, 28, 28), (1, DIGITS)),
    "strings": ((1, 1, 28, 48), (1, 24, CLASSES)),
    "ink": ((1, INK_CHANNELS, 64, 96), (1, 1, 64, 96)),
    "marks": ((1, 1, *WINDOW), (1, NO_MARK + 1)),
}


def check_network(model: Model) -> None:
    """Check what a model of the configuration builds, before data are loaded for it.

    Raises:
        ConfigError: if it is not a `Network`, or does not make logits of an image.
    """
    network: object = model.build()
    if not isinstance(network, Network):
        raise ConfigError(
            f"model={model.name}: its build() returns {type(network).__name__}, not a "
            "digitrec.models.network.Network"
        )
    image, logits = SHAPES[model.task]
    idle = copy.deepcopy(network).to("meta").eval()
    try:
        with torch.inference_mode():
            given = tuple(idle(torch.empty(image, device="meta")).shape)
    except (RuntimeError, TypeError, ValueError) as error:
        raise ConfigError(
            f"model={model.name}: its network cannot read images {image}: {error}"
        ) from error
    if given != logits:
        raise ConfigError(
            f"model={model.name}: from images {image} its network makes {given}, not logits "
            f"{logits}"
        )
