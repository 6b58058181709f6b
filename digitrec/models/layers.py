"""Layers that several networks share."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

__all__ = ["GlobalAverage", "TorchLayers", "conv_norm"]


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
        inputs: channels of the input.
        outputs: channels of the output.
        kernel: its side, or its height and width.
        stride: of the convolution, in both directions.
        keep_size: pad by half the kernel; else the output is smaller than the input by the kernel
            less one.
    """
    padding = kernel // 2 if keep_size and isinstance(kernel, int) else 0
    return nn.Sequential(
        # The normalisation subtracts the mean, and with it any bias that the convolution had.
        nn.Conv2d(inputs, outputs, kernel, stride, padding=padding, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


def cosine_filters(count: int, kernel: int, stride: int) -> nn.Conv2d:
    """Return a convolution of one channel whose filters are fixed: they are not learnt.

    They are the smoothest functions of the two-dimensional discrete cosine transform (Ahmed,
    Natarajan & Rao 1974), which for pictures come near to principal components, each once as it is
    and once negated, so that a ReLU behind them keeps both signs. Finer functions respond to
    strokes more weakly; they are scaled up by their frequency.

    Args:
        count: of functions; the output has twice as many channels.
        kernel: side of the filters.
        stride: in both directions.
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
    """The layers that a description of a network is given (`digitrec.models.architectures`)."""

    Sequential, Conv2d, ReLU, Tanh = nn.Sequential, nn.Conv2d, nn.ReLU, nn.Tanh
    MaxPool2d, AvgPool2d, GlobalAverage = nn.MaxPool2d, nn.AvgPool2d, GlobalAverage
    Flatten, Dropout, Linear = nn.Flatten, nn.Dropout, nn.Linear
    conv_norm, cosine_filters = staticmethod(conv_norm), staticmethod(cosine_filters)
