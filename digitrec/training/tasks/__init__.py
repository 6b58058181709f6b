"""What a network can be trained for. A task says what a batch, a loss and a score are."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from digitrec.config.train_config import TrainConfig
from digitrec.training.tasks.digits import DigitsTask
from digitrec.training.tasks.ink import InkTask
from digitrec.training.tasks.marks import MarksTask
from digitrec.training.tasks.strings import StringsTask
from digitrec.training.tasks.task import Task

__all__ = ["task_of"]

TASKS: Mapping[str, Callable[[TrainConfig], Task]] = {
    "digits": lambda config: DigitsTask(config.rejects, config.label_smoothing),
    "strings": lambda config: StringsTask(),
    "ink": lambda config: InkTask(),
    "marks": lambda config: MarksTask(config.label_smoothing),
}


def task_of(config: TrainConfig) -> Task:
    """Return the task of a configuration, which its model and its data agree on."""
    return TASKS[config.model.task](config)
