"""What a run prints at its start and at its end."""

from __future__ import annotations

from typing import Any

import torch

from digitrec.config.train_config import HELD_OUT_IMAGES, TrainConfig
from digitrec.data.dataset import AnyDataSet
from digitrec.message_text import counted, printable
from digitrec.models import complexity
from digitrec.models.device import pick_precision
from digitrec.models.network import Network
from digitrec.training.run_directory import Environment, Result, RunDir
from digitrec.training.tasks.task import Finished

__all__ = ["print_end", "print_start"]

NEVER_REJECTS = (
    "takes everything for a digit, because it was trained on nothing else; data=mnist_pen "
    "data.nondigits=0.14 teaches it to reject"
)


def print_start(
    folder: RunDir,
    config: TrainConfig,
    network: Network,
    dataset: AnyDataSet[Any],
    environment: Environment,
) -> None:
    """Print what will be trained, on which data and device, and where the run directory is."""
    precision = pick_precision(config.precision, torch.device(environment.device))
    count, work = complexity.parameters(network), complexity.multiply_accumulates(network)
    print(
        f"model   {config.model.name}: {count:,} parameters, {work:,} multiply-accumulates an image"
    )
    print(
        f"data    {dataset.name}: {len(dataset.train):,} images to train on, "
        f"{len(dataset.validation):,} to validate, {len(dataset.test):,} to test"
    )
    if config.validation not in (0, HELD_OUT_IMAGES, len(dataset.validation)):
        print(
            f"note    data={config.data.name} has its own validation part; validation="
            f"{config.validation} is ignored (only 0 has an effect: it adds that part to training)"
        )
    print(
        f"device  {environment.device} ({environment.device_name}), "
        f"{counted(environment.threads, 'thread')}, {precision}; seed {config.seed}"
    )
    print(f"run     {printable(str(folder.path))}", flush=True)


def print_end(folder: RunDir, result: Result, done: Finished, epochs: int) -> None:
    """Print the result of a finished run.

    Args:
        folder: The run directory.
        result: What result.json holds.
        done: The trained network and its scores.
        epochs: How many were trained.
    """
    if result.best_epoch is not None:
        print(f"kept    the weights of epoch {result.best_epoch}, the best on validation images")
    if done.summary:
        print(f"test    {done.summary}")
    print(f"time    {result.train_seconds:.1f} s of training in {counted(epochs, 'epoch')}")
    if result.rejection_threshold == 0:
        print(f"note    {NEVER_REJECTS}")
    print(f"weights {printable(str(folder.model))}")
    print(f"next    {printable(done.next_step(folder))}", flush=True)
