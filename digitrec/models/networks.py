"""The networks: images (N, 1, 28, 28) in [0, 1], light ink on dark, to logits (N, 10).

A network normalises its input itself, by the ``mean`` and ``std`` it carries as buffers, so that
whoever has the module needs nothing else to use it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.utils import fuse_conv_bn_eval

__all__ = [
    "MODELS",
    "Cnn",
    "Deep",
    "Fast",
    "LeNet5",
    "Network",
    "StringNetwork",
    "Tiny",
    "build",
    "folded",
    "parted",
]

CLASSES = 10
NO_DIGIT_CLASS, BLANK, STRING_CLASSES = 10, 11, 12  # of a `StringNetwork`, beside the digits

# Mean and standard deviation of the pixels of MNIST's 60,000 training images, scaled to [0, 1].
MNIST_MEAN, MNIST_STD = 0.1307, 0.3081


def conv_norm(inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> nn.Sequential:
    """Convolution that keeps the size, batch normalisation (Ioffe & Szegedy 2015), ReLU."""
    return nn.Sequential(
        # The normalisation subtracts the mean, and with it any bias the convolution might have.
        nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class GlobalAverage(nn.Module):
    """Mean over all places: (N, C, H, W) to (N, C)."""

    def forward(self, x: Tensor) -> Tensor:
        """Average each channel of x (N, C, H, W)."""
        return x.mean(dim=(2, 3))


class Network(nn.Module):
    """What all networks share: the input's normalisation, then ``layers``."""

    mean: Tensor
    std: Tensor

    def __init__(self, layers: nn.Module) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(MNIST_MEAN))
        self.register_buffer("std", torch.tensor(MNIST_STD))
        self.layers = layers

    def forward(self, images: Tensor) -> Tensor:
        """Give logits (N, 10) of images (N, 1, 28, 28) in [0, 1]."""
        logits: Tensor = self.layers((images - self.mean) / self.std)
        return logits


class Cnn(Network):
    """The classic small convolutional network of the Keras MNIST example.

    Two 3×3 convolutions of 32 and 64 channels, pooling, a dense layer of 128, dropout after the
    pooling and after the dense layer (Srivastava et al. 2014).
    """

    def __init__(self, pool_dropout: float = 0.25, dense_dropout: float = 0.5) -> None:
        super().__init__(
            nn.Sequential(
                nn.Conv2d(1, 32, 3),  # (N, 32, 26, 26)
                nn.ReLU(inplace=True),
                nn.Conv2d(32, 64, 3),  # (N, 64, 24, 24)
                nn.ReLU(inplace=True),
                nn.MaxPool2d(2),  # (N, 64, 12, 12)
                nn.Dropout(pool_dropout),
                nn.Flatten(),  # (N, 9216)
                nn.Linear(64 * 12 * 12, 128),
                nn.ReLU(inplace=True),
                nn.Dropout(dense_dropout),
                nn.Linear(128, CLASSES),
            )
        )


class LeNet5(Network):
    """LeNet-5 (LeCun, Bottou, Bengio & Haffner 1998), with a softmax in place of its RBF outputs.

    The second convolution sees all six maps rather than the paper's hand-picked subsets.
    """

    def __init__(self) -> None:
        super().__init__(
            nn.Sequential(
                nn.Conv2d(1, 6, 5, padding=2),  # (N, 6, 28, 28)
                nn.Tanh(),
                nn.AvgPool2d(2),  # (N, 6, 14, 14)
                nn.Conv2d(6, 16, 5),  # (N, 16, 10, 10)
                nn.Tanh(),
                nn.AvgPool2d(2),  # (N, 16, 5, 5)
                nn.Flatten(),  # (N, 400)
                nn.Linear(400, 120),
                nn.Tanh(),
                nn.Linear(120, 84),
                nn.Tanh(),
                nn.Linear(84, CLASSES),
            )
        )


