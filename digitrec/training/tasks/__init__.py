"""What a network can be trained for. A task says what a batch, a loss and a score are."""

from __future__ import annotations

from digitrec.config.train_config import TrainConfig
from digitrec.training.tasks.digits import DigitsTask
from digitrec.training.tasks.ink import InkTask
from digitrec.training.tasks.marks import MarksTask
from digitrec.training.tasks.strings import StringsTask
from digitrec.training.tasks.task import Task

__all__ = ["task_of"]


def task_of(config: TrainConfig) -> Task:
    """Return the task of a configuration, which its model and its data agree on."""
    if config.model.task == "strings":
        return StringsTask()
    if config.model.task == "ink":
        return InkTask()
    if config.model.task == "marks":
        return MarksTask(config.label_smoothing)
    return DigitsTask(config.rejects, config.label_smoothing)
