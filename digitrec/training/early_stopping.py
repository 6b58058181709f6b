"""Stop a run whose validation accuracy no longer rises, and keep the weights of its best epoch."""

from __future__ import annotations

from collections.abc import Sequence

from digitrec.training.run_directory import MetricsRow

__all__ = ["best_epoch", "has_stopped_improving"]


def best_epoch(rows: Sequence[MetricsRow]) -> int:
    """Return the epoch with the highest validation accuracy, the first of equal ones; from 1."""
    return max(rows, key=lambda row: (row.validation_accuracy or 0.0, -row.epoch)).epoch


def has_stopped_improving(rows: Sequence[MetricsRow], patience: int | None) -> bool:
    """Tell whether the last ``patience`` epochs were no better than the best one before them."""
    return patience is not None and bool(rows) and rows[-1].epoch - best_epoch(rows) >= patience
