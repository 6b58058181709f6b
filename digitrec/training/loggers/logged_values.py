"""What is logged of a run: numbers by name, and files."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from digitrec.training.run_directory import MetricsRow, Result, RunDir

__all__ = ["measured", "outcome", "run_artifacts"]


def measured(row: MetricsRow) -> dict[str, float]:
    """Return what was measured in an epoch, by name."""
    return {k: v for k, v in asdict(row).items() if k != "epoch" and v is not None}


def outcome(result: Result) -> dict[str, float]:
    """Return the result of a run, by name."""
    names = ("test_accuracy", "test_loss", "test_ece", "temperature", "train_seconds", "parameters")
    return {name: value for name in names if (value := getattr(result, name)) is not None}


def run_artifacts(folder: RunDir) -> list[Path]:
    """Return the files of a finished run that loggers keep: the network and the plots."""
    return [file for file in (folder.model, *sorted(folder.path.glob("*.png"))) if file.is_file()]
