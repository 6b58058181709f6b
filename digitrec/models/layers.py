"""Layers that several networks share."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Size, Tensor, nn

__all__ = [
    "GlobalAverage",
    "MeanLogits",
    "TorchLayers",
    "conv_norm",
    "split_members",
]


def conv_norm(
    inputs: int,
    outputs: int,
    kernel: int | tuple[int, int] = 3,
    stride: int = 1,
    *,
    keep_size: bool = True,
) -> nn.Sequential:
    """Return a convolution, batch normalisation (Ioffe & Szegedy 2015) and ReLU.

    Args:
        inputs: Channels of the input.
        outputs: Channels of the output.
        kernel: Its side, or its height and width.
        stride: Of the convolution, in both directions.
        keep_size: Pad by half the kernel; else the output is smaller than the input by the kernel
            less one.
    """
    padding = kernel // 2 if keep_size and isinstance(kernel, int) else 0
    return nn.Sequential(
        # The normalisation subtracts the mean, and with it any bias that the convolution had.
        nn.Conv2d(inputs, outputs, kernel, stride, padding=padding, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


def conv_pool_norm(inputs: int, outputs: int) -> nn.Sequential:
    """Return a 3×3 convolution without a border, maximum pooling, batch normalisation and ReLU.

    In this order normalisation and activation have a quarter of the places to work on, and the
    gradient less to go through. The scales of the normalisation stay 1, so that it can be fused
    into the convolution across the pooling, which a positive scale does not affect; the layer
    behind the ReLU can learn what they would have.
    """
    normalisation = nn.BatchNorm2d(outputs)
    normalisation.weight.requires_grad_(False)
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, bias=False),
        nn.MaxPool2d(2),
        normalisation,
        nn.ReLU(inplace=True),
    )


def cosine_filters(count: int, kernel: int, stride: int) -> nn.Conv2d:
    """Return a convolution of one channel whose filters are fixed, not learnt.

    They are the smoothest functions of the two-dimensional discrete cosine transform (Ahmed,
    Natarajan & Rao 1974), which for pictures come near to principal components, each once as it is
    and once negated, so that a ReLU behind them keeps both signs. Finer functions respond to
    strokes more weakly; they are scaled up by their frequency.

    Args:
        count: Of functions; the output has twice as many channels.
        kernel: Side of the filters.
        stride: In both directions.
    """
    steps = (torch.arange(kernel) + 0.5) * math.pi / kernel
    waves = torch.cos(torch.arange(kernel)[:, None] * steps)  # (frequencies, kernel)
    waves /= waves.norm(dim=1, keepdim=True)
    pairs = sorted(
        ((i, j) for i in range(kernel) for j in range(kernel)), key=lambda pair: (sum(pair), pair)
    )
    filters = torch.stack(
        [torch.outer(waves[i], waves[j]) * (1 + i + j) / kernel for i, j in pairs[:count]]
    )
    layer = nn.Conv2d(1, 2 * count, kernel, stride, bias=False)
    layer.weight.data.copy_(torch.cat([filters, -filters])[:, None])
    layer.weight.requires_grad_(False)
    return layer


class GlobalAverage(nn.Module):
    """Mean over all places: (N, C, H, W) to (N, C)."""

    def forward(self, x: Tensor) -> Tensor:
        """Average each channel of x (N, C, H, W)."""
        return x.mean(dim=(2, 3))


class TorchLayers:
    """The layers from which a network is built (`digitrec.models.architectures.digits`)."""

    Sequential, Conv2d, ReLU, Tanh = nn.Sequential, nn.Conv2d, nn.ReLU, nn.Tanh
    MaxPool2d, AvgPool2d, GlobalAverage = nn.MaxPool2d, nn.AvgPool2d, GlobalAverage
    Flatten, Dropout, Linear = nn.Flatten, nn.Dropout, nn.Linear
    conv_norm, conv_pool_norm = staticmethod(conv_norm), staticmethod(conv_pool_norm)
    cosine_filters = staticmethod(cosine_filters)


class MeanLogits(nn.Module):
    """Networks side by side, whose logits are averaged."""

    def __init__(self, members: Sequence[nn.Module]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, images: Tensor) -> Tensor:
        """Return the mean of the members' logits (N, 10) of images (N, 1, 28, 28)."""
        return torch.stack([member(images) for member in self.members]).mean(dim=0)


def split_members(
    parts: Sequence[tuple[nn.Module, nn.Module]], images: Tensor
) -> tuple[nn.Module, nn.Module]:
    """Return networks side by side as two modules, what goes between them in one row.

    Args:
        parts: Of each member, the module that gives features, and the one that gives logits (N, 10)
            of them.
        images: Of the shape that the first ones take.

    Returns:
        The module that gives features (N, F), and the one that gives the mean of the logits.
    """
    with torch.no_grad():
        shapes = [first(images).shape[1:] for first, _ in parts]
    return _Features([first for first, _ in parts]), _MeanOfFeatures(
        [second for _, second in parts], shapes
    )


class _Features(nn.Module):
    def __init__(self, members: Sequence[nn.Module]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, images: Tensor) -> Tensor:
        return torch.cat([member(images).flatten(1) for member in self.members], dim=1)


class _MeanOfFeatures(nn.Module):
    def __init__(self, members: Sequence[nn.Module], shapes: Sequence[Size]) -> None:
        super().__init__()
        self.members, self._shapes = nn.ModuleList(members), shapes

    def forward(self, features: Tensor) -> Tensor:
        each = torch.split_with_sizes(features, [shape.numel() for shape in self._shapes], dim=1)
        logits = [
            member(part.reshape(-1, *shape))
            for member, part, shape in zip(self.members, each, self._shapes, strict=True)
        ]
        return torch.stack(logits).mean(dim=0)
