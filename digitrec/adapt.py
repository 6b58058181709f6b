"""Fine-tune a network on your own drawings: python -m digitrec.adapt"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from digitrec.config.command_parser import PATH_TEXT, CommandParser
from digitrec.config.shared_options import add_checkpoint
from digitrec.message_text import printable
from digitrec.run_command import run_command

if TYPE_CHECKING:
    from digitrec.training.adaptation.adapt_to_drawings import AdaptationReport

__all__ = ["main"]


def main(program: str = "python -m digitrec.adapt") -> int:
    """Run the command; 1 where nothing could be learnt without loss on MNIST."""
    arguments = _arguments(program)
    from digitrec.training.adaptation.adapt_to_drawings import adapt_to_drawings

    report = adapt_to_drawings(
        arguments.drawings, arguments.checkpoint, arguments.output, arguments.root
    )
    if arguments.json:
        print(json.dumps(asdict(report), indent=1))
    else:
        _print(report)
    return 0 if report.written else 1


def _arguments(program: str) -> argparse.Namespace:
    parser = CommandParser(
        program,
        takes_plugins=True,
        description="Fine-tune a network on the drawings that you corrected in the window. Exit "
        "code 1: no network was written, because every attempt made accuracy on MNIST worse.",
    )
    parser.add_argument(
        "drawings", nargs="?", type=Path, metavar="DRAWINGS",
        help="file of corrected drawings; default: the one that the window saves",
    )  # fmt: skip
    add_checkpoint(parser)
    parser.add_argument(
        "--output", type=Path, metavar="FILE",
        help="checkpoint file to write; default: adapted.h5 in the folder of the drawings",
    )  # fmt: skip
    parser.add_argument(
        "--root", type=PATH_TEXT, metavar="FOLDER",
        help="folder that holds MNIST, like data.root in training",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args()


def _print(report: AdaptationReport) -> None:
    from digitrec.config.shell_words import command, path_word
    from digitrec.config.train_config import HELD_OUT_IMAGES
    from digitrec.training.adaptation.adapt_to_drawings import HELD_BACK

    print(f"trained on    {report.drawings} drawings")
    for label, read in report.doubtful:
        print(
            f"left out      a drawing labelled {label} that looks like a {read}; a second one like "
            "it would confirm the label"
        )
    if report.held_back:
        print(
            f"held back     {report.held_back} drawings: {report.right_before} read right before, "
            f"{report.right_after} after"
        )
    else:
        print(f"held back     none: of every {HELD_BACK} drawings of a digit, one would be")
    print(
        f"MNIST         {report.mnist_before:.2%} right before, {report.mnist_after:.2%} after, of "
        f"{HELD_OUT_IMAGES:,} held-out images"
    )
    if report.written:
        print(f"checkpoint    {printable(report.written)}")
        print(f"next          {command('gui', '--checkpoint', path_word(report.written))}")
    else:
        print("checkpoint    none written: every attempt made accuracy on MNIST worse")


if __name__ == "__main__":
    run_command(main)
