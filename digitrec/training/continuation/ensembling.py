"""Trained networks combined into one: the directory of a run that trains nothing.

The one is either all of them side by side, or a single network with the mean of their weights.
"""

from __future__ import annotations

import itertools
import shutil
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor

from digitrec.config.conversion import to_dict
from digitrec.config.groups import Data, Model
from digitrec.config.train_config import TrainConfig
from digitrec.errors import ConfigError, DigitrecError
from digitrec.message_text import counted
from digitrec.models import checkpoint
from digitrec.models.architectures.ensemble import Ensemble
from digitrec.models.checkpoint import Checkpoint
from digitrec.models.device import make_deterministic, pick_device
from digitrec.models.network import Network
from digitrec.training import environment
from digitrec.training.continuation.initial_weights import identify_file
from digitrec.training.finish import finish
from digitrec.training.run_directory import (
    CheckpointIdentity,
    DataIdentity,
    MetricsRow,
    Origins,
    Result,
    RunDir,
    check_target,
    experiment_name,
)
from digitrec.training.tasks import task_of
from digitrec.training.tasks.task import Score
from digitrec.training.weight_average import mean_state

__all__ = ["combine"]


@dataclass(frozen=True, eq=False)
class _Member:
    """A finished run that is combined with others.

    Attributes:
        folder: Its directory.
        config: Its configuration.
        trained: Its checkpoint.
        identity: What identifies that.
        init: The weights that it began with; None for random ones.
        last: The last row of its metrics.csv.
        result: Its result.
    """

    folder: Path
    config: TrainConfig
    trained: Checkpoint
    identity: CheckpointIdentity
    init: CheckpointIdentity | None
    last: MetricsRow
    result: Result


@dataclass(frozen=True, eq=False)
class _Mean:
    """The network that is the mean of others.

    Attributes:
        model: Its settings.
        weights: Its weights, by their names in it.
        origins: The others.
        is_of: What of them it is the mean of, in the notes of its run.
    """

    model: Model
    weights: Mapping[str, Tensor]
    origins: Origins
    is_of: str


def combine(
    folders: Sequence[Path],
    run_dir: str | None = None,
    root: str | None = None,
    *,
    mean_weights: bool = False,
) -> Result:
    """Make a run directory whose network averages the logits, or the weights, of finished runs.

    Temperature and rejection threshold are chosen on the validation images, which no member was
    trained on, and the test set is scored once, as at the end of a training. The configuration is
    that of the first run, but for its model and what belongs to that run alone.

    Args:
        folders: The runs' directories.
        run_dir: The new directory; a new one below ``experiments/ensemble`` by default.
        root: The folder of the data, as ``data.root``; that of the first run by default.
        mean_weights: Make one network like each of them, with the mean of their weights.

    Raises:
        DigitrecError: if one of them is not a finished run, or they differ in their data; with
            ``mean_weights`` also if they differ in their model or in the weights they began with.
    """
    members = [_member(folder) for folder in folders]
    ensemble = _ensemble(members)
    _check_alike(members)
    mean = _mean_of_weights(members) if mean_weights else _mean_of_logits(members, ensemble)
    first = members[0].config
    seeds = ", ".join(f"{experiment_name(one.config)} {one.config.seed}" for one in members)
    config = replace(
        first,
        model=mean.model,
        data=first.data if root is None else _in(first.data, root),
        experiment="ensemble", run_dir=run_dir, resume=None,
        init=first.init if mean.origins.init else None, teacher=None, patience=None,
        notes=f"{mean.is_of} of {seeds}"[:1000], tags=None,
    )  # fmt: skip
    check_target(config)
    config.data.check()
    make_deterministic(config.threads)
    device = pick_device(config.device)
    # A checkpoint stores test images, or training images where the test set is left alone.
    load = config.data.load_held_out if config.score_test else config.data.load
    dataset = load(config.validation)
    network = cast(Network, mean.model.build().eval())
    network.load_state_dict({**network.state_dict(), **mean.weights})
    network.to(device)
    score = task_of(config).score(network, dataset.validation) if config.validation else None
    row = _row(members, score)
    identity = DataIdentity(dataset.name, dataset.checksum)
    surroundings = environment.describe(device, config, identity, mean.origins)
    folder = RunDir.create(config, surroundings)
    try:
        folder.write_metrics([row])
        result = finish(folder, config, network, dataset, [row])
        if mean_weights:
            _warn_if_worse(result, members)
        return result
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
            f"{folder}: model={config.model.name} cannot be part of an ensemble; name runs of "
            "networks for single digits"
        )
    trained = checkpoint.load(run.path)
    identity, init = identify_file(run.model), run.environment().init
    return _Member(folder, config, trained, identity, init, run.metrics()[-1], result)


