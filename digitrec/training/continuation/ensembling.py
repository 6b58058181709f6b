"""Trained networks put together as one: the directory of a run that trains nothing."""

from __future__ import annotations

import shutil
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from digitrec.config.groups import Data
from digitrec.config.train_config import TrainConfig
from digitrec.errors import ConfigError, DigitrecError
from digitrec.message_text import counted
from digitrec.models import checkpoint
from digitrec.models.architectures.ensemble import Ensemble
from digitrec.models.checkpoint import Checkpoint
from digitrec.models.device import make_deterministic, pick_device
from digitrec.training import environment
from digitrec.training.finish import finish
from digitrec.training.run_directory import (
    DataIdentity,
    MetricsRow,
    Result,
    RunDir,
    check_target,
    experiment_name,
)
from digitrec.training.tasks import task_of

__all__ = ["combine"]


@dataclass(frozen=True, eq=False)
class _Member:
    folder: Path
    config: TrainConfig
    trained: Checkpoint
    last: MetricsRow
    seconds: float


def combine(folders: Sequence[Path], run_dir: str | None = None, root: str | None = None) -> Result:
    """Make a run directory whose network averages the logits of finished runs.

    Temperature and rejection threshold are chosen on the validation images, which no member was
    trained on, and the test set is scored once, as at the end of a training. The configuration is
    that of the first run, but for its model and what belongs to that run alone.

    Args:
        folders: the runs' directories.
        run_dir: the new directory; a new one below ``experiments/ensemble`` by default.
        root: the folder of the data, as ``data.root``; that of the first run by default.

    Raises:
        DigitrecError: if one of them is not a finished run, or they differ in their data.
    """
    members = [_member(folder) for folder in folders]
    model = _ensemble(members)
    _check_alike(members)
    first = members[0].config
    seeds = ", ".join(f"{experiment_name(one.config)} {one.config.seed}" for one in members)
    config = replace(
        first,
        model=model,
        data=first.data if root is None else _in(first.data, root),
        experiment="ensemble", run_dir=run_dir, resume=None, init=None, teacher=None,
        patience=None,
        notes=f"seeds of {seeds}"[:1000], tags=None,
    )  # fmt: skip
    check_target(config)
    config.data.check()
    make_deterministic(config.threads)
    device = pick_device(config.device)
    dataset = config.data.load(config.validation)
    network = model.build().eval()
    weights = {
        f"layers.members.{place}.{key}": value
        for place, one in enumerate(members)
        for key, value in one.trained.network.state_dict().items()
    }
    network.load_state_dict(network.state_dict() | weights)
    network.to(device)
    score = task_of(config).score(network, dataset.validation) if config.validation else None
    identity = DataIdentity(dataset.name, dataset.checksum)
    row = MetricsRow(
        epoch=1,
        train_loss=round(statistics.mean(one.last.train_loss for one in members), 6),
        validation_loss=round(score.loss, 6) if score else None,
        validation_accuracy=score.accuracy if score else None,
        learning_rate=members[0].last.learning_rate,
        images_per_second=members[0].last.images_per_second,
        seconds=round(sum(one.seconds for one in members), 3),
    )
    folder = RunDir.create(config, environment.describe(device, config, identity))
    try:
        folder.write_metrics([row])
        return finish(folder, config, network, dataset, [row])
    except BaseException:
        if not folder.has("result.json"):  # else only the last lines could not be printed
            shutil.rmtree(folder.path, ignore_errors=True)
        raise


def _in(data: Data, root: str) -> Data:
    if "root" not in {field.name for field in fields(data)}:
        raise ConfigError(f"--root {root}: data={data.name} reads no folder; leave it out")
    settings: dict[str, Any] = {"root": root}
    return replace(data, **settings)


def _member(folder: Path) -> _Member:
    """Read a run that can be a member.

    Raises:
        DigitrecError: if it cannot.
    """
    run, config = RunDir.open(folder)
    result = run.result()
    if result is None or result.status != "finished":
        raise DigitrecError(f"{folder} is not a finished run; train it to its end first")
    if config.model.task != "digits" or not config.model.trainable:
        raise DigitrecError(
            f"{folder}: model={config.model.name} cannot be one of several that are averaged; "
            "name runs of networks for single digits"
        )
    trained = checkpoint.load(run.path)
    return _Member(folder, config, trained, run.metrics()[-1], result.train_seconds or 0.0)


def _ensemble(members: Sequence[_Member]) -> Ensemble:
    try:
        return Ensemble.of([one.config.model for one in members])
    except ConfigError:
        raise DigitrecError(
            f"{counted(len(members), 'run')} cannot be one network; name 2 to 16 of them"
        ) from None


def _check_alike(members: Sequence[_Member]) -> None:
    """Check that the members hold out the same images, so that none has learnt what judges."""
    first = members[0]
    for one in members[1:]:
        if (one.config.data, one.config.validation) != (first.config.data, first.config.validation):
            raise DigitrecError(
                f"{one.folder} was trained on other data than {first.folder}, or with other "
                "validation images: the images that judge one may have been learnt by the other; "
                "name runs with the same data and validation"
            )
    if len({one.folder.resolve() for one in members}) < len(members):
        raise DigitrecError("a run is named twice; name each once")
