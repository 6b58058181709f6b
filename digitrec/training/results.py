"""What a run says of itself: at its start, in its folder, and at its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timezone
from typing import Any

import numpy as np

from digitrec.config.conversion import to_dict
from digitrec.config.train_config import TrainConfig
from digitrec.data.dataset import DataSet
from digitrec.errors import DigitrecError, Interrupted, Pruned
from digitrec.models import checkpoint, complexity
from digitrec.models.calibration import fit_temperature
from digitrec.models.checkpoint import Checkpoint
from digitrec.models.inference import logits_of
from digitrec.models.network import Network
from digitrec.models.rejection import rejection_threshold
from digitrec.training import plots
from digitrec.training.metrics import report
from digitrec.training.run_directory import RunDir, experiment_name

__all__ = ["Result", "announce", "finish", "status_after", "unfinished"]

KEPT = 0.998  # of the validation digits are not refused


@dataclass(frozen=True, kw_only=True)
class Result:
    """What result.json holds. What is not known yet, or was not asked for, is None.

    Accuracies and ``test_ece`` are fractions of 1, losses nats; ``train_seconds`` are those of the
    training steps alone; ``multiply_accumulates`` are those of one image.
    """

    status: str  # running, interrupted, failed, pruned or finished
    experiment: str
    model: str
    data: str
    seed: int
    epochs: int
    parameters: int
    multiply_accumulates: int
    test_accuracy: float | None = None
    test_errors: int | None = None
    test_count: int | None = None
    test_loss: float | None = None
    test_ece: float | None = None
    validation_accuracy: float | None = None
    temperature: float | None = None
    rejection_threshold: float | None = None
    train_seconds: float | None = None
    model_file: str | None = None
    run_dir: str | None = None  # not in the file, which would be wrong once the folder is moved

    @classmethod
    def read(cls, folder: RunDir) -> Result:
        """Read the result of a run that is finished.

        Raises:
            DigitrecError: if the file is damaged.
        """
        values = folder.result()
        known = {name: values[name] for name in (f.name for f in fields(cls)) if name in values}
        try:
            return cls(**known | {"run_dir": str(folder.path)})
        except TypeError:
            raise DigitrecError(f"{folder.path / 'result.json'} lacks entries") from None


def announce(
    folder: RunDir,
    config: TrainConfig,
    network: Network,
    dataset: DataSet,
    surroundings: Mapping[str, Any],
) -> None:
    """Print what is about to be trained, on what, and where the run goes."""
    count, work = complexity.parameters(network), complexity.multiply_accumulates(network)
    print(
        f"model   {config.model.name}: {count:,} parameters, {work:,} multiply-accumulates an image"
    )
    print(
        f"data    {dataset.name}: {len(dataset.train):,} images to train on, "
        f"{len(dataset.validation):,} to validate, {len(dataset.test):,} to test"
    )
    print(
        f"device  {surroundings['device']} ({surroundings['device_name']}), "
        f"{surroundings['threads']} threads, {config.precision}; seed {config.seed}"
    )
    print(f"run     {folder.path}", flush=True)


def unfinished(config: TrainConfig, network: Network, status: str) -> dict[str, Any]:
    """Return what result.json holds of a run that has not come to its end."""
    return _plain(Result(status=status, **_known(config, network)))


def status_after(error: BaseException) -> str:
    """Return the status of a run that this has ended."""
    if isinstance(error, Pruned):
        return "pruned"
    return "interrupted" if isinstance(error, (Interrupted, KeyboardInterrupt)) else "failed"


def finish(
    folder: RunDir,
    config: TrainConfig,
    network: Network,
    dataset: DataSet,
    rows: list[dict[str, Any]],
) -> Result:
    """Score the test set, this once, and write all that stays of a run; print it in a few lines.

    With ``score_test=false`` no image of the test set is touched.
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
        train_seconds=round(sum(row["seconds"] for row in rows), 3),
        model_file=folder.model.name,
        run_dir=str(folder.path),
    )
    arguments = to_dict(config.model)
    name = arguments.pop("name")
    environment = folder.environment()
    provenance = {
        "created": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "config": to_dict(config),
        "data": {"name": dataset.name, "checksum": dataset.checksum},
        "metrics": {
            key: value
            for key, value in _plain(result).items()
            if key.startswith(("test_", "validation_"))
        },
        "versions": environment["versions"],
        "commit": environment["git"]["commit"] if environment["git"] else None,
    }
    exported = Checkpoint(name, arguments, network, temperature, threshold, provenance=provenance)
    check_images = (dataset.test if judged else dataset.train).images[:8].float() / 255
    checkpoint.save(folder.model, exported, check_images)
    plots.curves(folder.path / "curves.png", rows)
    if judged:
        folder.write_predictions(logits, labels, *dataset.test_identity)
        images, scaled = dataset.test.images[:, 0].numpy(), logits / np.float32(temperature)
        plots.confusion(folder.path / "confusion.png", judged.confusion)
        plots.mistakes(folder.path / "mistakes.png", images, labels, scaled)
    folder.write_result(_plain(result))
    folder.remove_state()
    if judged:
        low, high = judged.accuracy_interval
        print(
            f"test    {judged.accuracy:.2%} right ({judged.errors:,} of {judged.count:,} misread; "
            f"95% interval {low:.2%} to {high:.2%}), calibration error {judged.ece:.2%}"
        )
    print(f"time    {result.train_seconds:.1f} s of training in {config.epochs} epochs")
    print(f"weights {folder.model}")
    print(f"next    python -m digitrec.predict IMAGE --checkpoint {folder.model}", flush=True)
    return result


def _known(config: TrainConfig, network: Network) -> dict[str, Any]:
    return {
        "experiment": experiment_name(config),
        "model": config.model.name,
        "data": config.data.name,
        "seed": config.seed,
        "epochs": config.epochs,
        "parameters": complexity.parameters(network),
        "multiply_accumulates": complexity.multiply_accumulates(network),
    }


def _plain(result: Result) -> dict[str, Any]:
    return {key: value for key, value in asdict(result).items() if key != "run_dir"}
