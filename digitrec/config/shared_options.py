"""Options that several commands have, in the same words."""

from __future__ import annotations

import argparse
from pathlib import Path

__all__ = ["CHECKPOINT_HELP", "add_checkpoint", "add_device"]

CHECKPOINT_HELP = (
    "checkpoint file of the network, or the directory of a finished run; by default, the file that "
    "comes with digitrec"
)


def add_checkpoint(parser: argparse.ArgumentParser) -> None:
    """Add ``--checkpoint``: a path, None for the file that ships."""
    parser.add_argument("--checkpoint", type=Path, metavar="FILE", help=CHECKPOINT_HELP)


def add_device(parser: argparse.ArgumentParser) -> None:
    """Add ``--device``: a text, which is for `digitrec.models.device.pick_device`."""
    parser.add_argument(
        "--device",
        default="auto",
        help="auto (the default), cpu, cuda, mps; cuda:1 is the second GPU",
    )
