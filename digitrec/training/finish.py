"""The end of a run: calibrate, score the test set once, export the network, draw the plots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from digitrec.config.conversion import to_dict
from digitrec.config.train_config import TrainConfig
from digitrec.data.dataset import DataSet
from digitrec.errors import Interrupted, Pruned
from digitrec.models import checkpoint, complexity
from digitrec.models.calibration import fit_temperature
from digitrec.models.checkpoint import Checkpoint
from digitrec.models.inference import logits_of
from digitrec.models.network import Network
from digitrec.models.rejection import rejection_threshold
from digitrec.training import plots
from digitrec.training.metrics import report
from digitrec.training.provenance import make_provenance
from digitrec.training.run_directory import (
    DataIdentity,
    MetricsRow,
    Predictions,
    Result,
    RunDir,
    Status,
    experiment_name,
)
from digitrec.training.run_summary import print_end

__all__ = ["finish", "status_after", "unfinished"]

KEPT = 0.998  # fraction of the validation digits that are not rejected


def unfinished(config: TrainConfig, network: Network, status: Status) -> Result:
    """Return the result of a run that has not come to its end."""
    return Result(status=status, **_known(config, network))


def status_after(error: BaseException) -> Status:
    """Return the status of a run that this exception has ended."""
    if isinstance(error, Pruned):
        return "pruned"
    return "interrupted" if isinstance(error, (Interrupted, KeyboardInterrupt)) else "failed"


def finish(
    folder: RunDir,
    config: TrainConfig,
    network: Network,
    dataset: DataSet,
    rows: Sequence[MetricsRow],
) -> Result:
    """Score a trained network on the test set, this once, and write all that a run leaves.

    With ``score_test=false`` no image of the test set is used.

    Args:
        folder: The run directory.
        config: The configuration of the run.
        network: The trained network, in evaluation mode.
        dataset: The data set.
        rows: The rows of metrics.csv.
    """
    temperature, threshold, validation_accuracy = 1.0, 0.0, None
    if len(dataset.validation):
        logits = logits_of(network, dataset.validation.images)
        labels = dataset.validation.labels.numpy()
        temperature = fit_temperature(logits, labels)
        validation_accuracy = report(logits, labels).accuracy
        if config.rejects:
            threshold = rejection_threshold(logits, KEPT)
    known, judged = _known(config, network), None
    if config.score_test:
        logits, labels = logits_of(network, dataset.test.images), dataset.test.labels.numpy()
        judged = report(logits, labels, temperature)
        known |= {
            "test_accuracy": judged.accuracy,
            "test_errors": judged.errors,
            "test_count": judged.count,
            "test_loss": judged.loss,
            "test_ece": judged.ece,
        }
    network = network.to("cpu")
    result = Result(
        status="finished",
        **known,
        validation_accuracy=validation_accuracy,
        temperature=temperature,
        rejection_threshold=threshold,
        train_seconds=round(sum(row.seconds for row in rows), 3),
        model_file=folder.model.name,
        run_dir=str(folder.path),
    )
    _export(folder, config, network, dataset, result)
    plots.curves(folder.path / "curves.png", rows)
    if judged:
        folder.write_predictions(Predictions(logits, labels, DataIdentity(*dataset.test_identity)))
        images, scaled = dataset.test.images[:, 0].numpy(), logits / np.float32(temperature)
        plots.confusion(folder.path / "confusion.png", judged.confusion)
        plots.mistakes(folder.path / "mistakes.png", images, labels, scaled)
    folder.write_result(result)
    folder.remove_state()
    print_end(folder, result, judged)
    return result


def _export(
    folder: RunDir, config: TrainConfig, network: Network, dataset: DataSet, result: Result
) -> None:
    """Write model.h5."""
    arguments = to_dict(config.model)
    name = arguments.pop("name")
    assert result.temperature is not None
    assert result.rejection_threshold is not None
    metrics = {
        key: value
        for key, value in asdict(result).items()
        if key.startswith(("test_", "validation_"))
    }
    provenance = make_provenance(
        to_dict(config),
        DataIdentity(dataset.name, dataset.checksum),
        metrics,
        folder.environment(),
    )
    exported = Checkpoint(
        name,
        arguments,
        network,
        result.temperature,
        result.rejection_threshold,
        provenance=provenance,
    )
    # With score_test=false the stored inputs are training images.
    examples = dataset.test if config.score_test else dataset.train
    checkpoint.save(folder.model, exported, examples.images[:8].float() / 255)


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
