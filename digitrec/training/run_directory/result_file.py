"""result.json: the result of a run, as one object that other programs can read."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from digitrec.config.shell_words import command, path_setting
from digitrec.training.run_directory.typed_json import build, read_object, write_object

__all__ = ["Result", "Status", "read", "write"]

Status = Literal["running", "interrupted", "failed", "pruned", "finished"]
"""How far a run is. A run that was killed stays ``running``."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """The content of result.json. What is not known yet, or was not asked for, is None.

    Attributes:
        status: How far the run is.
        experiment: The name of the experiment.
        model: The name of the network.
        data: The name of the data set.
        seed: The seed of the run.
        epochs: How many epochs were asked for.
        parameters: The number of parameters of the network.
        multiply_accumulates: The multiply-accumulate operations for one image.
        test_accuracy: On the test set, as a fraction of 1.
        test_errors: How many test images were misread.
        test_count: How many test images there are.
        test_loss: Mean cross-entropy in nats.
        test_ece: Expected calibration error, as a fraction of 1.
        validation_accuracy: On the validation images, as a fraction of 1.
        temperature: What the logits are divided by to calibrate them.
        rejection_threshold: The digit probability below which an image is rejected.
        best_epoch: The epoch whose weights are kept, where ``patience`` is set.
        train_seconds: The seconds of all training steps.
        model_file: The name of the checkpoint file in the run directory.
        run_dir: The run directory. It is not in the file, and would be wrong in a moved one.
    """

    status: Status
    experiment: str
    model: str
    data: str
    seed: int
    epochs: int
    parameters: int
    multiply_accumulates: int
    test_accuracy: float | None = None
    test_errors: int | None = None
    test_count: int | None = None
    test_loss: float | None = None
    test_ece: float | None = None
    validation_accuracy: float | None = None
    temperature: float | None = None
    rejection_threshold: float | None = None
    best_epoch: int | None = None
    train_seconds: float | None = None
    model_file: str | None = None
    run_dir: str | None = None


def write(file: Path, result: Result) -> None:
    """Write the file in one step."""
    values = dataclasses.asdict(result)
    del values["run_dir"]
    write_object(file, values)


def read(file: Path) -> Result:
    """Read the file.

    Raises:
        RunFileError: If it is missing or damaged.
    """
    resume = command("train", path_setting("resume", file.parent))
    advice = f"remove it, and {resume} writes it again"
    values = read_object(file, advice) | {"run_dir": str(file.parent)}
    return build(Result, values, file, advice)
