"""One run: prepare or resume, train, score the test set once, write what is kept."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from rich.console import Console

from digitrec.config.shell_words import command, path_setting
from digitrec.config.train_config import TrainConfig
from digitrec.data.dataset import AnyDataSet
from digitrec.data.limit import limit_training
from digitrec.errors import ConfigError
from digitrec.message_text import printable
from digitrec.models.device import bfloat16_cost, make_deterministic, pick_device
from digitrec.models.network_check import check_network
from digitrec.training import environment
from digitrec.training.continuation.extension import extend
from digitrec.training.continuation.initial_weights import identify, load_init
from digitrec.training.continuation.resuming import restore
from digitrec.training.continuation.unfinished_runs import record_end, record_status
from digitrec.training.finish import finish, unfinished
from digitrec.training.learner import Learner
from digitrec.training.loggers.choices import NoLogger
from digitrec.training.loggers.log import Log
from digitrec.training.loop import train_epochs
from digitrec.training.processes import Processes, joined
from digitrec.training.run_directory import (
    CheckpointIdentity,
    DataIdentity,
    Environment,
    MetricsRow,
    Origins,
    Position,
    Result,
    RunDir,
    SilentRunDir,
    check_target,
)
from digitrec.training.run_summary import print_start
from digitrec.training.seeding import derive
from digitrec.training.signals import StopRequest
from digitrec.training.tasks import task_of
from digitrec.training.tasks.teacher import load_teacher

__all__ = ["run"]

SLOW = 1.5  # times as long as float32: worth a warning


def run(
    config: TrainConfig,
    on_epoch: Callable[[MetricsRow], None] = lambda row: None,
    console: Console | None = None,
    extend_to: int | None = None,
) -> Result:
    """Train as the configuration says, or resume the run in ``config.resume``.

    Args:
        config: All settings. A run that goes on has the configuration that it began with.
        on_epoch: Called with the row of each epoch that ends; may raise `Pruned` to end the run.
        extend_to: How many epochs a run that goes on is to have in all; None for as many as it is
            configured for.
        console: The console of a sweep, which shows the progress of the run below its own.

    Raises:
        DigitrecError: for what a user can mend.
        Interrupted: on SIGINT, SIGTERM or SIGHUP, the state saved.
    """
    with ExitStack() as held:
        processes = held.enter_context(joined())
        opened = _opened(config, extend_to, processes, held)
        if isinstance(opened, Result):
            return opened
        config = opened.config
        device = _prepared_device(config, processes)
        _check_choices(opened)
        initial = None if opened.has_weights else load_init(config)
        teacher = load_teacher(config)
        dataset = _loaded(config, processes)
        surroundings = _surroundings(opened, device, dataset)
        stop = held.enter_context(StopRequest())
        learner = Learner(config, device, initial, processes, teacher)
        folder, position = _begun(opened, learner, surroundings, processes, held)
        log = Log(config if processes.writes else replace(config, logger=NoLogger()), folder)
        rows = list(position.rows)
        try:
            folder.write_result(unfinished(config, learner.network, "running"))
            print_start(folder, config, learner.network, dataset, surroundings)
            _warn_of_slow_precision(config, device)
            with processes.watched(
                partial(path_setting, "resume", folder.path),
                partial(record_status, folder, learner, "interrupted"),
            ):
                epochs = train_epochs(learner, dataset, position, folder, stop, console)
                with closing(epochs):  # what is shown of them ends before an error is told
                    for row in epochs:
                        rows.append(row)
                        log.update(rows)
                        on_epoch(row)
                result = processes.tell(
                    partial(finish, folder, config, learner.kept(), dataset, rows)
                )
        except (Exception, KeyboardInterrupt) as error:
            clearer = record_end(error, folder, learner, log)
            if clearer is not None:
                raise clearer from None
            raise
        log.finish(rows, result)
        return result


@dataclass(frozen=True)
class _Opened:
    """What is to be trained: a new run, one that goes on, or a longer one than a finished run.

    Attributes:
        config: All settings, with as many threads as the run began with.
        written: The same as config.yaml has them.
        folder: Of the run that goes on; None where a new one is made.
        source: The finished run from whose state a new one goes on.
        is_longer: Whether config.yaml in ``folder`` tells fewer epochs than the run is to have.
    """

    config: TrainConfig
    written: TrainConfig
    folder: RunDir | None = None
    source: RunDir | None = None
    is_longer: bool = False

    @property
    def has_weights(self) -> bool:
        """Whether a saved state holds the weights to begin with."""
        return self.source is not None or (self.folder is not None and self.folder.has_state)


def _opened(
    config: TrainConfig, extend_to: int | None, processes: Processes, held: ExitStack
) -> _Opened | Result:
    """Return what is to be trained, its directory locked; or the result of a finished run."""
    if config.resume is None:
        return _Opened(config, config)
    folder, recorded = RunDir.open(Path(config.resume))
    if processes.writes and not folder.is_finished():
        held.enter_context(folder.lock())
    written, source = recorded, None
    if extend_to is not None:
        written, source = extend(folder, recorded, extend_to)
    # Asked again: another process may have finished the run meanwhile.
    if source is None and (result := folder.result()) and result.status == "finished":
        print(f"{printable(str(folder.path))} is finished; its result is in result.json there")
        return result
    # Sums depend on the number of threads: go on with as many as the run began with.
    config = replace(written, threads=folder.environment().threads)
    if source is not None:
        return _Opened(config, written, source=source)
    return _Opened(config, written, folder, is_longer=written.epochs != recorded.epochs)


def _prepared_device(config: TrainConfig, processes: Processes) -> torch.device:
    """Return the device that a run is trained on, PyTorch made deterministic."""
    if not config.model.trainable:
        raise ConfigError(
            f"model={config.model.name} is not trained; train its members, and "
            f"{command('ensemble', 'RUN', 'RUN')} combines them"
        )
    make_deterministic(config.threads)
    device = processes.device(pick_device(config.device))
    if processes.count > 1 and not task_of(config).loss_is_mean:
        raise ConfigError(
            "the network that finds ink can only be trained by one process; start without torchrun"
        )
    return device


def _check_choices(opened: _Opened) -> None:
    """Check, before data are loaded, what can be found wrong without them."""
    config = opened.config
    config.data.check()
    config.logger.check()
    check_network(config.model)
    if opened.folder is None:
        check_target(config)


def _loaded(config: TrainConfig, processes: Processes) -> AnyDataSet[Any]:
    """Load the data set, with no more training images than the configuration allows."""
    whole = processes.in_turn(partial(config.data.load, config.validation))
    return limit_training(whole, config.data.limit, derive(config.seed, "limit"))


def _surroundings(opened: _Opened, device: torch.device, dataset: AnyDataSet[Any]) -> Environment:
    """Return where, and with what, a run is trained."""
    identity = DataIdentity(dataset.name, dataset.checksum)
    origins = Origins(_init_of(opened), identify(opened.config.teacher))
    return environment.describe(device, opened.config, identity, origins)


def _init_of(opened: _Opened) -> CheckpointIdentity | None:
    """Return what identifies the checkpoint whose weights a run began with, or begins with now."""
    if opened.source is not None:
        return opened.source.environment().init
    return None if opened.has_weights else identify(opened.config.init)


def _begun(
    opened: _Opened,
    learner: Learner,
    surroundings: Environment,
    processes: Processes,
    held: ExitStack,
) -> tuple[RunDir, Position]:
    """Return the directory of a run and where it goes on, the learner put there."""
    if opened.folder is not None:
        position = restore(opened.folder, learner, surroundings, opened.config)
        folder = opened.folder if processes.writes else SilentRunDir(opened.folder.path)
        if opened.is_longer:  # now that nothing keeps it from going on
            folder.write_config(opened.written)
        return folder, position
    position = Position()
    if opened.source is not None:
        position = restore(opened.source, learner, surroundings, opened.config)
    folder = processes.tell(partial(RunDir.create, opened.written, surroundings))
    folder = _for_process(folder, processes, held)
    if opened.source is not None:
        folder.write_state(position, learner.state())
        source = printable(str(opened.source.path))
        print(f"goes on from {source}, after {position.epoch} epochs")
    return folder, position


def _for_process(folder: RunDir, processes: Processes, held: ExitStack) -> RunDir:
    """Lock a new run directory, in the process that writes; the others get one that does not."""
    if not processes.writes:
        return SilentRunDir(folder.path)
    held.enter_context(folder.lock())
    return folder


def _warn_of_slow_precision(config: TrainConfig, device: torch.device) -> None:
    if config.precision == "bfloat16" and (cost := bfloat16_cost(device)) > SLOW:
        print(
            f"warning: bfloat16 takes {cost:.0f} times as long as float32 on this "
            f"{device.type}; precision=float32 trains sooner",
            file=sys.stderr,
        )
