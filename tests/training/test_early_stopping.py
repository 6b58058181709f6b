"""Early stopping: when a run ends, whose weights are kept, and that it can be resumed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from digitrec.config.compose import compose
from digitrec.errors import ConfigError
from digitrec.storage import hdf5
from digitrec.training.early_stopping import best_epoch, has_stopped_improving
from digitrec.training.run import run
from digitrec.training.run_directory import MetricsRow, RunDir

# A learning rate with which accuracy rises, and falls again.
SMALL = (
    "data=synthetic", "data.train=300", "data.test=40", "validation=60", "model=tiny",
    "epochs=30", "batch_size=32", "threads=1", "patience=2", "schedule=constant", "augment=none",
)  # fmt: skip
ROW = MetricsRow(
    epoch=1, train_loss=1, validation_loss=1, validation_accuracy=0, learning_rate=1,
    images_per_second=1, seconds=1,
)  # fmt: skip


def rows(*accuracies: float) -> list[MetricsRow]:
    return [
        replace(ROW, epoch=epoch, validation_accuracy=accuracy)
        for epoch, accuracy in enumerate(accuracies, 1)
    ]


@pytest.mark.parametrize(
    ("accuracies", "best", "stops"),
    [
        ((0.1,), 1, False),
        ((0.1, 0.2, 0.3), 3, False),
        ((0.3, 0.2), 1, False),
        ((0.3, 0.2, 0.1), 1, True),
        ((0.3, 0.3, 0.3), 1, True),  # equal is not better
        ((0.3, 0.2, 0.4, 0.1), 3, False),
    ],
)
def test_run_stops_after_epochs_that_are_no_better(
    accuracies: tuple[float, ...], best: int, stops: bool
) -> None:
    assert best_epoch(rows(*accuracies)) == best
    assert has_stopped_improving(rows(*accuracies), 2) is stops
    assert not has_stopped_improving(rows(*accuracies), None)
    assert not has_stopped_improving([], 1)


def weights(file: Path) -> dict[str, np.ndarray]:  # type: ignore[type-arg]
    return dict(hdf5.read(file).group("weights"))


@pytest.mark.slow
def test_the_weights_of_the_best_epoch_are_kept_also_by_a_resumed_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = run(compose([*SMALL, f"run_dir={tmp_path / 'run'}"]))
    folder = RunDir(tmp_path / "run")
    metrics = folder.metrics()
    assert len(metrics) < 30
    assert result.best_epoch == best_epoch(metrics) == len(metrics) - 2
    assert result.validation_accuracy == metrics[result.best_epoch - 1].validation_accuracy
    assert f"kept    the weights of epoch {result.best_epoch}" in capsys.readouterr().out
    # They are those of a run that ends there.
    short = [f"epochs={result.best_epoch}", f"run_dir={tmp_path / 'short'}", "patience=null"]
    run(compose([*SMALL, *short]))
    for name, array in weights(folder.model).items():
        np.testing.assert_array_equal(array, weights(tmp_path / "short/model.h5")[name])

    def stop(row: MetricsRow) -> None:
        if row.epoch == len(metrics) - 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(compose([*SMALL, f"run_dir={tmp_path / 'stopped'}"]), stop)
    assert run(compose([f"resume={tmp_path / 'stopped'}"])).best_epoch == result.best_epoch
    for name, array in weights(tmp_path / "stopped/model.h5").items():
        np.testing.assert_array_equal(array, weights(folder.model)[name])


def test_patience_needs_validation_images() -> None:
    with pytest.raises(ConfigError, match="validation=0 leaves none"):
        compose(["patience=3", "validation=0"])
    with pytest.raises(ConfigError, match="patience=0: must be at least 1"):
        compose(["patience=0"])
