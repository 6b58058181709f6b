"""The learning rate over a run, as a factor of ``optimizer.lr``: a pure function of the place."""

from __future__ import annotations

import math

from digitrec.config.choices import OneCycle, Schedule, Step

__all__ = ["factor"]


def factor(schedule: Schedule, step: int, steps_per_epoch: int, epochs: int) -> float:
    """Return the factor at a step (counted from 0 over the whole run)."""
    if isinstance(schedule, OneCycle):
        return _one_cycle(schedule, step / max(1, steps_per_epoch * epochs - 1))
    if isinstance(schedule, Step):
        return float(schedule.gamma ** (step // steps_per_epoch // schedule.every))
    return 1.0


def _one_cycle(schedule: OneCycle, progress: float) -> float:
    """Rise from ``start`` to 1 over the warm-up, then fall to ``end``, each along half a cosine."""
    if progress < schedule.warmup:
        return _cosine(schedule.start, 1.0, progress / schedule.warmup)
    return _cosine(1.0, schedule.end, (progress - schedule.warmup) / (1 - schedule.warmup))


def _cosine(start: float, end: float, progress: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * progress)) / 2
