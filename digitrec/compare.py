"""Compare runs and tell real differences from noise: python -m digitrec.compare [RUN…]"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from digitrec.config.command_parser import CommandParser
from digitrec.errors import DigitrecError
from digitrec.message_text import printable
from digitrec.run_command import run_command
from digitrec.storage.output_files import check_folder_of

__all__ = ["main"]

EXAMPLES = """\
  {program}                              all runs in experiments/
  {program} deep mnist-cnn               two experiments
  {program} 'experiments/*/2026*' --sort seconds
  {program} --where 'epochs>=6' --where model=cnn,deep --baseline mnist-cnn
  {program} --where tags=wide --where 'notes!=*draft*'
  {program} --html report.html           one file, for any browser

Runs that differ only in their seed belong to the same recipe and are compared as one.
Exit code 1: some runs could not be compared.
"""


def main(program: str = "python -m digitrec.compare") -> int:
    """Run the command; return 1 if some of the runs could not be compared."""
    arguments = _arguments(program)
    if arguments.html:
        _check_html_file(arguments.html)
    from digitrec.comparison import csv_and_json, text_report
    from digitrec.comparison.compare_runs import compare_runs
    from digitrec.comparison.find_runs import find_runs

    folders = find_runs(arguments.runs)
    sections = []
    if arguments.html:
        from digitrec.comparison.html_report.report import write_report
        from digitrec.comparison.html_report.search_sections import search_sections

        # A search has something to show even if none of its runs was scored on the test set.
        sections = search_sections(folders)
    comparison = compare_runs(
        folders, arguments.where, arguments.sort, arguments.baseline, allow_empty=bool(sections)
    )
    if arguments.html:
        write_report(arguments.html, comparison, sections)
    writers = {
        "json": csv_and_json.to_json,
        "csv": csv_and_json.to_csv,
        "markdown": text_report.markdown_report,
    }
    if arguments.format in writers:
        print(writers[arguments.format](comparison).rstrip("\n"))
    elif sys.stdout.isatty():
        from rich.console import Console

        text_report.print_report(comparison, Console(highlight=False, emoji=False))
    else:
        print(text_report.plain_report(comparison), end="")
    if arguments.html and arguments.format == "text":
        print(f"report {printable(str(arguments.html))}")
    return 1 if comparison.problems else 0


def _arguments(program: str) -> argparse.Namespace:
    parser = CommandParser(
        program,
        takes_plugins=True,
        description="Compare finished runs: print their results, and verdicts on whether the "
        "differences are real or within noise.",
        epilog=EXAMPLES.format(program=program),
    )
    parser.add_argument(
        "runs", nargs="*", metavar="RUN",
        help="the folder of a run, a folder of many runs, a pattern, or an experiment's name; "
        "default: all runs in experiments/",
    )  # fmt: skip
    parser.add_argument(
        "--where", action="append", default=[], metavar="CONDITION",
        help="compare only the runs that meet this condition, such as model=deep,cnn, model!=tiny "
        "or epochs>=6; may be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--sort", default="accuracy", metavar="KEY",
        help="sort by accuracy (the default), errors, seconds, parameters, runs, name, "
        "or a setting",
    )  # fmt: skip
    parser.add_argument(
        "--baseline", metavar="RECIPE",
        help="compare every recipe with this one, given by its name, its experiment, the folder of "
        "one of its runs, or a condition",
    )  # fmt: skip
    parser.add_argument(
        "--html", type=Path, metavar="FILE",
        help="write a report with charts as one HTML file",
    )  # fmt: skip
    style = parser.add_mutually_exclusive_group()
    for name, shown in (("json", "JSON"), ("csv", "CSV"), ("markdown", "Markdown")):
        style.add_argument(
            f"--{name}", dest="format", action="store_const", const=name, default="text",
            help=f"print {shown}",
        )  # fmt: skip
    return parser.parse_args()


def _check_html_file(path: Path) -> None:
    """Check, before work begins, that the report can be written."""
    if path.is_dir():
        raise DigitrecError(f"--html {path} is a folder; name a file")
    if path.suffix.lower() not in (".html", ".htm"):  # the name of a run, or a file to be kept
        raise DigitrecError(f"--html {path}: name a file that ends in .html")
    check_folder_of("--html", path)
    if path.exists():
        from digitrec.comparison.html_report.report import is_report

        if not is_report(path):
            raise DigitrecError(f"--html {path} exists and is not a report; name a new file")


if __name__ == "__main__":
    run_command(main)
