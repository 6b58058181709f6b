"""Read digits from pictures: python -m digitrec.predict IMAGE…"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from digitrec.config.checks import check_device
from digitrec.config.command_parser import CommandParser
from digitrec.errors import DigitrecError, printable, run_command
from digitrec.recognition.output_formats import write_pages, write_predictions
from digitrec.recognition.picture_search import STDIN, describe_skipped, find_pictures

__all__ = ["main"]


def main(program: str = "python -m digitrec.predict") -> int:
    """Run the command.

    Returns:
        The exit code: 1 where some pictures could not be read and others were, 2 where none was.
    """
    arguments = _arguments(program)
    found = find_pictures(arguments.images)
    names = found.names
    if found.skipped:
        print(printable(describe_skipped(found.skipped)), file=sys.stderr)
    from digitrec.models.device import pick_device
    from digitrec.recognition.read_files import read_files, recognize_files
    from digitrec.recognition.recognizer import Recognizer

    recognizer = Recognizer.load(arguments.checkpoint, pick_device(arguments.device))
    stdin = sys.stdin.buffer.read() if STDIN in names else b""
    errors: list[DigitrecError] = []

    def report(error: DigitrecError) -> None:
        errors.append(error)
        print(f"error: {error}", file=sys.stderr)

    # In text, a name with a newline would look like two lines; in JSON and CSV names are quoted.
    shown = printable if arguments.format == "text" else str
    if arguments.lines or arguments.boxes_out:
        pages = read_files(
            recognizer, names, report, stdin, arguments.page, arguments.boxes_out,
            arguments.digits_only,
        )  # fmt: skip
        write_pages([(shown(name), p) for name, p in pages], arguments.format, sys.stdout)
        count = len(pages)
    else:
        predictions = recognize_files(recognizer, names, report, stdin, arguments.page)
        digits = [(shown(name), p) for name, p in predictions]
        write_predictions(digits, arguments.format, sys.stdout)
        count = len(predictions)
    return 0 if not errors else 1 if count else 2


def _arguments(program: str) -> argparse.Namespace:
    parser = CommandParser(
        program,
        takes_plugins=True,
        description="Read the digits in pictures. Exit code 1: some pictures could not be read.",
    )
    parser.add_argument(
        "images",
        nargs="+",
        metavar="IMAGE",
        help="file, folder, pattern, or - for standard input",
    )
    parser.add_argument(
        "--lines",
        action="store_true",
        help="read numbers and pages; without it, one digit is read in each picture",
    )
    parser.add_argument(
        "--digits-only",
        action="store_true",
        help="with --lines, leave out the marks between digits (. , - / : %% +) and wide spaces",
    )
    parser.add_argument(
        "--boxes-out",
        type=Path,
        metavar="FOLDER",
        help="as --lines, and write each picture with its digits marked to this folder, as new "
        "files; confidences are in percent",
    )
    parser.add_argument(
        "--page",
        type=_page_number,
        metavar="N",
        help="read page N alone of files of several pages (TIFF) and of animations; else all are",
    )
    parser.add_argument(
        "--checkpoint",
        type=Path,
        metavar="FILE",
        help="checkpoint file (model.h5) of the network; by default, the one in the package",
    )
    parser.add_argument(
        "--device",
        default="auto",
        help="auto (the default), cpu, cuda, mps; cuda:1 is the second of several",
    )
    form = parser.add_mutually_exclusive_group()
    for name in ("json", "csv"):
        form.add_argument(
            f"--{name}",
            dest="format",
            action="store_const",
            const=name,
            default="text",
            help=f"print {name.upper()}",
        )
    given = parser.parse_args()
    check_device(given.device, "--device ")
    return given


def _page_number(word: str) -> int:
    if not word.isdecimal() or int(word) < 1:
        raise argparse.ArgumentTypeError(f"a page is a number from 1 on, not {word}")
    return int(word)


if __name__ == "__main__":
    run_command(main)
