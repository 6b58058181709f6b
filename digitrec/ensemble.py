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
        description="Make one network of several trained ones: it answers the mean of their "
        "logits, or has the mean of their weights. The new folder is that of a run, whose model.h5 "
        "holds it.",
    )
    parser.add_argument(
        "runs", nargs="+", type=Path, metavar="RUN",
        help="the folders of finished runs with the same data, 2 to 16",
    )  # fmt: skip
    parser.add_argument(
        "--mean-weights", action="store_true",
        help="one network with the mean of their weights, as large and as fast as each of them; "
        "for runs of one model that began with one trained network (init=FILE)",
    )  # fmt: skip
    parser.add_argument(
        "--run-dir", type=PATH_TEXT, metavar="FOLDER",
        help="the new folder; by default a new one in experiments/ensemble",
    )  # fmt: skip
    parser.add_argument(
        "--root", type=PATH_TEXT, metavar="FOLDER",
        help="the folder of the data, as data.root in training",
    )  # fmt: skip
    arguments = parser.parse_args()
    from digitrec.training.continuation.ensembling import combine

    combine(arguments.runs, arguments.run_dir, arguments.root, mean_weights=arguments.mean_weights)
    return 0


if __name__ == "__main__":
    run_command(main)
