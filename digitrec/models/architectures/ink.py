"""The network that finds handwritten ink on paper: its settings, and its layers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from digitrec.config.checks import check, check_width
from digitrec.config.groups import Model
from digitrec.config.registry import register

if TYPE_CHECKING:
    from digitrec.models.network import InkNetwork

__all__ = ["INK_CHANNELS", "INK_STEP", "Ink"]

INK_CHANNELS = 2
"""Of an image of a network for ink: two contrasts (`digitrec.imaging.local_contrast`)."""

INK_STEP = 16
"""The sides of the images of a network for ink are multiples of this."""


@register("ink")
@dataclass(frozen=True, kw_only=True)
class Ink(Model):
    """For finding handwritten ink on paper, in form boxes, beside print: pixel by pixel."""

    task: ClassVar[str] = "ink"
    before: ClassVar[Mapping[str, Any]] = {"context": 1}

    width: int = 24
    context: int = 2

    def __post_init__(self) -> None:
        check_width(self.width)
        check(self.context in (1, 2), "model.context", "1 or 2", self.context)

    def build(self) -> InkNetwork:
        """Make the network: images (N, 2, H, W) to logits (N, 1, H, W)."""
        from digitrec.models.network import InkNetwork
        from digitrec.models.unet import UNet

        return InkNetwork(UNet(self.channels, INK_CHANNELS))

    @property
    def channels(self) -> list[int]:
        """Of the levels of a U-Net: at a half, a quarter, an eighth and a sixteenth of the size."""
        parts = (6, 8, 12 * self.context, 16 * self.context)  # the last two see the context
        return [self.width * part // 6 for part in parts]
