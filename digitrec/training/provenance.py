"""What a checkpoint file says about its origin: configuration, data and result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from typing import Any

from digitrec.config.conversion import from_dict
from digitrec.config.train_config import TrainConfig
from digitrec.training.run_directory import DataIdentity, Environment

__all__ = ["add_adaptation", "is_adapted", "is_mean", "make_provenance", "recorded_run"]


@dataclass(frozen=True)
class RecordedRun:
    """What a provenance says about the run that the network comes from.

    Attributes:
        config: Its configuration.
        environment: ``versions`` and ``data`` of its environment, as in environment.json.
        metrics: What was measured at its end, by the names of result.json.
    """

    config: TrainConfig
    environment: Mapping[str, Any]
    metrics: Mapping[str, Any]


def make_provenance(
    config: Mapping[str, Any],
    data: DataIdentity,
    metrics: Mapping[str, float | None],
    environment: Environment,
) -> dict[str, Any]:
    """Return the provenance of a network that has just been trained, as JSON values.

    Args:
        config: All settings of the training, as nested mappings.
        data: The data set that it was trained on.
        metrics: What was measured on the trained network.
        environment: Where it was trained.
    """
    others = {"init": environment.init, "teacher": environment.teacher}
    learnt_from: dict[str, Any] = {name: asdict(other) for name, other in others.items() if other}
    if environment.mean_of:
        learnt_from["mean_of"] = [asdict(one) for one in environment.mean_of]
    return {
        "created": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "config": config,
        "data": asdict(data),
        "metrics": dict(metrics),
        "versions": dict(environment.versions),
        "commit": environment.git.commit if environment.git else None,
        **learnt_from,
    }


def add_adaptation(provenance: Mapping[str, Any], drawings: int, kept: float) -> dict[str, Any]:
    """Return the provenance of a network that was fine-tuned on corrected drawings.

    Args:
        provenance: That of the network before; it stays as it is.
        drawings: The number of drawings.
        kept: How far along the change of the weights the network went; 1 is all of it.
    """
    return {**provenance, "adapted": {"drawings": drawings, "kept": kept}}


def is_adapted(provenance: Mapping[str, Any]) -> bool:
    """Tell whether a provenance is one that `add_adaptation` has made."""
    return "adapted" in provenance


def is_mean(provenance: Mapping[str, Any]) -> bool:
    """Tell whether a provenance is that of the mean of the weights of several networks."""
    return "mean_of" in provenance


def recorded_run(provenance: Mapping[str, Any]) -> RecordedRun | None:
    """Return what a provenance says about the network's run; None if it says too little.

    Raises:
        ConfigError: If the configuration has settings or values that this version does not accept.
    """
    try:
        return RecordedRun(
            config=from_dict(provenance["config"]),
            environment={name: dict(provenance[name]) for name in ("versions", "data")},
            metrics=dict(provenance["metrics"]),
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
