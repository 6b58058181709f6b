"""What a run prints at its start and at its end."""

from __future__ import annotations

from digitrec.config.train_config import TrainConfig
from digitrec.data.dataset import DataSet
from digitrec.models import complexity
from digitrec.models.network import Network
from digitrec.training.metrics import Report
from digitrec.training.run_directory import Environment, Result, RunDir

__all__ = ["print_end", "print_start"]


def print_start(
    folder: RunDir,
    config: TrainConfig,
    network: Network,
    dataset: DataSet,
    environment: Environment,
) -> None:
    """Print what will be trained, on which data and device, and where the run directory is."""
    count, work = complexity.parameters(network), complexity.multiply_accumulates(network)
    print(
        f"model   {config.model.name}: {count:,} parameters, {work:,} multiply-accumulates an image"
    )
    print(
        f"data    {dataset.name}: {len(dataset.train):,} images to train on, "
        f"{len(dataset.validation):,} to validate, {len(dataset.test):,} to test"
    )
    print(
        f"device  {environment.device} ({environment.device_name}), "
        f"{environment.threads} threads, {config.precision}; seed {config.seed}"
    )
    print(f"run     {folder.path}", flush=True)


def print_end(folder: RunDir, result: Result, judged: Report | None) -> None:
    """Print the result of a finished run.

    Args:
        folder: The run directory.
        result: What result.json holds.
        judged: How the network does on the test set; None if it was not scored.
    """
    if judged:
        low, high = judged.accuracy_interval
        print(
            f"test    {judged.accuracy:.2%} right ({judged.errors:,} of {judged.count:,} misread; "
            f"95% interval {low:.2%} to {high:.2%}), calibration error {judged.ece:.2%}"
        )
    print(f"time    {result.train_seconds:.1f} s of training in {result.epochs} epochs")
    print(f"weights {folder.model}")
    print(f"next    python -m digitrec.predict IMAGE --checkpoint {folder.model}", flush=True)