def _ensemble(members: Sequence[_Member]) -> Ensemble:
    try:
        return Ensemble.of([one.config.model for one in members])
    except ConfigError:
        raise DigitrecError(
            f"{counted(len(members), 'run')} cannot be combined; name 2 to 16 of them"
        ) from None


def _held_out(config: TrainConfig) -> tuple[dict[str, Any], int]:
    """Return what decides which images a run has held out."""
    data = to_dict(config.data)
    if not config.data.root_is_data:
        data.pop("root", None)  # the files there are checked: the same everywhere
    return data, config.validation


def _mean_of_logits(members: Sequence[_Member], ensemble: Ensemble) -> _Mean:
    """Return the network that has all members side by side."""
    weights = {
        f"layers.members.{place}.{key}": value
        for place, one in enumerate(members)
        for key, value in one.trained.network.state_dict().items()
    }
    origins = Origins(members=[one.identity for one in members])
    return _Mean(ensemble, weights, origins, "seeds")


def _mean_of_weights(members: Sequence[_Member]) -> _Mean:
    """Return the network like each member that has the mean of their weights.

    Raises:
        DigitrecError: if they differ in their model, or in the weights that they began with.
    """
    origins = Origins(init=_common_init(members), mean_of=[one.identity for one in members])
    weights = mean_state([one.trained.network for one in members])
    return _Mean(members[0].config.model, weights, origins, "mean of the weights")


def _common_init(members: Sequence[_Member]) -> CheckpointIdentity:
    """Return what all members began with: one trained network, and the same model.

    Networks that began with other weights, or with random ones, have learnt the same in channels of
    another order: the mean of their weights reads nothing.

    Raises:
        DigitrecError: if they did not.
    """
    first, init = members[0], members[0].init
    for one in members:
        if one.config.model != first.config.model:
            raise DigitrecError(
                f"{one.folder} has another model than {first.folder}, or other settings of it, so "
                "their weights cannot be averaged; leave out --mean-weights"
            )
        if init is None or one.init is None:
            raise DigitrecError(
                f"{one.folder} started from random weights, and averaging the weights of such runs "
                "gives a network that reads nothing; train runs that all start from one trained "
                "network, init=FILE, or leave out --mean-weights"
            )
        if one.init.checksum != init.checksum:
            raise DigitrecError(
                f"{one.folder} started from another network ({one.init.file}) than {first.folder} "
                f"({init.file}), and averaging their weights would give a network that reads "
                "nothing; name runs with the same init, or leave out --mean-weights"
            )
    assert init is not None  # there is a member
    return init


def _row(members: Sequence[_Member], score: Score | None) -> MetricsRow:
    """Return the one row of metrics.csv: means and sums of the members, and the score of all."""
    return MetricsRow(
        epoch=1,
        train_loss=round(statistics.mean(one.last.train_loss for one in members), 6),
        validation_loss=round(score.loss, 6) if score else None,
        validation_accuracy=score.accuracy if score else None,
        learning_rate=members[0].last.learning_rate,
        images_per_second=members[0].last.images_per_second,
        seconds=round(sum(one.result.train_seconds or 0.0 for one in members), 3),
    )


def _warn_if_worse(result: Result, members: Sequence[_Member]) -> None:
    """Warn where the mean reads fewer validation images right than each member does."""
    alone = [one.result.validation_accuracy for one in members]
    known = [accuracy for accuracy in alone if accuracy is not None]
    together = result.validation_accuracy
    if together is None or not known or together >= min(known):
        return
    print(
        f"warning: the mean of the weights reads {together:.2%} of the validation images right, "
        f"and each run alone at least {min(known):.2%}; without --mean-weights, their logits are "
        "averaged instead",
        file=sys.stderr,
    )


def _check_alike(members: Sequence[_Member]) -> None:
    """Check that the members hold out the same images, so that none has learnt what judges."""
    first = members[0]
    for one in members[1:]:
        if _held_out(one.config) != _held_out(first.config):
            raise DigitrecError(
                f"{one.folder} was trained on other data than {first.folder}, or with other "
                "validation images, so one may have been trained on images that validate the "
                "other; name runs with the same data and validation"
            )
    if len({one.folder.resolve() for one in members}) < len(members):
        raise DigitrecError("a run is named twice; name each once")
    for one, other in itertools.combinations(members, 2):
        if one.config.model == other.config.model and _has_same_weights(one, other):
            raise DigitrecError(
                f"{other.folder} holds the same network as {one.folder}, as a copy of it does, or "
                "a run with the same settings and seed; name one of them"
            )


def _has_same_weights(one: _Member, other: _Member) -> bool:
    weights, others = (member.trained.network.state_dict() for member in (one, other))
    return all(torch.equal(value, others[key]) for key, value in weights.items())
