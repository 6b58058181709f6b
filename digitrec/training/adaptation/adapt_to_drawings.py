"""Fine-tuning a checkpoint on a file of corrected drawings: what the command adapt does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from digitrec.config.train_config import HELD_OUT_IMAGES
from digitrec.data.corrected_drawings import read, render
from digitrec.data.dataset import DataSet, Examples
from digitrec.data.sets.single import MnistData, SyntheticData
from digitrec.drawing import corrections
from digitrec.drawing.corrections import LabelledDrawing
from digitrec.errors import CheckpointError, DigitrecError
from digitrec.models import checkpoint as checkpoints
from digitrec.models.checkpoint import Checkpoint
from digitrec.models.inference import logits_of
from digitrec.models.network import Network
from digitrec.storage.output_files import check_folder_of, check_replaces_none
from digitrec.storage.resources import shipped_checkpoint
from digitrec.storage.writing_errors import remedy
from digitrec.training.adaptation.doubtful_labels import doubtful_labels
from digitrec.training.adaptation.fine_tuning import FrozenFeatures, adapt
from digitrec.training.provenance import add_adaptation, is_adapted

__all__ = ["HELD_BACK", "AdaptationReport", "adapt_to_drawings"]

HELD_BACK = 5  # every fifth drawing of each digit judges, and is not trained on
SYNTHETIC_IMAGES = 10_000  # to answer on as before, where MNIST cannot be had
CHECK_IMAGES = 8  # stored in the checkpoint file with their logits
PREPARED, MEASURED = 0.2, 0.95  # share of the work that is done before fine-tuning, and after it


@dataclass(frozen=True)
class AdaptationReport:
    """The outcome of fine-tuning.

    Attributes:
        drawings: That were trained on.
        held_back: Drawings that judge.
        right_before, right_after: Held-back drawings that are read right.
        mnist_before, mnist_after: Accuracy on held-out training images of MNIST.
        kept: How far the weights were moved, as in `fine_tuning.Adapted`.
        written: The new checkpoint file; None where all that was learnt made MNIST worse.
        doubtful: Label, and digit that the network reads, of each drawing that was left out because
            its label is probably a slip (see `digitrec.training.adaptation.doubtful_labels`).
        others: What ``mnist_before`` and ``mnist_after`` were measured on: "synthetic" digits where
            MNIST could not be had and that was allowed.
    """

    drawings: int
    held_back: int
    right_before: int
    right_after: int
    mnist_before: float
    mnist_after: float
    kept: float
    written: str | None
    doubtful: tuple[tuple[int, int], ...] = ()
    others: Literal["mnist", "synthetic"] = "mnist"


def adapt_to_drawings(
    drawings: Path | None,
    checkpoint: Path | None,
    output: Path | None,
    root: str | None = None,
    *,
    needs_mnist: bool = True,
    progress: Callable[[float], None] = lambda share: None,
) -> AdaptationReport:
    """Fine-tune a network on a file of drawings, and write the new checkpoint.

    Args:
        drawings: Their file; None for the one that the window keeps.
        checkpoint: The network to begin with; None for the one that ships.
        output: The new checkpoint; None for ``adapted.h5`` beside the drawings.
        root: The folder of MNIST, as ``data.root`` in training.
        needs_mnist: Whether to fail where MNIST cannot be had; else synthetic digits stand in.
        progress: Called again and again with the share of the work that is done, from 0 to 1.

    Raises:
        DigitrecError: if there are too few drawings, or a file cannot be read or written.
    """
    source = drawings or corrections.default_path()
    corrections.require_home(source)
    stored = read(str(drawings) if drawings else None)
    begun = checkpoints.checkpoint_file(checkpoint or shipped_checkpoint())
    target = _target(output, source, begun)
    trained = checkpoints.load(begun)
    doubtful = doubtful_labels(trained, stored)
    own, held_back = hold_back([one for one in stored if one not in doubtful])
    if not own:
        raise DigitrecError(
            f"{source}: the network reads every drawing as a digit other than its label; correct "
            "the labels, or draw each digit once more"
        )
    progress(PREPARED / 4)
    others = _others(root, needs_mnist=needs_mnist)
    progress(PREPARED / 2)
    frozen = FrozenFeatures(others.validation, trained.network)
    progress(PREPARED)
    adapted = adapt(
        trained,
        own,
        others.train.images,
        frozen.accuracy,
        progress=lambda share: progress(PREPARED + (MEASURED - PREPARED) * share),
    )
    result = adapted.checkpoint
    if adapted.kept:
        provenance = add_adaptation(trained.provenance, len(own), adapted.kept)
        result = replace(result, provenance=provenance)
        _save(target, result, others.validation)
    return AdaptationReport(
        drawings=len(own),
        held_back=len(held_back),
        right_before=_read_right(trained.network, held_back),
        right_after=_read_right(result.network, held_back),
        mnist_before=adapted.mnist_before,
        mnist_after=adapted.mnist_after,
        kept=adapted.kept,
        written=str(target) if adapted.kept else None,
        doubtful=tuple((drawing.label, read_as) for drawing, read_as in doubtful.items()),
        others="mnist" if others.name == MnistData.name else "synthetic",
    )


def _target(output: Path | None, source: Path, begun: Path) -> Path:
    """Return where the new checkpoint goes, after checking that it may be written there.

    Args:
        output: As for `adapt_to_drawings`.
        source: The file of drawings.
        begun: The checkpoint to begin with.

    Raises:
        DigitrecError: if it cannot go there.
    """
    target = output or corrections.adapted_file(source)
    check_folder_of("", target)
    check_replaces_none(target, source, begun)
    if output is not None and target.exists() and not _is_adapted(target):
        raise DigitrecError(f"{target} exists, and is not an adapted network; name a new file")
    return target


def _save(target: Path, result: Checkpoint, stored: Examples) -> None:
    """Write the new checkpoint, with some of the examples as its stored inputs."""
    try:
        checkpoints.save(target, result, stored.images[:CHECK_IMAGES].float() / 255)
    except OSError as error:
        problem = f"{target}: cannot be written: {error.strerror}{remedy(error)}"
        raise DigitrecError(problem) from None


def _is_adapted(file: Path) -> bool:
    """Tell whether a checkpoint file holds what fine-tuning has made."""
    try:
        return is_adapted(checkpoints.load(file).provenance)
    except CheckpointError:
        return False


def _others(root: str | None, *, needs_mnist: bool) -> DataSet:
    """Return digits of other people, on which the network is to answer as before."""
    try:
        return MnistData(root=root).load(HELD_OUT_IMAGES)
    except DigitrecError:
        if needs_mnist:
            raise
        return SyntheticData(train=SYNTHETIC_IMAGES + HELD_OUT_IMAGES, test=1).load(HELD_OUT_IMAGES)


def hold_back(
    drawings: Sequence[LabelledDrawing],
) -> tuple[list[LabelledDrawing], list[LabelledDrawing]]:
    """Split drawings into those to train on and a held-back fifth of each digit for testing.

    A drawing that is added later moves no other to the other side.
    """
    own: list[LabelledDrawing] = []
    held_back: list[LabelledDrawing] = []
    seen: dict[int, int] = defaultdict(int)
    for labelled in drawings:
        seen[labelled.label] += 1
        (own if seen[labelled.label] % HELD_BACK else held_back).append(labelled)
    return own, held_back


def _read_right(network: Network, drawings: Sequence[LabelledDrawing]) -> int:
    if not drawings:
        return 0
    seen = Examples.from_arrays(*render(drawings))
    return int((logits_of(network, seen.images).argmax(axis=1) == seen.labels.numpy()).sum())
