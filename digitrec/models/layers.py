"""Layers that several networks share."""

from __future__ import annotations

from torch import Tensor, nn

__all__ = ["GlobalAverage", "conv_norm"]


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


class GlobalAverage(nn.Module):
    """Mean over all places: (N, C, H, W) to (N, C)."""

    def forward(self, x: Tensor) -> Tensor:
        """Average each channel of x (N, C, H, W)."""
        return x.mean(dim=(2, 3))
