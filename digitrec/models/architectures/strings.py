"""The network that reads a string of digits that touch: its settings, and its layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from digitrec.config.checks import check_fraction, check_width
from digitrec.config.groups import Model
from digitrec.config.registry import register
from digitrec.models.ctc import CLASSES

if TYPE_CHECKING:
    from digitrec.models.network import StringNetwork

__all__ = ["Strings"]


@register("strings")
@dataclass(frozen=True, kw_only=True)
class Strings(Model):
    """For digits that touch: it reads a string of them whole, column by column."""

    task: ClassVar[str] = "strings"

    width: int = 40
    dropout: float = 0.2

    def __post_init__(self) -> None:
        check_width(self.width)
        check_fraction("model.dropout", self.dropout)

    def build(self) -> StringNetwork:
        """Make the network: images (N, 1, 28, W) to logits (N, W / 2, 12)."""
        from digitrec.models.layers import TorchLayers
        from digitrec.models.network import StringNetwork

        return StringNetwork(self.layers(TorchLayers))

    def layers(self, of: Any) -> Any:
        """Return the layers of PyTorch or NumPy: images (N, 1, 28, W) to one row of logits."""
        width = self.width
        return of.Sequential(
            of.conv_norm(1, width, kernel=5, stride=2),  # (N, width, 14, W / 2)
            of.conv_norm(width, 2 * width),
            of.MaxPool2d((2, 1)),  # 7 rows are left
            of.conv_norm(2 * width, 3 * width),
            of.conv_norm(3 * width, 3 * width),
            of.conv_norm(3 * width, 4 * width, kernel=(7, 1), keep_size=False),  # and 1 row
            of.Dropout(self.dropout),
            of.Conv2d(4 * width, CLASSES, (1, 5), padding=(0, 2)),  # (N, 12, 1, W / 2)
        )
