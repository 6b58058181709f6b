"""Teach a trained network your own hand: python -m digitrec.adapt"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digitrec.config.train_config import HELD_OUT_IMAGES
from digitrec.errors import DigitrecError, run_command

if TYPE_CHECKING:
    from digitrec.drawing.corrections import LabelledDrawing

__all__ = ["hold_back", "main", "run"]

HELD_BACK = 5  # every fifth drawing of each digit is kept to judge by


def main(program: str = "python -m digitrec.adapt") -> int:
    """Run the command; 1 where nothing could be learnt without loss on MNIST."""
    arguments = _arguments(program)
    report = run(arguments.drawings, arguments.checkpoint, arguments.output, arguments.root)
    if arguments.json:
        print(json.dumps(report, indent=1))
    else:
        _print(report)
    return 0 if report["written"] else 1


def run(
    drawings: Path | None, checkpoint: Path | None, output: Path | None, root: str | None = None
) -> dict[str, Any]:
    """Adapt a network to a file of drawings, write it, and return what came of it.

    None takes the user's own drawings, the weights that ship, and ``adapted.h5`` beside the
    drawings. ``root`` is the folder of MNIST, as in training.

    Raises:
        DigitrecError: if there are too few drawings, or a file cannot be read or written.
    """
    from digitrec.data.corrected_drawings import read, render
    from digitrec.data.dataset import Examples
    from digitrec.data.sets import MnistData
    from digitrec.drawing import corrections
    from digitrec.models import checkpoint as checkpoints
    from digitrec.models.inference import logits_of
    from digitrec.models.network import Network
    from digitrec.storage.resources import shipped_checkpoint
    from digitrec.training import adaptation
    from digitrec.training.provenance import add_adaptation

    source = drawings or corrections.default_path()
    target = output or source.with_name("adapted.h5")
    if not target.parent.is_dir():
        raise DigitrecError(f"{target}: there is no folder {target.parent}; make it first")
    trained = checkpoints.load(checkpoint or shipped_checkpoint())
    own, held_back = hold_back(read(str(drawings) if drawings else None))
    mnist = MnistData(root=root).load(HELD_OUT_IMAGES)
    frozen = adaptation.FrozenFeatures(mnist.validation, trained.network)

    def right(network: Network) -> int:
        if not held_back:
            return 0
        seen = Examples.from_arrays(*render(held_back))
        return int((logits_of(network, seen.images).argmax(axis=1) == seen.labels.numpy()).sum())

    adapted = adaptation.adapt(trained, own, mnist.train.images, frozen.accuracy)
    result = adapted.checkpoint
    if adapted.kept:
        provenance = add_adaptation(trained.provenance, len(own), adapted.kept)
        result = replace(result, provenance=provenance)
        try:
            checkpoints.save(target, result, mnist.validation.images[:8].float() / 255)
        except OSError as error:
            raise DigitrecError(f"{target}: cannot be written: {error.strerror}") from None
    return {
        "drawings": len(own),
        "held_back": len(held_back),
        "right_before": right(trained.network),
        "right_after": right(result.network),
        "mnist_before": adapted.mnist_before,
        "mnist_after": adapted.mnist_after,
        "kept": adapted.kept,
        "written": str(target) if adapted.kept else None,
    }


def hold_back(
    drawings: Sequence[LabelledDrawing],
) -> tuple[list[LabelledDrawing], list[LabelledDrawing]]:
    """Split drawings into those to learn from and every fifth of each digit, to judge by."""
    own: list[LabelledDrawing] = []
    held_back: list[LabelledDrawing] = []
    seen: dict[int, int] = defaultdict(int)
    for labelled in drawings:
        seen[labelled.label] += 1
        (own if seen[labelled.label] % HELD_BACK else held_back).append(labelled)
    return own, held_back


def _arguments(program: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=program,
        description="Let a network learn your hand from the drawings that you put right in the "
        "window. Exit code 1: nothing could be learnt without loss on MNIST.",
    )
    parser.add_argument(
        "drawings", nargs="?", type=Path, metavar="DRAWINGS",
        help="their file; by default the one that the window keeps",
    )  # fmt: skip
    parser.add_argument(
        "--checkpoint", type=Path, metavar="FILE", help="weights; those that ship by default"
    )
    parser.add_argument(
        "--output", type=Path, metavar="FILE",
        help="where the new weights go; adapted.h5 beside the drawings by default",
    )  # fmt: skip
    parser.add_argument(
        "--root", metavar="FOLDER", help="the folder of MNIST, as data.root in training"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args()


def _print(report: dict[str, Any]) -> None:
    print(f"learnt from   {report['drawings']} drawings")
    if report["held_back"]:
        print(
            f"held back     {report['held_back']} drawings: {report['right_before']} read right "
            f"before, {report['right_after']} after"
        )
    else:
        print(f"held back     none: with {HELD_BACK} of a digit, one is kept to judge by")
    print(
        f"MNIST         {report['mnist_before']:.2%} right before, {report['mnist_after']:.2%} "
        f"after, of {HELD_OUT_IMAGES:,} images that nobody trained on"
    )
    if report["written"]:
        print(f"weights       {report['written']}")
        print(f"next          python -m digitrec.gui --checkpoint {report['written']}")
    else:
        print("weights       none written: whatever was learnt made MNIST worse")


if __name__ == "__main__":
    run_command(main)
