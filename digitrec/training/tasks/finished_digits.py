"""A network for single digits at the end of its training: calibration, test score, files."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from digitrec.arrays import Float32Array
from digitrec.config.conversion import to_dict
from digitrec.config.groups import Model
from digitrec.config.shell_words import command, path_word
from digitrec.data.dataset import DataSet, Examples
from digitrec.models import checkpoint
from digitrec.models.calibration import fit_temperature
from digitrec.models.checkpoint import Checkpoint
from digitrec.models.inference import logits_of
from digitrec.models.network import Network
from digitrec.models.rejection import rejection_threshold
from digitrec.training import plots
from digitrec.training.metrics import report
from digitrec.training.run_directory import DataIdentity, Predictions, RunDir
from digitrec.training.tasks.divergence import check_logits

__all__ = ["FinishedDigits"]

KEPT = 0.998  # fraction of the validation digits that are not rejected
CHECK_IMAGES = 8  # stored in the checkpoint file with their logits


class FinishedDigits:
    """Temperature and threshold by the validation images, and the score on the test images."""

    def __init__(
        self, network: Network, dataset: DataSet, *, rejects: bool, score_test: bool
    ) -> None:
        self._dataset = dataset
        self._temperature, self._threshold = 1.0, 0.0
        self._validation_accuracy: float | None = None
        if len(dataset.validation):
            logits, labels = _answers(network, dataset.validation)
            self._temperature = fit_temperature(logits, labels)
            self._validation_accuracy = report(logits, labels).accuracy
            if rejects:
                self._threshold = rejection_threshold(logits, KEPT)
        self._test: tuple[Float32Array, Any] | None = None
        self._report = None
        if score_test:
            self._test = _answers(network, dataset.test)
            self._report = report(*self._test, self._temperature, dataset.test.clusters)
        self._network = network.to("cpu")

    @cached_property
    def figures(self) -> Mapping[str, Any]:
        """What result.json holds of the scores."""
        figures: dict[str, Any] = {
            "validation_accuracy": self._validation_accuracy,
            "temperature": self._temperature,
            "rejection_threshold": self._threshold,
        }
        if self._report:
            figures |= {
                "test_accuracy": self._report.accuracy,
                "test_errors": self._report.errors,
                "test_count": self._report.count,
                "test_loss": self._report.loss,
                "test_ece": self._report.ece,
            }
        return figures

    @property
    def summary(self) -> str | None:
        """A line on the test set; None where it was not scored."""
        if self._report is None:
            return None
        low, high = self._report.accuracy_interval
        clusters = self._dataset.test.clusters
        depend = f", images {clusters}" if clusters else ""
        return (
            f"{self._report.accuracy:.2%} right ({self._report.errors:,} of "
            f"{self._report.count:,} misread; 95% interval {low:.2%} to {high:.2%}{depend}), "
            f"calibration error {self._report.ece:.2%}"
        )

    def next_step(self, folder: RunDir) -> str:
        """Return the command that reads pictures with the network."""
        return command("predict", "IMAGE", "--checkpoint", path_word(folder.model))

    def export(self, file: Path, model: Model, provenance: Mapping[str, Any]) -> None:
        """Write the checkpoint file."""
        arguments = to_dict(model)
        name = arguments.pop("name")
        exported = Checkpoint(
            name,
            arguments,
            self._network,
            self._temperature,
            self._threshold,
            provenance=dict(provenance),
        )
        # Where the test set is left alone, the stored inputs are training images.
        examples = self._dataset.test if self._test else self._dataset.train
        checkpoint.save(file, exported, _check_input(examples))

    def write_test_files(self, folder: RunDir) -> None:
        """Write predictions.h5, confusion.png and mistakes.png."""
        if self._test is None or self._report is None:
            return
        logits, labels = self._test
        identity = DataIdentity(*self._dataset.test_identity)
        folder.write_predictions(Predictions(logits, labels, identity, self._dataset.test.clusters))
        plots.confusion(folder.path / "confusion.png", self._report.confusion)
        images = self._dataset.test.images[:, 0].numpy()
        scaled = logits / np.float32(self._temperature)
        plots.mistakes(folder.path / "mistakes.png", images, labels, scaled)


def _answers(network: Network, examples: Examples) -> tuple[Float32Array, Any]:
    """Return the logits (N, 10), all of them finite, and labels (N,) of examples."""
    logits = logits_of(network, examples.images)
    check_logits(logits)
    return logits, examples.labels.numpy()


def _check_input(examples: Examples) -> Tensor:
    return examples.images[:CHECK_IMAGES].float() / 255
