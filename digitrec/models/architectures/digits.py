"""The networks for single digits that can be chosen: settings, and layers from top to bottom."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from digitrec.config.checks import check_fraction, check_width
from digitrec.config.groups import Model
from digitrec.config.registry import register

if TYPE_CHECKING:
    from digitrec.models.network import Network

__all__ = ["DIGITS", "DigitModel"]

DIGITS = 10  # classes


@dataclass(frozen=True, kw_only=True)
class DigitModel(Model):
    """A network for single digits whose layers either PyTorch or NumPy can compute."""

    @abstractmethod
    def layers(self, of: Any) -> Any:
        """Return the layers: images (N, 1, 28, 28) to logits (N, 10).

        Args:
            of: The kinds of layers there are: `digitrec.models.layers.TorchLayers`, or
                `digitrec.models.numpy_network.layers.NumpyLayers`.
        """

    def build(self) -> Network:
        """Make the network of PyTorch's layers."""
        from digitrec.models.layers import TorchLayers
        from digitrec.models.network import Network

        return Network(self.layers(TorchLayers))


@register("cnn")
@dataclass(frozen=True, kw_only=True)
class Cnn(DigitModel):
    """The classic small convolutional network of the Keras MNIST example.

    Two 3×3 convolutions of 32 and 64 channels, pooling, a dense layer of 128, dropout after the
    pooling and after the dense layer (Srivastava et al. 2014).
    """

    pool_dropout: float = 0.25
    dense_dropout: float = 0.5

    def __post_init__(self) -> None:
        check_fraction("model.pool_dropout", self.pool_dropout)
        check_fraction("model.dense_dropout", self.dense_dropout)

    def layers(self, of: Any) -> Any:
        """Return the layers: images (N, 1, 28, 28) to logits (N, 10)."""
        return of.Sequential(
            of.Conv2d(1, 32, 3),  # (N, 32, 26, 26)
            of.ReLU(inplace=True),
            of.Conv2d(32, 64, 3),  # (N, 64, 24, 24)
            of.ReLU(inplace=True),
            of.MaxPool2d(2),  # (N, 64, 12, 12)
            of.Dropout(self.pool_dropout),
            of.Flatten(),  # (N, 9216)
            of.Linear(64 * 12 * 12, 128),
            of.ReLU(inplace=True),
            of.Dropout(self.dense_dropout),
            of.Linear(128, DIGITS),
        )


@register("lenet5")
@dataclass(frozen=True, kw_only=True)
class LeNet5(DigitModel):
    """LeNet-5 (LeCun, Bottou, Bengio & Haffner 1998), with a softmax in place of its RBF outputs.

    The second convolution sees all six maps rather than the paper's hand-picked subsets.
    """

    def layers(self, of: Any) -> Any:
        """Return the layers: images (N, 1, 28, 28) to logits (N, 10)."""
        return of.Sequential(
            of.Conv2d(1, 6, 5, padding=2),  # (N, 6, 28, 28)
            of.Tanh(),
            of.AvgPool2d(2),  # (N, 6, 14, 14)
            of.Conv2d(6, 16, 5),  # (N, 16, 10, 10)
            of.Tanh(),
            of.AvgPool2d(2),  # (N, 16, 5, 5)
            of.Flatten(),  # (N, 400)
            of.Linear(400, 120),
            of.Tanh(),
            of.Linear(120, 84),
            of.Tanh(),
            of.Linear(84, DIGITS),
        )


