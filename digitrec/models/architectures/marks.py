"""The network that tells marks between digits apart: its settings, and its layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from digitrec.config.checks import check_width
from digitrec.config.groups import Model
from digitrec.config.registry import register
from digitrec.models.marks import NO_MARK

if TYPE_CHECKING:
    from digitrec.models.network import MarkNetwork

__all__ = ["MarkClasses"]


@register("marks")
@dataclass(frozen=True, kw_only=True)
class MarkClasses(Model):
    """For decimal points, commas, dashes and other marks between digits."""

    task: ClassVar[str] = "marks"

    width: int = 16

    def __post_init__(self) -> None:
        check_width(self.width)

    def build(self) -> MarkNetwork:
        """Make the network: images (N, 1, 32, 96) to logits (N, 8)."""
        from digitrec.models.layers import TorchLayers
        from digitrec.models.network import MarkNetwork

        return MarkNetwork(self.layers(TorchLayers))

    def layers(self, of: Any) -> Any:
        """Return the layers of PyTorch or NumPy, as `DigitModel.layers` does."""
        width = self.width
        return of.Sequential(
            of.conv_norm(1, width, kernel=5, stride=2),  # (N, 16, 16, 48)
            of.conv_norm(width, 2 * width),
            of.MaxPool2d(2),  # (N, 32, 8, 24)
            of.conv_norm(2 * width, 3 * width),
            of.MaxPool2d(2),  # (N, 48, 4, 12)
            of.conv_norm(3 * width, 4 * width),
            of.Flatten(),
            of.Dropout(0.2),
            # What stands in the middle is told by what stands beside it: hence a layer between.
            of.Linear(4 * width * 4 * 12, 4 * width),
            of.ReLU(),
            of.Dropout(0.2),
            of.Linear(4 * width, NO_MARK + 1),
        )
