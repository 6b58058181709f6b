"""The training loop, and the run around it: prepare, learn, test once, write."""

from __future__ import annotations

import math
import shlex
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from rich.console import Console

from digitrec.config.train_config import TrainConfig
from digitrec.data.dataset import DataSet
from digitrec.data.string_dataset import StringDataSet
from digitrec.errors import DigitrecError, Interrupted
from digitrec.models.device import bfloat16_cost, make_deterministic, pick_device
from digitrec.training import environment, loggers
from digitrec.training.finish import finish, status_after, unfinished
from digitrec.training.learner import Learner
from digitrec.training.progress import RunProgress
from digitrec.training.run_directory import (
    DataIdentity,
    Environment,
    MetricsRow,
    Position,
    Result,
    RunDir,
    check_target,
)
from digitrec.training.run_summary import print_start
from digitrec.training.seeding import derive, generator
from digitrec.training.signals import StopRequest
from digitrec.training.tasks.task import EpochSize

__all__ = ["learn", "run"]

SLOW = 1.5  # times as long as float32: too slow to pass over in silence


def run(
    config: TrainConfig,
    on_epoch: Callable[[MetricsRow], None] = lambda row: None,
    console: Console | None = None,
) -> Result:
    """Train as the configuration says, or go on with the run in ``config.resume``.

    Of a run that goes on, the configuration is the one that it began with.

    Args:
        config: All settings.
        on_epoch: Called with the row of each epoch that ends; may raise `Pruned` to end the run.
        console: The console of a sweep, which shows the progress of the run below its own.
    """
    with ExitStack() as held:
        folder = None
        if config.resume is not None:
            folder, config = RunDir.open(Path(config.resume))
            if not folder.is_finished():
                held.enter_context(folder.lock())
            # Asked again: another process may have finished the run meanwhile.
            if (result := folder.result()) and result.status == "finished":
                print(f"{folder.path} is finished; its result is in result.json there")
                return result
            # Sums depend on the number of threads: go on with as many as the run began with.
            config = replace(config, threads=folder.environment().threads)
        make_deterministic(config.threads)
        device = pick_device(config.device)
        config.data.check()
        config.logger.check()
        if folder is None:
            check_target(config)
        dataset = config.data.load(config.validation)
        surroundings = environment.describe(
            device, config.seed, DataIdentity(dataset.name, dataset.checksum)
        )
        stop = held.enter_context(StopRequest())
        learner, position = Learner(config, device), Position()
        if folder is None:
            folder = RunDir.create(config, surroundings)
            held.enter_context(folder.lock())
        else:
            position = _restore(folder, learner, surroundings)
        print_start(folder, config, learner.network, dataset, surroundings)
        if config.precision == "bfloat16" and (cost := bfloat16_cost(device)) > SLOW:
            print(
                f"warning: bfloat16 takes {cost:.0f} times as long as float32 on this "
                f"{device.type}; precision=float32 trains sooner",
                file=sys.stderr,
            )
        log = loggers.Log(config, folder)

        def ended(rows: list[MetricsRow]) -> None:
            log.update(rows)
            on_epoch(rows[-1])

        try:
            folder.write_result(unfinished(config, learner.network, "running"))
            rows = learn(config, learner, dataset, position, folder, stop, ended, console)
            result = finish(folder, config, learner.trained(), dataset, rows)
        except (Exception, KeyboardInterrupt) as error:
            status = status_after(error)
            folder.write_result(unfinished(config, learner.network, status))
            if status == "pruned":
                folder.remove_state()
            log.close(status)
            raise
        log.finish(rows, result)
        return result


