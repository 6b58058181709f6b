"""Finished runs made up for tests: folders as training leaves them, without any training."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from digitrec.arrays import BoolArray, Int64Array
from digitrec.config.train_config import TrainConfig
from digitrec.data.clusters import Clusters
from digitrec.data.sets.single import MnistData
from digitrec.models.architectures.digits import Deep
from digitrec.training.run_directory import (
    DataIdentity,
    Environment,
    GitState,
    MetricsRow,
    Predictions,
    Result,
    RunDir,
    experiment_name,
)

CHECKSUM = "0123456789abcdef"


@mock.patch("digitrec.storage.atomic.os.fsync", new=bool)  # slow, and these need outlast no crash
def made_up_run(
    folder: Path,
    wrong: BoolArray,
    seed: int = 0,
    config: TrainConfig | None = None,
    checksum: str = CHECKSUM,
    seconds: float = 60.0,
    parameters: int = 1000,
    labels: Int64Array | None = None,
    clusters: Clusters | None = None,
    **settings: Any,
) -> Path:
    """Write the folder of a run that misreads the test images where ``wrong`` (N,) is true.

    A misread image is read as the digit after its own. Without labels, image i shows i modulo 10.
    """
    config = dataclasses.replace(
        config or TrainConfig(), seed=seed, run_dir=str(folder), **settings
    )
    name = config.data.name
    identity = DataIdentity(name, checksum)
    run = RunDir.create(config, made_up_environment(data=identity))
    if labels is None:
        labels = np.arange(len(wrong)) % 10
    logits = np.zeros((len(wrong), 10), np.float32)
    logits[np.arange(len(wrong)), (labels + wrong) % 10] = 5.0
    run.write_predictions(Predictions(logits, labels, identity, clusters))
    rng = np.random.default_rng(seed)
    run.write_metrics(
        [
            made_up_row(
                epoch,
                train_loss=round(float(2 / epoch + rng.random() / 10), 6),
                validation_loss=round(float(1 / epoch + rng.random() / 10), 6),
                validation_accuracy=round(1 - 0.1 / epoch - rng.random() / 100, 4),
                seconds=round(seconds / config.epochs, 3),
            )
            for epoch in range(1, config.epochs + 1)
        ]
    )
    count = int(wrong.sum())
    run.write_result(
        made_up_result(
            config,
            parameters=parameters,
            multiply_accumulates=10 * parameters,
            test_accuracy=1 - count / len(wrong),
            test_errors=count,
            test_count=len(wrong),
            train_seconds=seconds,
            model_file="model.h5",
        )
    )
    return folder


def made_up_environment(**values: Any) -> Environment:
    """Return an environment, with these values in place of the usual ones."""
    usual: dict[str, Any] = {
        "versions": {"python": "3.11", "torch": "2.4"},
        "platform": "Linux",
        "device": "cpu",
        "device_name": "x86_64",
        "threads": 1,
        "deterministic_algorithms": True,
        "git": GitState("0" * 40, False),
        "data": DataIdentity("mnist", CHECKSUM),
        "seeding": {"seed": 0},
        "command": ("digitrec", "train"),
    }
    return Environment(**(usual | values))


def made_up_result(config: TrainConfig | None = None, **values: Any) -> Result:
    """Return the result of a run of this configuration, with these values in place of the usual."""
    config = config or TrainConfig()
    usual: dict[str, Any] = {
        "status": "finished",
        "experiment": experiment_name(config),
        "model": config.model.name,
        "data": config.data.name,
        "seed": config.seed,
        "epochs": config.epochs,
        "parameters": 1000,
        "multiply_accumulates": 10_000,
    }
    return Result(**(usual | values))


def made_up_row(epoch: int, **values: Any) -> MetricsRow:
    """Return a row of metrics.csv, with these values in place of the usual ones."""
    usual: dict[str, Any] = {
        "train_loss": 0.123456,
        "validation_loss": 0.1,
        "validation_accuracy": 0.98765,
        "learning_rate": 1.0,
        "images_per_second": 1000.0,
        "seconds": 7.0,
    }
    return MetricsRow(epoch=epoch, **(usual | values))


def errors_at(images: int, *missed: int) -> BoolArray:
    """Return which images are misread: those whose numbers are given."""
    wrong = np.zeros(images, np.bool_)
    wrong[list(missed)] = True
    return wrong


def many_runs(place: Path, recipes: int, seeds: int, images: int = 10_000) -> None:
    """Write recipes × seeds runs that differ in width and learning rate."""
    rng = np.random.default_rng(0)
    base = TrainConfig()
    for recipe in range(recipes):
        optimizer = dataclasses.replace(base.optimizer, lr=round(0.1 + recipe / 100, 3))
        hard = rng.random(images) < 0.02
        config = dataclasses.replace(
            base, data=MnistData(), model=Deep(width=8 + 2 * (recipe % 4)),
            optimizer=optimizer, experiment="sweep", epochs=12,
        )  # fmt: skip
        for seed in range(seeds):
            wrong = hard & (rng.random(images) < 0.3 + recipe / 200)
            made_up_run(
                place / f"{recipe:03}-{seed}", wrong, seed, config,
                seconds=60.0 + recipe, parameters=1000 * (1 + recipe),
            )  # fmt: skip


def write_recipe(place: Path, experiment: str, *runs: range, **settings: Any) -> None:
    """Write a run a seed of an experiment, each misreading the images of a range of 2,000."""
    for seed, misread in enumerate(runs):
        folder = place / experiment / str(seed)
        made_up_run(
            folder, errors_at(2000, *misread), seed, experiment=experiment, epochs=1, **settings
        )