class Fast(Network):
    """For training speed: most of the work is done at 14×14 and below."""

    def __init__(self, width: int = 32) -> None:
        super().__init__(
            nn.Sequential(
                conv_norm(1, width // 2, kernel=5, stride=2),  # (N, 16, 14, 14)
                conv_norm(width // 2, width * 2),  # (N, 64, 14, 14)
                nn.MaxPool2d(2),  # (N, 64, 7, 7)
                conv_norm(width * 2, width * 2),
                nn.MaxPool2d(2),  # (N, 64, 3, 3)
                nn.Flatten(),
                nn.Linear(width * 2 * 9, CLASSES),
            )
        )


class Deep(Network):
    """For accuracy: six batch-normalised 3×3 convolutions in three stages."""

    def __init__(self, width: int = 32, dropout: float = 0.2) -> None:
        super().__init__(
            nn.Sequential(
                conv_norm(1, width),  # (N, 32, 28, 28)
                conv_norm(width, width),
                nn.MaxPool2d(2),  # (N, 32, 14, 14)
                conv_norm(width, 2 * width),
                conv_norm(2 * width, 2 * width),
                nn.MaxPool2d(2),  # (N, 64, 7, 7)
                conv_norm(2 * width, 4 * width),
                conv_norm(4 * width, 4 * width),
                GlobalAverage(),  # (N, 128)
                nn.Dropout(dropout),
                nn.Linear(4 * width, CLASSES),
            )
        )


class Tiny(Network):
    """Under 10,000 parameters: for small devices, and for looking inside."""

    def __init__(self) -> None:
        super().__init__(
            nn.Sequential(
                conv_norm(1, 8),  # (N, 8, 28, 28)
                conv_norm(8, 12),
                nn.MaxPool2d(2),  # (N, 12, 14, 14)
                conv_norm(12, 16),
                conv_norm(16, 16),
                nn.MaxPool2d(2),  # (N, 16, 7, 7)
                conv_norm(16, 24),
                GlobalAverage(),  # (N, 24)
                nn.Linear(24, CLASSES),
            )
        )


class StringNetwork(Network):
    """For digits that touch: it reads a string of them whole, and nothing splits it before.

    Each second column of an image gets logits of `STRING_CLASSES`: the ten digits, what is none,
    and a blank between two of them (connectionist temporal classification; Graves, Fernández,
    Gomez & Schmidhuber 2006). Images may have any even width.
    """

    def __init__(self, width: int = 32, dropout: float = 0.2) -> None:
        super().__init__(
            nn.Sequential(
                conv_norm(1, width, kernel=5, stride=2),  # (N, 32, 14, W / 2)
                conv_norm(width, 2 * width),
                nn.MaxPool2d((2, 1)),  # (N, 64, 7, W / 2)
                conv_norm(2 * width, 3 * width),
                conv_norm(3 * width, 3 * width),
                nn.Sequential(
                    nn.Conv2d(3 * width, 4 * width, (7, 1), bias=False),  # (N, 128, 1, W / 2)
                    nn.BatchNorm2d(4 * width),
                    nn.ReLU(inplace=True),
                ),
                nn.Dropout(dropout),
                nn.Conv2d(4 * width, STRING_CLASSES, (1, 5), padding=(0, 2)),
            )
        )

    def forward(self, images: Tensor) -> Tensor:
        """Give logits (N, W / 2, 12) of images (N, 1, 28, W) in [0, 1]."""
        return super().forward(images).squeeze(2).transpose(1, 2)  # (N, 12, 1, W / 2) before


MODELS: dict[str, Callable[..., Network]] = {
    "cnn": Cnn,
    "lenet5": LeNet5,
    "fast": Fast,
    "deep": Deep,
    "tiny": Tiny,
}


def build(name: str, **arguments: int | float) -> Network:
    """Make the network of that name, with its constructor's arguments."""
    return MODELS[name](**arguments)


def folded(network: Network) -> Network:
    """Copy a network in evaluation mode, its batch normalisations folded into its convolutions.

    The copy gives the same logits but for rounding, in two thirds to nine tenths of the time.
    """
    network = copy.deepcopy(network)
    for block in list(network.modules()):
        if isinstance(block, nn.Sequential) and len(block) > 1:
            convolution, normalisation = block[0], block[1]
            if isinstance(convolution, nn.Conv2d) and isinstance(normalisation, nn.BatchNorm2d):
                block[0] = fuse_conv_bn_eval(convolution, normalisation)
                del block[1]
    return network


def parted(network: Network) -> tuple[Network, nn.Sequential]:
    """Part a network after its last pooling into what sees and what decides, weights shared.

    The first gives features (N, C, H, W) of images; the second, logits (N, 10) of features.
    """
    layers = network.layers
    assert isinstance(layers, nn.Sequential)
    pools = [i for i, layer in enumerate(layers) if isinstance(layer, nn.MaxPool2d | nn.AvgPool2d)]
    end = pools[-1] + 1
    sees = Network(layers[:end])
    sees.mean, sees.std = network.mean, network.std
    return sees, layers[end:]
