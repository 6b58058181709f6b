"""Compare runs, and tell differences from luck: python -m digitrec.compare [RUN…]"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from digitrec.errors import DigitrecError, run_command

__all__ = ["main", "summary"]

EXAMPLES = """\
  {program}                              all runs in experiments/
  {program} deep mnist-cnn               two experiments
  {program} 'runs/2026*' --sort seconds
  {program} --where epochs>=6 --where model=cnn,deep --baseline mnist-cnn
  {program} --html report.html           one file, for any browser

Runs that differ only in their seed make one row. Exit code 1: some runs could not be compared.
"""


def main(program: str = "python -m digitrec.compare") -> int:
    """Run the command; 1 where some runs could not be compared and others were."""
    arguments = _arguments(program)
    if arguments.html:
        _check_target(arguments.html)
    from digitrec.comparison import text_report
    from digitrec.comparison.runs import find
    from digitrec.comparison.verdicts import study

    folders = find(arguments.runs)
    sections = []
    if arguments.html:
        from digitrec.comparison import html_report

        sections = html_report.searches(folders)  # of which no run need be scored on the test set
    found = study(
        folders, arguments.where, arguments.sort, arguments.baseline, empty=bool(sections)
    )
    if arguments.html:
        html_report.write(arguments.html, found, sections)
    writers = {
        "json": text_report.to_json,
        "csv": text_report.to_csv,
        "markdown": text_report.to_markdown,
    }
    if arguments.format in writers:
        print(writers[arguments.format](found).rstrip("\n"))
    elif sys.stdout.isatty():
        from rich.console import Console

        text_report.print_text(found, Console(highlight=False))
    else:
        print(text_report.plain(found), end="")
    if arguments.html and arguments.format == "text":
        print(f"report {arguments.html}")
    return 1 if found.problems else 0


def summary(folders: Sequence[Path]) -> str:
    """Return the table and the verdicts of finished runs as plain text, a sweep's for example.

    Raises:
        DigitrecError: if none of the folders can be compared.
    """
    from digitrec.comparison.text_report import plain
    from digitrec.comparison.verdicts import study

    return plain(study(list(folders)))


def _arguments(program: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=program,
        description="Compare runs: a table, and whether differences are more than luck.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=EXAMPLES.format(program=program),
    )
    parser.add_argument(
        "runs", nargs="*", metavar="RUN",
        help="folder of a run or of runs, pattern, or experiment; by default all in experiments/",
    )  # fmt: skip
    parser.add_argument(
        "--where", action="append", default=[], metavar="CONDITION",
        help="keep runs that meet it, as model=deep,cnn, model!=tiny or epochs>=6; may be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--sort", default="accuracy", metavar="BY",
        help="accuracy (the default), errors, seconds, parameters, runs, name, or a setting",
    )  # fmt: skip
    parser.add_argument(
        "--baseline", metavar="ROW",
        help="hold all rows against this one: its name, a run in it, or a condition",
    )  # fmt: skip
    parser.add_argument(
        "--html", type=Path, metavar="FILE", help="write a report, one file with all in it"
    )
    style = parser.add_mutually_exclusive_group()
    for name in ("json", "csv", "markdown"):
        style.add_argument(
            f"--{name}", dest="format", action="store_const", const=name, default="text",
            help=f"print {'JSON' if name == 'json' else 'CSV' if name == 'csv' else 'Markdown'}",
        )  # fmt: skip
    return parser.parse_args()


def _check_target(path: Path) -> None:
    """Check, before work begins, that the report can be written."""
    if path.is_dir():
        raise DigitrecError(f"--html {path} is a folder; name a file")
    if path.suffix.lower() not in (".html", ".htm"):  # the name of a run, or a file to be kept
        raise DigitrecError(f"--html {path}: name a file that ends in .html")
    if not path.absolute().parent.is_dir():
        raise DigitrecError(f"--html {path}: there is no folder {path.parent}")


if __name__ == "__main__":
    run_command(main)
