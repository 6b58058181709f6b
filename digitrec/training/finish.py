"""The end of a run: score the test set once, export the network, draw the plots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from digitrec.config.conversion import to_dict
from digitrec.config.train_config import TrainConfig
from digitrec.data.dataset import AnyDataSet
from digitrec.errors import Interrupted, Pruned
from digitrec.models import complexity
from digitrec.models.network import Network
from digitrec.training import plots
from digitrec.training.early_stopping import best_epoch
from digitrec.training.provenance import make_provenance
from digitrec.training.run_directory import (
    DataIdentity,
    MetricsRow,
    Result,
    RunDir,
    Status,
    experiment_name,
)
from digitrec.training.run_summary import print_end
from digitrec.training.tasks import task_of
from digitrec.training.tasks.divergence import check_loss, convergent

__all__ = ["finish", "status_after", "unfinished"]


def unfinished(config: TrainConfig, network: Network, status: Status) -> Result:
    """Return the result of a run that is not finished."""
    return Result(status=status, **_known(config, network))


def status_after(error: BaseException) -> Status:
    """Return the status of a run that was ended by this exception."""
    if isinstance(error, Pruned):
        return "pruned"
    # A closed pipe, such as that of head, stops a run that can go on.
    stopped = (Interrupted, KeyboardInterrupt, BrokenPipeError)
    return "interrupted" if isinstance(error, stopped) else "failed"


def finish(
    folder: RunDir,
    config: TrainConfig,
    network: Network,
    dataset: AnyDataSet[Any],
    rows: Sequence[MetricsRow],
) -> Result:
    """Score a trained network once on the test set, and write all files of a finished run.

    With ``score_test=false`` no image of the test set is used.

    Args:
        folder: The run directory.
        config: The configuration of the run.
        network: The trained network, in evaluation mode.
        dataset: The data set.
        rows: The rows of metrics.csv.

    Raises:
        DigitrecError: if the network has diverged in the last epoch.
    """
    with convergent(config, len(rows)):
        done = task_of(config).finish(network, dataset, score_test=config.score_test)
        check_loss(done.figures.get("test_loss", 0.0))
    result = Result(
        status="finished",
        **_known(config, network),
        **done.figures,
        best_epoch=best_epoch(rows) if config.patience is not None else None,
        train_seconds=round(sum(row.seconds for row in rows), 3),
        model_file=folder.model.name,
        run_dir=str(folder.path),
    )
    metrics = {
        key: value
        for key, value in asdict(result).items()
        if key.startswith(("test_", "validation_"))
    }
    identity = DataIdentity(dataset.name, dataset.checksum)
    provenance = make_provenance(to_dict(config), identity, metrics, folder.environment())
    done.export(folder.model, config.model, provenance)
    plots.curves(folder.path / "curves.png", rows)
    done.write_test_files(folder)
    folder.write_result(result)
    folder.end(keep_state=config.schedule.extends)
    print_end(folder, result, done, len(rows))
    return result


def _known(config: TrainConfig, network: Network) -> dict[str, Any]:
    """Return what is known of the result of a run before it begins."""
    return {
        "experiment": experiment_name(config),
        "model": config.model.name,
        "data": config.data.name,
        "seed": config.seed,
        "epochs": config.epochs,
        "parameters": complexity.parameters(network),
        "multiply_accumulates": complexity.multiply_accumulates(network),
    }
