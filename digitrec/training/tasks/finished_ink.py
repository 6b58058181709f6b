"""A network for ink at the end of its training: test score, and files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from digitrec.config.conversion import to_dict
from digitrec.config.groups import Model
from digitrec.config.shell_words import command, path_word
from digitrec.data.ink.dataset import InkDataSet
from digitrec.models import ink_checkpoint
from digitrec.models.network import InkNetwork, Network
from digitrec.training.run_directory import DataIdentity, RunDir, StringPredictions
from digitrec.training.tasks.task import Score

__all__ = ["FinishedInk"]

CHECK_IMAGES = 4  # stored in the checkpoint file with their logits


class FinishedInk:
    """A network and its scores.

    Args:
        network: in evaluation mode.
        dataset: that it was trained on.
        validation: its score on the validation part; None without one.
        test: its score on the test part; None where that was left alone.
        found: of each test picture, whether its ink is found.
    """

    def __init__(
        self,
        network: Network,
        dataset: InkDataSet,
        validation: Score | None,
        test: Score | None,
        found: list[bool] | None,
    ) -> None:
        self._network = cast(InkNetwork, network.to("cpu"))
        self._dataset = dataset
        self._validation, self._test, self._found = validation, test, found

    @property
    def figures(self) -> Mapping[str, Any]:
        """What result.json holds of the scores: pictures whose ink is found."""
        figures: dict[str, Any] = {}
        if self._validation:
            figures["validation_accuracy"] = self._validation.accuracy
        if self._test and self._found:
            figures |= {
                "test_accuracy": self._test.accuracy,
                "test_errors": self._found.count(False),
                "test_count": len(self._found),
                "test_loss": self._test.loss,
            }
        return figures

    @property
    def summary(self) -> str | None:
        """A line on the test set; None where it was not scored."""
        if self._test is None:
            return None
        figures = self.figures
        return (
            f"in {figures['test_accuracy']:.2%} of pictures the ink is found "
            f"(not in {figures['test_errors']:,} of {figures['test_count']:,})"
        )

    def next_step(self, folder: RunDir) -> str:
        """Return the command that compares the run with others."""
        return command("compare", path_word(folder.path.parent))

    def export(self, file: Path, model: Model, provenance: Mapping[str, Any]) -> None:
        """Write the checkpoint file."""
        arguments = to_dict(model)
        name = arguments.pop("name")
        examples = self._dataset.test if self._test else self._dataset.train
        check_input = examples.images[:CHECK_IMAGES].float() / 255
        ink_checkpoint.save(file, self._network, name, arguments, check_input, provenance)

    def write_test_files(self, folder: RunDir) -> None:
        """Write predictions.h5: for each picture 1, and 1 or 0 as its ink is found or not."""
        if self._found is None:
            return
        identity = DataIdentity(*self._dataset.test_identity)
        answers = [[int(found)] for found in self._found]
        folder.write_predictions(StringPredictions.of([[1]] * len(answers), answers, identity))