def learn(
    config: TrainConfig,
    learner: Learner,
    dataset: DataSet | StringDataSet,
    position: Position,
    folder: RunDir,
    stop: StopRequest,
    ended: Callable[[list[MetricsRow]], None] = lambda rows: None,
    console: Console | None = None,
) -> list[MetricsRow]:
    """Train from ``position`` to the end of the last epoch, saving the state on the way.

    ``ended`` is told all rows of metrics.csv at the end of each epoch. Returns them. Raises
    `Interrupted` when asked to stop, the state saved.
    """
    device, task = learner.device, learner.task
    train, validation = dataset.train.to(device), dataset.validation.to(device)
    size = task.epoch_size(dataset, config.batch_size)
    taken = position.epoch * size.steps + position.step  # of the whole run
    with RunProgress(config.epochs, size.steps, size.images / size.steps, taken, console) as shown:
        last = saved = time.perf_counter()
        while position.epoch < config.epochs:
            shuffle = generator(config.seed, "order", position.epoch)
            batches = task.epoch(dataset, config.batch_size, shuffle, device)
            while position.step < size.steps:
                taken = position.epoch * size.steps + position.step
                batch = task.batch(train, batches[position.step])
                images = batch.images.float().div_(255)  # (B, 1, H, W) in [0, 1]
                images = config.augment(images, generator(config.seed, "augment", taken))
                torch.manual_seed(derive(config.seed, "dropout", taken))
                lr_factor = config.schedule.factor(taken, size.steps, config.epochs)
                loss = learner.step(images, batch.targets, lr_factor)

                position.loss_sum = position.loss_sum + loss
                position.step += 1
                now = time.perf_counter()
                position.seconds += now - last
                last = now
                shown.step(taken + 1, loss)
                if stop.signal_number or now - saved >= config.save_seconds:
                    folder.write_state(position, learner.state())
                    last = saved = time.perf_counter()
                if stop.signal_number:
                    raise Interrupted(_how_to_go_on(folder, position), stop.signal_number)
            row = _row(config, learner, validation, position, size)
            position = Position(epoch=position.epoch + 1, rows=[*position.rows, row])
            folder.write_metrics(position.rows)
            folder.write_state(position, learner.state())
            shown.epoch(row)
            ended(position.rows)
            last = saved = time.perf_counter()
    return position.rows


def _row(
    config: TrainConfig, learner: Learner, validation: Any, position: Position, size: EpochSize
) -> MetricsRow:
    """Return the line of metrics.csv for an epoch whose steps are all taken."""
    loss = float(position.loss_sum) / size.steps
    if not math.isfinite(loss):
        raise DigitrecError(
            f"training diverged in epoch {position.epoch + 1}: its loss is {loss}; "
            f"choose a smaller optimizer.lr than {config.optimizer.lr:g}"
        )
    score = learner.task.score(learner.trained(), validation) if len(validation) else None
    last_step = (position.epoch + 1) * size.steps - 1
    lr_factor = config.schedule.factor(last_step, size.steps, config.epochs)
    return MetricsRow(
        epoch=position.epoch + 1,
        train_loss=round(loss, 6),
        validation_loss=round(score.loss, 6) if score else None,
        validation_accuracy=score.accuracy if score else None,
        learning_rate=config.optimizer.lr * lr_factor,
        images_per_second=round(size.images / position.seconds, 1),
        seconds=round(position.seconds, 3),
    )


def _restore(folder: RunDir, learner: Learner, surroundings: Environment) -> Position:
    """Put a learner where its run was stopped; say what could make the run go on differently."""
    recorded = folder.environment()
    if recorded.data != surroundings.data:
        raise DigitrecError(
            f"{folder.path} was trained on other data ({recorded.data}) than is here now "
            f"({surroundings.data}); name the same with DIGITREC_DATA"
        )
    for key in ("versions", "device", "device_name"):
        before, now = getattr(recorded, key), getattr(surroundings, key)
        if before != now:
            print(
                f"warning: {key} changed since the run began, from {before} to {now}: "
                "the weights may differ in their last digits from those of an uninterrupted run",
                file=sys.stderr,
            )
    state = folder.state()
    if state is None:
        return Position()
    position, arrays = state
    try:
        learner.load_state(arrays)
    except (KeyError, ValueError, TypeError, RuntimeError) as error:
        raise folder.foreign_state(str(error)) from None
    return position


def _how_to_go_on(folder: RunDir, position: Position) -> str:
    return (
        f"stopped in epoch {position.epoch + 1}, after {position.step} of its steps; go on with: "
        f"python -m digitrec.train resume={shlex.quote(str(folder.path))}"
    )
