"""A network for strings at the end of its training: test score, and files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from digitrec.config.conversion import to_dict
from digitrec.config.groups import Model
from digitrec.config.shell_words import command, path_word
from digitrec.data.string_dataset import StringDataSet, StringExamples
from digitrec.models import string_checkpoint
from digitrec.models.network import Network, StringNetwork
from digitrec.models.string_checkpoint import CHECK_WIDTH
from digitrec.training.run_directory import DataIdentity, RunDir, StringPredictions
from digitrec.training.tasks.task import Score

__all__ = ["FinishedStrings"]

CHECK_IMAGES = 8  # stored in the checkpoint file with their logits


class FinishedStrings:
    """A network and its scores.

    Args:
        network: in evaluation mode.
        dataset: that it was trained on.
        validation: its score on the validation part; None without one.
        test: its score on the test part; None where that was left alone.
        texts: what it reads in the test part, and what the images show, as classes.
    """

    def __init__(
        self,
        network: Network,
        dataset: StringDataSet,
        validation: Score | None,
        test: Score | None,
        texts: tuple[list[list[int]], list[list[int]]] | None,
    ) -> None:
        self._network = cast(StringNetwork, network.to("cpu"))
        self._dataset = dataset
        self._validation, self._test, self._texts = validation, test, texts

    @property
    def figures(self) -> Mapping[str, Any]:
        """What result.json holds of the scores: strings that are read wholly right."""
        figures: dict[str, Any] = {}
        if self._validation:
            figures["validation_accuracy"] = self._validation.accuracy
        if self._test and self._texts:
            read, shown = self._texts
            errors = sum(one != other for one, other in zip(read, shown, strict=True))
            figures |= {
                "test_accuracy": self._test.accuracy,
                "test_errors": errors,
                "test_count": len(shown),
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
            f"{figures['test_accuracy']:.2%} of strings wholly right "
            f"({figures['test_errors']:,} of {figures['test_count']:,} misread)"
        )

    def next_step(self, folder: RunDir) -> str:
        """Return the command that compares the run with others."""
        return command("compare", path_word(folder.path.parent))

    def export(self, file: Path, model: Model, provenance: Mapping[str, Any]) -> None:
        """Write the checkpoint file."""
        arguments = to_dict(model)
        name = arguments.pop("name")
        examples = self._dataset.test if self._test else self._dataset.train
        narrow = _narrowest(examples)
        check_input = narrow[:CHECK_IMAGES, :, :, :CHECK_WIDTH].float() / 255
        string_checkpoint.save(file, self._network, name, arguments, check_input, provenance)

    def write_test_files(self, folder: RunDir) -> None:
        """Write predictions.h5."""
        if self._texts is None:
            return
        read, shown = self._texts
        identity = DataIdentity(*self._dataset.test_identity)
        folder.write_predictions(StringPredictions.of(shown, read, identity))


def _narrowest(examples: StringExamples) -> Any:
    """Return the images of the group with the narrowest images, which are first."""
    return examples.groups[0].images
