"""Score a checkpoint file on a test set: python -m digitrec.evaluate CHECKPOINT [data=…]"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digitrec.config.command_parser import CommandParser
from digitrec.errors import DigitrecError
from digitrec.message_text import printable
from digitrec.run_command import run_command
from digitrec.storage.output_files import check_folder_of, check_replaces_none

if TYPE_CHECKING:
    from digitrec.arrays import Float32Array
    from digitrec.config.train_config import TrainConfig
    from digitrec.data.clusters import Clusters
    from digitrec.data.dataset import Examples
    from digitrec.models.checkpoint import Checkpoint
    from digitrec.training.metrics import Report

__all__ = ["main"]

PICTURE = Path("digitrec-evaluation.png")


def main(program: str = "python -m digitrec.evaluate") -> int:
    """Run the command."""
    arguments = _arguments(program)
    picture = arguments.picture or (None if arguments.json else PICTURE)
    if picture is not None:
        check_folder_of("--picture", picture)
        if picture.exists() and not picture.is_file():
            raise DigitrecError(f"--picture {picture} is not a file; name a new file")
    from digitrec.config.overrides import check_used

    check_used(arguments.settings, ("data", "device", "threads", "plugins"), "evaluate")
    import numpy as np

    from digitrec.config.compose import compose
    from digitrec.models import checkpoint
    from digitrec.training.metrics import report

    # No training images are used here, and a small data set could not hold out as many as usual.
    config = compose(["validation=0", *arguments.settings])
    if picture is not None:
        _check_may_draw(picture, checkpoint.checkpoint_file(arguments.checkpoint))
    trained = checkpoint.load(arguments.checkpoint)
    config.data.check()
    examples, checksum = config.data.load_test()
    logits = _logits(trained, examples, config)
    judged = report(logits, examples.labels.numpy(), trained.temperature, examples.clusters)
    if picture is not None:
        _draw(picture, judged, examples, logits / np.float32(trained.temperature))
    if arguments.json:
        plain = _plain(judged, trained.model, config.data.name, checksum, examples.clusters)
        print(json.dumps(plain, indent=1))
    else:
        name = f"{arguments.checkpoint} ({trained.model})"
        _print(judged, name, config.data.name, picture, examples.clusters)
    return 0


def _check_may_draw(picture: Path, checkpoint: Path) -> None:
    """Check that drawing a picture replaces nothing but one that evaluate drew before."""
    from digitrec.training import plots

    check_replaces_none(picture, checkpoint)
    if picture.is_file() and not plots.is_evaluation(picture):
        raise DigitrecError(
            f"{picture} exists, and evaluate did not draw it; name another with --picture FILE"
        )


def _logits(trained: Checkpoint, examples: Examples, config: TrainConfig) -> Float32Array:
    """Return the logits (N, 10) of test images, by the device and threads of a configuration."""
    import torch

    from digitrec.models.device import pick_device
    from digitrec.models.inference import logits_of

    device = pick_device(config.device)
    if config.threads is not None:
        torch.set_num_threads(config.threads)
    return logits_of(trained.network.to(device), examples.images)


def _draw(picture: Path, judged: Report, examples: Examples, scaled: Float32Array) -> None:
    """Draw the confusion matrix, and the worst mistakes by the scaled logits (N, 10)."""
    from digitrec.training import plots

    images, labels = examples.images[:, 0].numpy(), examples.labels.numpy()
    try:
        plots.evaluation(picture, judged.confusion, images, labels, scaled)
    except OSError as error:
        raise DigitrecError(
            f"cannot write {picture}: {error.strerror}; name another with --picture FILE"
        ) from None


def _arguments(program: str) -> argparse.Namespace:
    parser = CommandParser(
        program,
        takes_plugins=True,
        description="Score a checkpoint file on the test images of a data set.",
    )
    parser.add_argument(
        "checkpoint",
        type=Path,
        metavar="CHECKPOINT",
        help="checkpoint file (model.h5), or the directory of a finished run",
    )
    parser.add_argument(
        "settings", nargs="*", default=[], metavar="key=value",
        help="the settings data, data.KEY, device and threads, as in training: data.root=FOLDER, "
        "device=cpu",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--picture", type=Path, metavar="FILE",
        help="file for the picture of the confusion matrix and the worst mistakes; default: "
        f"{PICTURE}",
    )  # fmt: skip
    return parser.parse_args()


def _plain(
    judged: Report, model: str, data: str, checksum: str, clusters: Clusters | None
) -> dict[str, Any]:
    return {
        "model": model,
        "data": data,
        "checksum": checksum,
        "count": judged.count,
        "errors": judged.errors,
        "accuracy": judged.accuracy,
        "accuracy_interval": judged.accuracy_interval,
        "clusters": clusters.count if clusters else None,
        "clustered_by": clusters.by if clusters else None,
        "ece": judged.ece,
        "loss": judged.loss,
        "errors_by_class": judged.errors_by_class,
        "confusion": judged.confusion.tolist(),
    }


def _print(
    judged: Report, checkpoint: str, data: str, picture: Path | None, clusters: Clusters | None
) -> None:
    low, high = judged.accuracy_interval
    counts = judged.confusion.sum(axis=1)
    print(f"{printable(checkpoint)} on the {judged.count:,} test images of {data}")
    print(f"accuracy      {judged.accuracy:.2%}, 95% interval {low:.2%} to {high:.2%}")
    if clusters:
        print(f"              images {clusters}; it allows for {clusters.allowed_for}")
    print(f"errors        {judged.errors:,}")
    print(f"calibration   {judged.ece:.2%} expected calibration error, 15 bins")
    print("by class      " + " ".join(f"{digit:>6}" for digit in range(10)))
    print("  errors      " + " ".join(f"{wrong:>6}" for wrong in judged.errors_by_class))
    shares = (
        f"{wrong / count:>6.1%}" if count else "     -"
        for wrong, count in zip(judged.errors_by_class, counts, strict=True)
    )
    print("              " + " ".join(shares))
    if picture is not None:
        print(f"picture       {printable(str(picture))}: confusion matrix and worst mistakes")


if __name__ == "__main__":
    run_command(main)
