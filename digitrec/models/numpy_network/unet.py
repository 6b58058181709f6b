"""A U-Net computed by NumPy alone: `digitrec.models.unet`, with the names of its weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from digitrec.arrays import Float32Array
from digitrec.models.numpy_network.layers import Conv2d, Layer, MaxPool2d, Sequential, conv_norm

__all__ = ["UNet"]


class UNet(Layer):
    """Halves the picture from level to level, and comes back up beside what each level saw.

    Attributes:
        inputs: Channels of the picture.
        first: Of half the picture, whose four pixels have become channels.
        pool: Between a level and the next one down.
        down: Of each level further down.
        up: Of each level, beside those of the level below; from the top on.
        last: To four channels, which become pixels.
    """

    def __init__(self, channels: Sequence[int], inputs: int) -> None:
        """Make one without weights.

        Args:
            channels: Of each level, from half the picture's size down to the smallest.
            inputs: Channels of the picture.
        """
        self.inputs = inputs
        self.first = conv_norm(4 * inputs, channels[0])
        self.pool = MaxPool2d(2)
        self.down = [
            Sequential(conv_norm(above, here), conv_norm(here, here))
            for above, here in pairwise(channels)
        ]
        self.up = [conv_norm(below + here, here) for here, below in pairwise(channels)]
        self.last = Conv2d(channels[0], 4, 3, padding=1)

    def named(self, prefix: str) -> Iterator[tuple[str, Layer, str]]:
        """Return each weight of each layer."""
        yield from self.first.named(f"{prefix}first.")
        yield from Sequential(*self.down).named(f"{prefix}down.")
        yield from Sequential(*self.up).named(f"{prefix}up.")
        yield from self.last.named(f"{prefix}last.")

    def __call__(self, x: Float32Array) -> Float32Array:
        """Return one value for each pixel of x (N, H, W, C), whose sides divide by 2 a level.

        Returns:
            Shape (N, 1, H, W).
        """
        count, height, width, _ = x.shape
        squares = self.pool.rectangles(x).transpose(0, 1, 3, 5, 2, 4)  # (N, H / 2, W / 2, C, 2, 2)
        x = self.first(squares.reshape(count, height // 2, width // 2, 4 * self.inputs))
        seen = [x]
        for layers in self.down:
            x = layers(self.pool(x))  # half as high and wide as the level above
            seen.append(x)
        for above, layers in zip(reversed(seen[:-1]), reversed(self.up), strict=True):
            x = layers(np.concatenate((x.repeat(2, axis=1).repeat(2, axis=2), above), axis=3))
        squares = self.last(x).reshape(count, height // 2, width // 2, 2, 2)
        return squares.transpose(0, 1, 3, 2, 4).reshape(count, 1, height, width)
