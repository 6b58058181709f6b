"""What all networks share: images (N, C, H, W) in [0, 1], light ink on dark, to logits.

Images have one channel, and two where the network finds ink: see `InkNetwork`.

A network normalises its input itself, by the ``mean`` and ``std`` that it carries as buffers, so
that whoever has the module needs nothing else to use it. `digitrec.models.architectures` makes its
layers.
"""

from __future__ import annotations

import copy
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.utils import fuse_conv_bn_eval

from digitrec.models.layers import MeanLogits, split_members

__all__ = [
    "InkNetwork",
    "MarkNetwork",
    "Network",
    "StringNetwork",
    "fuse_batch_norm",
    "split_after_pooling",
]

# Mean and standard deviation of the pixels of MNIST's 60,000 training images, scaled to [0, 1].
MNIST_MEAN, MNIST_STD = 0.1307, 0.3081
# Of what `digitrec.imaging.local_contrast` and `mark_windows` make. Beyond the edge of a picture,
# convolutions see 0: the mean, which is also what stands around a picture that is smaller than its
# batch.
CONTRAST_MEAN, CONTRAST_STD = 128 / 255, 0.2


class Network(nn.Module):
    """Normalisation of the input, then ``layers``."""

    mean: Tensor
    std: Tensor

    def __init__(self, layers: nn.Module) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(MNIST_MEAN))
        self.register_buffer("std", torch.tensor(MNIST_STD))
        self.layers = layers

    def forward(self, images: Tensor) -> Tensor:
        """Return logits (N, 10) of images (N, 1, 28, 28) in [0, 1]."""
        logits: Tensor = self.layers((images - self.mean) / self.std)
        return logits


class StringNetwork(Network):
    """A network that reads a string of digits whole; nothing splits the image before.

    Each second column of an image gets logits of `digitrec.models.ctc.CLASSES` classes: the ten
    digits, not a digit, and a blank between two characters (connectionist temporal classification;
    Graves, Fernández, Gomez & Schmidhuber 2006). Images may have any even width.
    """

    def forward(self, images: Tensor) -> Tensor:
        """Return logits (N, W / 2, 12) of images (N, 1, 28, W) in [0, 1]."""
        return super().forward(images).squeeze(2).transpose(1, 2)  # (N, 12, 1, W / 2) before


class InkNetwork(Network):
    """A network that says, for each pixel of a picture, how much of it handwritten ink covers."""

    def __init__(self, layers: nn.Module) -> None:
        super().__init__(layers)
        self.mean.fill_(CONTRAST_MEAN)
        self.std.fill_(CONTRAST_STD)

    def forward(self, images: Tensor) -> Tensor:
        """Return logits (N, 1, H, W), one for each pixel, of images (N, 2, H, W) in [0, 1].

        The images show `digitrec.imaging.local_contrast`; H and W are multiples of
        `digitrec.models.architectures.ink.INK_STEP`.
        """
        return super().forward(images)


class MarkNetwork(Network):
    """A network that tells which mark a piece of ink is, or that it is none."""

    def __init__(self, layers: nn.Module) -> None:
        super().__init__(layers)
        self.mean.fill_(CONTRAST_MEAN)
        self.std.fill_(CONTRAST_STD)

    def forward(self, images: Tensor) -> Tensor:
        """Return logits (N, 8) of images (N, 1, 32, 96) in [0, 1].

        The images show `digitrec.imaging.lines.mark_windows`; the classes are those of
        `digitrec.models.marks`.
        """
        return super().forward(images)


def fuse_batch_norm(network: Network) -> Network:
    """Copy a network in evaluation mode, its batch normalisations fused into its convolutions.

    The copy gives the same logits but for rounding, in two thirds to nine tenths of the time.
    """
    network = copy.deepcopy(network)
    for block in list(network.modules()):
        if isinstance(block, nn.Sequential) and len(block) > 1:
            place = 2 if _pools(block) else 1
            convolution, normalisation = block[0], block[place]
            if not isinstance(convolution, nn.Conv2d):
                continue
            if isinstance(normalisation, nn.BatchNorm2d):
                if place == 2 and not (normalisation.weight > 0).all():
                    continue  # the largest before a negative scale is the smallest behind it
                block[0] = fuse_conv_bn_eval(convolution, normalisation)
                del block[place]
    return network


def _pools(block: nn.Module) -> bool:
    """Return whether a block is that of `digitrec.models.layers.conv_pool_norm`, fused or not."""
    kinds = [type(one) for one in block] if isinstance(block, nn.Sequential) else []
    return kinds[:2] == [nn.Conv2d, nn.MaxPool2d] and kinds[2:] in (
        [nn.BatchNorm2d, nn.ReLU],
        [nn.ReLU],
    )


def split_after_pooling(network: Network) -> tuple[Network, nn.Sequential]:
    """Split a network after its last pooling layer; the weights are shared with it.

    Where its layers are not in one row, or none of them pools, the first part only normalises. An
    ensemble is split in each of its members.

    Returns:
        The part that gives features (N, C, H, W), of an ensemble (N, F), of images, and the part
        that gives logits (N, 10) of features.
    """
    layers = network.layers
    if isinstance(layers, MeanLogits):
        members = [cast(Network, member) for member in layers.members]
        parts = [split_after_pooling(member) for member in members]
        first, second = split_members(parts, torch.zeros(1, 1, 28, 28, device=network.mean.device))
        features = Network(first)
        features.mean, features.std = network.mean, network.std
        return features, nn.Sequential(second)
    if not isinstance(layers, nn.Sequential):
        layers = nn.Sequential(layers)
    pools = [
        i
        for i, layer in enumerate(layers)
        if isinstance(layer, nn.MaxPool2d | nn.AvgPool2d) or _pools(layer)
    ]
    end = pools[-1] + 1 if pools else 0
    features = Network(layers[:end])
    features.mean, features.std = network.mean, network.std
    return features, layers[end:]
