"""The directory of one run: its files, and the modules that write and read them.

=================  ===============================================================================
config.yaml        the whole configuration, with nothing left to defaults, between lines of --- and
                   ..., which show that nothing is cut off
environment.json   versions, device, threads, git commit, data, seeding (`environment_file`)
metrics.csv        one row per epoch (`metrics_file`)
result.json        the result; its ``status`` is running, interrupted, failed, pruned or finished
                   (`result_file`)
model.h5           the trained network (`digitrec.models.checkpoint`)
predictions.h5     the logits of the trained network for the test images (`predictions_file`)
curves.png, confusion.png, mistakes.png   (`digitrec.training.plots`)
state.h5           all that is needed to resume the run (`resumable_state`); of a finished run it
                   is kept where the run can go on for more epochs
.lock              while a run is under way: held by the process that trains it
tensorboard/, mlflow.txt, wandb.txt   written by a logger, if one is chosen
=================  ===============================================================================

A run never overwrites another. Each file appears whole or not at all.
"""

from __future__ import annotations

from digitrec.training.run_directory.directory import RUN_FILES, RunDir, SilentRunDir
from digitrec.training.run_directory.environment_file import (
    CheckpointIdentity,
    DataIdentity,
    Environment,
    GitState,
    Origins,
)
from digitrec.training.run_directory.location import (
    EXPERIMENTS,
    check_target,
    experiment_name,
    new_run_name,
)
from digitrec.training.run_directory.metrics_file import MetricsRow
from digitrec.training.run_directory.predictions_file import Predictions, StringPredictions
from digitrec.training.run_directory.result_file import Result, Status
from digitrec.training.run_directory.resumable_state import Position

__all__ = [
    "EXPERIMENTS",
    "RUN_FILES",
    "CheckpointIdentity",
    "DataIdentity",
    "Environment",
    "GitState",
    "MetricsRow",
    "Origins",
    "Position",
    "Predictions",
    "Result",
    "RunDir",
    "SilentRunDir",
    "Status",
    "StringPredictions",
    "check_target",
    "experiment_name",
    "new_run_name",
]
