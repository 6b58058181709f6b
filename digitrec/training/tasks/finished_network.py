"""A network for strings, ink or marks at the end of its training: scores, and files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Sized
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from torch import Tensor

from digitrec.config.conversion import to_dict
from digitrec.config.groups import Model
from digitrec.config.shell_words import command, path_word
from digitrec.data.dataset import AnyDataSet
from digitrec.models.checkpoint_format import DescribedNetwork
from digitrec.models.network import Network
from digitrec.training.run_directory import DataIdentity, RunDir, StringPredictions
from digitrec.training.tasks.task import Score

__all__ = ["FinishedNetwork", "Judgement", "NetworkKind", "finish_network"]

_Examples = TypeVar("_Examples", bound=Sized)


@dataclass(frozen=True, eq=False)
class Judgement:
    """The scores of a network on examples.

    Attributes:
        score: Loss and accuracy.
        shown: Of each image, what it shows, as classes.
        read: And what the network reads in it.
    """

    score: Score
    shown: Sequence[Sequence[int]]
    read: Sequence[Sequence[int]]


@dataclass(frozen=True, eq=False)
class NetworkKind(Generic[_Examples]):
    """How networks of one kind are judged and written.

    Attributes:
        judge: Scores a network on examples.
        check_input: Chooses the images (N, C, H, W) of some examples that are stored in the
            checkpoint file with their logits.
        save: Writes the checkpoint file, as `digitrec.models.string_checkpoint.save` does.
        sentence: A line on the test set with ``accuracy``, ``errors`` and ``count`` in braces.
    """

    judge: Callable[[Network, _Examples], Judgement]
    check_input: Callable[[_Examples], Tensor]
    save: Callable[..., None]
    sentence: str


@dataclass(frozen=True, eq=False)
class FinishedNetwork:
    """A network and its scores.

    Attributes:
        network: In evaluation mode, on the CPU.
        validation: Its score on the validation part; None without one.
        test: How it does on the test part; None where that was left alone.
        test_identity: The name and the checksum of the data set that the test part belongs to.
        check_input: Images (N, C, H, W), stored in the checkpoint file with their logits.
        kind: What is common to networks of its kind.
    """

    network: Network
    validation: Score | None
    test: Judgement | None
    test_identity: tuple[str, str]
    check_input: Tensor
    kind: NetworkKind[Any]

    @property
    def figures(self) -> Mapping[str, Any]:
        """What result.json holds of the scores."""
        figures: dict[str, Any] = {}
        if self.validation:
            figures["validation_accuracy"] = self.validation.accuracy
        if self.test:
            pairs = zip(self.test.shown, self.test.read, strict=True)
            figures |= {
                "test_accuracy": self.test.score.accuracy,
                "test_errors": sum(shown != read for shown, read in pairs),
                "test_count": len(self.test.shown),
                "test_loss": self.test.score.loss,
            }
        return figures

    @property
    def summary(self) -> str | None:
        """A line on the test set; None where it was not scored."""
        if self.test is None:
            return None
        figures = self.figures
        named = {name: figures[f"test_{name}"] for name in ("accuracy", "errors", "count")}
        return self.kind.sentence.format(**named)

    def next_step(self, folder: RunDir) -> str:
        """Return the command that compares the run with others."""
        return command("compare", path_word(folder.path.parent))

    def export(self, file: Path, model: Model, provenance: Mapping[str, Any]) -> None:
        """Write the checkpoint file."""
        arguments = to_dict(model)
        name = arguments.pop("name")
        images = self.check_input.float() / 255
        described = DescribedNetwork(self.network, name, arguments, dict(provenance))
        self.kind.save(file, described, images)

    def write_test_files(self, folder: RunDir) -> None:
        """Write predictions.h5."""
        if self.test is None:
            return
        identity = DataIdentity(*self.test_identity)
        folder.write_predictions(StringPredictions.of(self.test.shown, self.test.read, identity))


def finish_network(
    network: Network,
    dataset: AnyDataSet[_Examples],
    kind: NetworkKind[_Examples],
    *,
    score_test: bool,
) -> FinishedNetwork:
    """Score a network on the validation part, if there is one, and on the test part.

    Args:
        network: In evaluation mode.
        dataset: Whose test part is touched this once.
        kind: How the network is judged and written.
        score_test: False leaves the test part alone.
    """
    has_validation = len(dataset.validation) > 0
    validation = kind.judge(network, dataset.validation).score if has_validation else None
    test = kind.judge(network, dataset.test) if score_test else None
    # Where the test set is left alone, the stored inputs are training images.
    images = kind.check_input(dataset.test if score_test else dataset.train)
    return FinishedNetwork(network.to("cpu"), validation, test, dataset.test_identity, images, kind)
