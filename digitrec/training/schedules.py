"""The learning rate over a run, as a factor of ``optimizer.lr``: a pure function of progress."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from digitrec.config.checks import check, check_fraction
from digitrec.config.groups import Schedule
from digitrec.config.registry import register

__all__ = ["OneCycle"]


@register("onecycle")
@dataclass(frozen=True, kw_only=True)
class OneCycle(Schedule):
    """Up and down once, each along half a cosine (Smith & Topin 2018).

    Attributes:
        warmup: Part of the run in which the rate goes up.
        start: Factor at the first step.
        end: Factor at the last step.
    """

    warmup: float = 0.3
    start: float = 0.04
    end: float = 0.001

    def __post_init__(self) -> None:
        check_fraction("schedule.warmup", self.warmup)
        check(0 <= self.start <= 1, "schedule.start", "from 0 to 1", self.start)
        check(0 <= self.end <= 1, "schedule.end", "from 0 to 1", self.end)

    def factor(self, step: int, steps_per_epoch: int, epochs: int) -> float:
        """Rise from ``start`` to 1 over the warm-up, then fall to ``end``."""
        progress = step / max(1, steps_per_epoch * epochs - 1)
        if progress < self.warmup:
            return _cosine(self.start, 1.0, progress / self.warmup)
        return _cosine(1.0, self.end, (progress - self.warmup) / (1 - self.warmup))


@register("step")
@dataclass(frozen=True, kw_only=True)
class Step(Schedule):
    """Times ``gamma`` after every ``every`` epochs."""

    extends: ClassVar[bool] = True
    gamma: float = 0.7
    every: int = 1

    def __post_init__(self) -> None:
        check(0 < self.gamma <= 1, "schedule.gamma", "above 0, at most 1", self.gamma)
        check(self.every >= 1, "schedule.every", "at least 1", self.every)

    def factor(self, step: int, steps_per_epoch: int, epochs: int) -> float:
        """Return a power of ``gamma``."""
        return float(self.gamma ** (step // steps_per_epoch // self.every))


@register("constant")
@dataclass(frozen=True, kw_only=True)
class Constant(Schedule):
    """The same learning rate throughout."""

    extends: ClassVar[bool] = True

    def factor(self, step: int, steps_per_epoch: int, epochs: int) -> float:
        """Return 1."""
        return 1.0


def _cosine(start: float, end: float, progress: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * progress)) / 2