@register("fast")
@dataclass(frozen=True, kw_only=True)
class Fast(DigitModel):
    """For training speed: most of the work is done at 14×14 and below."""

    width: int = 32

    def __post_init__(self) -> None:
        check_width(self.width)

    def layers(self, of: Any) -> Any:
        """Return the layers: images (N, 1, 28, 28) to logits (N, 10)."""
        width = self.width
        return of.Sequential(
            of.conv_norm(1, width // 2, kernel=5, stride=2),  # (N, 16, 14, 14)
            of.conv_norm(width // 2, width * 2),  # (N, 64, 14, 14)
            of.MaxPool2d(2),  # (N, 64, 7, 7)
            of.conv_norm(width * 2, width * 2),
            of.MaxPool2d(2),  # (N, 64, 3, 3)
            of.Flatten(),
            of.Linear(width * 2 * 9, DIGITS),
        )


@register("fixed_filters")
@dataclass(frozen=True, kw_only=True)
class FixedFilters(DigitModel):
    """For the shortest training: the first filters are cosines, and are not learnt.

    No gradient goes through the first layer, the largest. It steps by three pixels, so that all
    that is learnt works at 8×8 and below; and what is pooled is normalised after the pooling, on a
    quarter of the places.
    """

    width: int = 64

    def __post_init__(self) -> None:
        check_width(self.width)

    def layers(self, of: Any) -> Any:
        """Return the layers: images (N, 1, 28, 28) to logits (N, 10)."""
        filters, width = of.cosine_filters(16, kernel=7, stride=3), self.width
        return of.Sequential(
            filters,  # (N, 32, 8, 8)
            of.ReLU(inplace=True),
            of.conv_pool_norm(filters.out_channels, width),  # (N, 64, 6, 6), (N, 64, 3, 3)
            of.conv_norm(width, width * 2, keep_size=False),  # (N, 128, 1, 1)
            of.Flatten(),
            of.Linear(width * 2, DIGITS),
        )


@register("fine_filters")
@dataclass(frozen=True, kw_only=True)
class FineFilters(FixedFilters):
    """More accurate, at twice the work: smaller filters, two pixels apart, and one more layer."""

    def layers(self, of: Any) -> Any:
        """Return the layers: images (N, 1, 28, 28) to logits (N, 10)."""
        filters, width = of.cosine_filters(12, kernel=5, stride=2), self.width
        return of.Sequential(
            filters,  # (N, 24, 12, 12)
            of.ReLU(inplace=True),
            of.conv_pool_norm(filters.out_channels, width),  # (N, 64, 10, 10), (N, 64, 5, 5)
            of.conv_norm(width, width * 2, keep_size=False),  # (N, 128, 3, 3)
            of.conv_norm(width * 2, width * 2, keep_size=False),  # (N, 128, 1, 1)
            of.Flatten(),
            of.Linear(width * 2, DIGITS),
        )


@register("deep")
@dataclass(frozen=True, kw_only=True)
class Deep(DigitModel):
    """For accuracy: six batch-normalised 3×3 convolutions in three stages."""

    width: int = 32
    dropout: float = 0.2

    def __post_init__(self) -> None:
        check_width(self.width)
        check_fraction("model.dropout", self.dropout)

    def layers(self, of: Any) -> Any:
        """Return the layers: images (N, 1, 28, 28) to logits (N, 10)."""
        width = self.width
        return of.Sequential(
            of.conv_norm(1, width),  # (N, 32, 28, 28)
            of.conv_norm(width, width),
            of.MaxPool2d(2),  # (N, 32, 14, 14)
            of.conv_norm(width, 2 * width),
            of.conv_norm(2 * width, 2 * width),
            of.MaxPool2d(2),  # (N, 64, 7, 7)
            of.conv_norm(2 * width, 4 * width),
            of.conv_norm(4 * width, 4 * width),
            of.GlobalAverage(),  # (N, 128)
            of.Dropout(self.dropout),
            of.Linear(4 * width, DIGITS),
        )


@register("accurate")
@dataclass(frozen=True, kw_only=True)
class Accurate(DigitModel):
    """For the fewest errors: seven learnt layers behind fixed filters, most of the work at 11×11.

    The first filters are cosines at every pixel, and are not learnt, so that no gradient goes
    through the largest layer. From 11×11 on no layer has a border.
    """

    width: int = 32
    dropout: float = 0.3

    def __post_init__(self) -> None:
        check_width(self.width)
        check_fraction("model.dropout", self.dropout)

    def layers(self, of: Any) -> Any:
        """Return the layers: images (N, 1, 28, 28) to logits (N, 10)."""
        filters, width = of.cosine_filters(12, kernel=5, stride=1), self.width
        return of.Sequential(
            filters,  # (N, 24, 24, 24)
            of.ReLU(inplace=True),
            of.conv_pool_norm(filters.out_channels, 2 * width),  # (N, 64, 22, 22), (N, 64, 11, 11)
            of.conv_norm(2 * width, 3 * width),  # (N, 96, 11, 11)
            of.conv_norm(3 * width, 3 * width),
            of.conv_norm(3 * width, 3 * width, keep_size=False),  # (N, 96, 9, 9)
            of.conv_norm(3 * width, 3 * width, keep_size=False),
            of.conv_norm(3 * width, 6 * width, keep_size=False),  # (N, 192, 5, 5)
            of.conv_norm(6 * width, 6 * width, keep_size=False),
            of.GlobalAverage(),  # (N, 192)
            of.Dropout(self.dropout),
            of.Linear(6 * width, DIGITS),
        )


@register("tiny")
@dataclass(frozen=True, kw_only=True)
class Tiny(DigitModel):
    """Under 10,000 parameters: for small devices, and for looking inside."""

    def layers(self, of: Any) -> Any:
        """Return the layers: images (N, 1, 28, 28) to logits (N, 10)."""
        return of.Sequential(
            of.conv_norm(1, 8),  # (N, 8, 28, 28)
            of.conv_norm(8, 12),
            of.MaxPool2d(2),  # (N, 12, 14, 14)
            of.conv_norm(12, 16),
            of.conv_norm(16, 16),
            of.MaxPool2d(2),  # (N, 16, 7, 7)
            of.conv_norm(16, 24),
            of.GlobalAverage(),  # (N, 24)
            of.Linear(24, DIGITS),
        )


@register("compact")
@dataclass(frozen=True, kw_only=True)
class Compact(DigitModel):
    """Under 10,000 parameters and little work: one layer sees all places, none has a border."""

    def layers(self, of: Any) -> Any:
        """Return the layers: images (N, 1, 28, 28) to logits (N, 10)."""
        return of.Sequential(
            of.conv_pool_norm(1, 16),  # (N, 16, 26, 26), (N, 16, 13, 13)
            of.conv_norm(16, 16, keep_size=False),  # (N, 16, 11, 11)
            of.conv_norm(16, 16, keep_size=False),  # (N, 16, 9, 9)
            of.MaxPool2d(2),  # (N, 16, 4, 4)
            of.conv_norm(16, 24, keep_size=False),  # (N, 24, 2, 2)
            of.GlobalAverage(),  # (N, 24)
            of.Linear(24, DIGITS),
        )
