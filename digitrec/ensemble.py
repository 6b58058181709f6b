"""Put trained networks together as one: python -m digitrec.ensemble RUN RUN …"""

from __future__ import annotations

from pathlib import Path

from digitrec.config.command_parser import PATH_TEXT, CommandParser
from digitrec.run_command import run_command

__all__ = ["main"]


def main(program: str = "python -m digitrec.ensemble") -> int:
    """Run the command."""
    parser = CommandParser(
        program,
        takes_plugins=True,
        description="Combine several trained networks into one, by the mean of their logits or of "
        "their weights. It is written to a new run directory, as model.h5.",
    )
    parser.add_argument(
        "runs", nargs="+", type=Path, metavar="RUN",
        help="directories of 2 to 16 finished runs with the same data",
    )  # fmt: skip
    parser.add_argument(
        "--mean-weights", action="store_true",
        help="average the weights instead of the logits: a network as large and as fast as each of "
        "them; only for runs of one model that all started from the same trained network "
        "(init=FILE)",
    )  # fmt: skip
    parser.add_argument(
        "--run-dir", type=PATH_TEXT, metavar="FOLDER",
        help="folder to create; default: a new one in experiments/ensemble",
    )  # fmt: skip
    parser.add_argument(
        "--root", type=PATH_TEXT, metavar="FOLDER",
        help="folder of the data, like data.root in training",
    )  # fmt: skip
    arguments = parser.parse_args()
    from digitrec.training.continuation.ensembling import combine

    combine(arguments.runs, arguments.run_dir, arguments.root, mean_weights=arguments.mean_weights)
    return 0


if __name__ == "__main__":
    run_command(main)
