"""The network that tells marks between digits apart: its settings, and its layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from digitrec.config.checks import check_width
from digitrec.config.groups import Model
from digitrec.config.registry import register

if TYPE_CHECKING:
    from digitrec.models.network import MarkNetwork

__all__: list[str] = []


@register("marks")
@dataclass(frozen=True, kw_only=True)
class MarkClasses(Model):
    """For decimal points, commas, dashes and other marks between digits."""

    task: ClassVar[str] = "marks"

    width: int = 16

    def __post_init__(self) -> None:
        check_width(self.width)

    def build(self) -> MarkNetwork:
        """Make the network: images (N, 1, 32, 48) to logits (N, 8)."""
        from torch import nn

        from digitrec.models.layers import conv_norm
        from digitrec.models.marks import NO_MARK
        from digitrec.models.network import MarkNetwork

        width = self.width
        return MarkNetwork(
            nn.Sequential(
                conv_norm(1, width, kernel=5, stride=2),  # (N, 16, 16, 24)
                conv_norm(width, 2 * width),
                nn.MaxPool2d(2),  # (N, 32, 8, 12)
                conv_norm(2 * width, 3 * width),
                nn.MaxPool2d(2),  # (N, 48, 4, 6)
                nn.Flatten(),
                nn.Dropout(0.2),
                nn.Linear(3 * width * 4 * 6, NO_MARK + 1),
            )
        )
