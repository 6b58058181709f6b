"""The training loop: batches, augmentation, steps, and a row of metrics.csv for each epoch."""

from __future__ import annotations

import time
from collections.abc import Generator
from functools import partial
from typing import Any

from rich.console import Console

from digitrec.config.shell_words import command, path_setting
from digitrec.data.dataset import AnyDataSet
from digitrec.errors import Interrupted
from digitrec.training.early_stopping import best_epoch, has_stopped_improving
from digitrec.training.learner import Learner
from digitrec.training.progress import RunProgress
from digitrec.training.run_directory import MetricsRow, Position, RunDir
from digitrec.training.seeding import generator, seed_step
from digitrec.training.signals import StopRequest
from digitrec.training.tasks.divergence import check_loss, convergent
from digitrec.training.tasks.task import EpochSize

__all__ = ["train_epochs"]


def train_epochs(
    learner: Learner,
    dataset: AnyDataSet[Any],
    position: Position,
    folder: RunDir,
    stop: StopRequest,
    console: Console | None = None,
) -> Generator[MetricsRow, None, None]:
    """Train from a position to the end of the last epoch, saving the state on the way.

    Nothing is trained before the first row is asked for.

    Args:
        learner: As it is at that position, with the configuration of the run.
        dataset: Of the learner's task.
        position: How far the run has come.
        folder: The run directory.
        stop: Whether the user has asked to stop.
        console: Of a sweep, below which progress is shown.

    Yields:
        At the end of each epoch, its row of metrics.csv.

    Raises:
        DigitrecError: if the loss is no longer finite.
        Interrupted: when asked to stop, the state saved.
    """
    config, device, task = learner.config, learner.device, learner.task
    train, validation = dataset.train.to(device), dataset.validation.to(device)
    size = task.epoch_size(dataset, config.batch_size)
    taken = position.epoch * size.steps + position.step  # of the whole run
    with RunProgress(config.epochs, size.steps, size.images / size.steps, taken, console) as shown:
        last = saved = time.perf_counter()
        while position.epoch < config.epochs and not has_stopped_improving(
            position.rows, config.patience
        ):
            shuffle = generator(config.seed, "order", position.epoch)
            batches = task.epoch(dataset, config.batch_size, shuffle, device)
            while position.step < size.steps:
                taken = position.epoch * size.steps + position.step
                batch = task.batch(train, batches[position.step])
                images = batch.images.float().div_(255)  # (B, C, H, W) in [0, 1]
                images = config.augment(images, generator(config.seed, "augment", taken))
                seed_step(config.seed, taken, device)
                lr_factor = config.schedule.factor(taken, size.steps, config.epochs)
                loss = learner.step(images, batch.targets, lr_factor)

                position.loss_sum = position.loss_sum + loss
                position.step += 1
                now = time.perf_counter()
                position.seconds += now - last
                last = now
                stop.signal_number = learner.processes.agree(stop.signal_number)
                # First of all, for after SIGHUP there is no terminal to show anything on.
                if stop.signal_number or now - saved >= config.save_seconds:
                    folder.write_state(position, learner.state())
                    last = saved = time.perf_counter()
                if stop.signal_number:
                    raise Interrupted(_how_to_go_on(folder, position), stop.signal_number)
                shown.step(taken + 1, loss)
            row = learner.processes.tell(partial(_row, learner, validation, position, size))
            position = Position(epoch=position.epoch + 1, rows=[*position.rows, row])
            if config.patience is not None and best_epoch(position.rows) == position.epoch:
                learner.keep()
            folder.write_metrics(position.rows)
            folder.write_state(position, learner.state())
            shown.epoch(row)
            yield row
            last = saved = time.perf_counter()


def _row(learner: Learner, validation: Any, position: Position, size: EpochSize) -> MetricsRow:
    """Return the line of metrics.csv for an epoch whose steps are all taken."""
    config = learner.config
    loss = float(position.loss_sum) / size.steps
    epoch = position.epoch + 1
    with convergent(config, epoch):
        check_loss(loss)
        score = learner.task.score(learner.trained(), validation) if len(validation) else None
        check_loss(score.loss if score else 0.0)
    last_step = epoch * size.steps - 1
    lr_factor = config.schedule.factor(last_step, size.steps, config.epochs)
    return MetricsRow(
        epoch=epoch,
        train_loss=round(loss, 6),
        validation_loss=round(score.loss, 6) if score else None,
        validation_accuracy=score.accuracy if score else None,
        learning_rate=config.optimizer.lr * lr_factor,
        images_per_second=round(size.images / max(position.seconds, 1e-9), 1),
        seconds=round(position.seconds, 3),
    )


def _how_to_go_on(folder: RunDir, position: Position) -> str:
    return (
        f"stopped in epoch {position.epoch + 1}, after {position.step} of its steps; resume with: "
        f"{command('train', path_setting('resume', folder.path))}"
    )
