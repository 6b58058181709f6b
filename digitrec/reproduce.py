"""Train a recorded run again and compare: python -m digitrec.reproduce RUN"""

from __future__ import annotations

from pathlib import Path

from digitrec.comparison.reproduction import REPRODUCTIONS, read_record, reproduce
from digitrec.config.command_parser import CommandParser
from digitrec.message_text import printable
from digitrec.run_command import run_command

__all__ = ["main"]


def main(program: str = "python -m digitrec.reproduce") -> int:
    """Run the command; return 0 if the result is identical, else 1."""
    parser = CommandParser(
        program,
        takes_plugins=True,
        description="Train a recorded run again in a new folder, and say whether the result is "
        "identical, bit for bit. If not, print what differs in the environment and in the result. "
        "Exit code 0: identical; 1: not identical.",
    )
    parser.add_argument(
        "run", type=Path, metavar="RUN", help="the folder of a run, or a checkpoint file (model.h5)"
    )
    parser.add_argument(
        "--run-dir", type=Path, metavar="FOLDER",
        help=f"folder of the new run; default: a new one in {REPRODUCTIONS}",
    )  # fmt: skip
    arguments = parser.parse_args()
    record = read_record(arguments.run)
    folder, mismatches = reproduce(record, arguments.run_dir)
    environment = [mismatch.text for mismatch in mismatches if mismatch.part == "environment"]
    result = [mismatch.text for mismatch in mismatches if mismatch.part == "result"]
    print()
    for title, lines in (("environment", environment), ("result", result)):
        if lines:
            print(f"{title} differs")
            for line in lines:
                print(f"  {printable(line)}")
    there, original = printable(str(folder)), printable(str(arguments.run))
    if result:
        cause = "; the environment may be the cause" if environment else ", in the same environment"
        print(f"not identical: {there} differs from {original}{cause}")
        return 1
    missing = ", ".join(record.missing)
    kept = f", in everything that was kept (not kept: {missing})" if missing else ""
    print(f"identical: {there} equals {original}, bit for bit{kept}")
    return 0


if __name__ == "__main__":
    run_command(main)
