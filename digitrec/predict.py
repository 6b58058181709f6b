"""Read digits from pictures: python -m digitrec.predict IMAGE…"""

from __future__ import annotations

import argparse
import contextlib
import functools
import itertools
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from digitrec.config.checks import check_device
from digitrec.config.command_parser import CommandParser
from digitrec.config.plugins import loaded_plugins
from digitrec.config.shared_options import add_checkpoint, add_device
from digitrec.errors import DigitrecError, PictureError
from digitrec.message_text import printable
from digitrec.recognition.answer_files.output_path import (
    FORMATS,
    format_of,
    output_lock,
    own_files,
    told_to_resume,
)
from digitrec.recognition.picture_search import (
    STDIN,
    Skipped,
    count_files,
    find_pictures,
    listed_pictures,
    open_list,
    read_list,
)
from digitrec.run_command import run_command
from digitrec.storage.held_signals import held_signals
from digitrec.storage.output_files import check_can_be_folder, check_replaces_none

if TYPE_CHECKING:
    from digitrec.recognition.answer_files.answer_file import AnswerFile, AnswerStream
    from digitrec.recognition.answer_files.finished import Finished
    from digitrec.recognition.answer_files.parquet_parts import ParquetParts
    from digitrec.recognition.answer_files.progress import Tally
    from digitrec.recognition.read_files import FileAnswer, PictureFile, ReadOptions
    from digitrec.recognition.recognizer import Recognizer
    from digitrec.recognition.torch_free_recognizer import TorchFreeRecognizer

    Output = AnswerStream | AnswerFile | ParquetParts
    # Reads files; it is told the names in the rows that an earlier call has written.
    Read = Callable[[Iterator[PictureFile], Iterable[str]], Iterator[FileAnswer]]

__all__ = ["main"]

FEW = 500  # files at most that NumPy may read, sooner than PyTorch is imported


def main(program: str = "python -m digitrec.predict") -> int:
    """Run the command.

    Returns:
        The exit code: 1 where some pictures could not be read and others were, 2 where none was;
        with --resume, those that were read before count as the others.
    """
    arguments = _arguments(program)
    skipped = Skipped(own_files(arguments.output, arguments.boxes_out))
    names = _names(arguments, skipped)
    with _lock(arguments), told_to_resume(arguments.output):
        answers, output, tally, finished = _begin(arguments, names)
        try:
            with tally:
                for answer in answers:
                    output.write(answer)
                    _report(answer, arguments.format)
                    tally.add(answer)
            output.finish()
        except (KeyboardInterrupt, DigitrecError, OSError):  # such as of the list, after some names
            with contextlib.suppress(OSError, DigitrecError):
                output.finish()
            raise
    before, unreadable = (finished.count, finished.unreadable) if finished else (0, 0)
    if skipped.count:
        print(printable(str(skipped)), file=sys.stderr)
    if arguments.output or tally.read + tally.unreadable > 1:
        print(tally.summary(before, unreadable), file=sys.stderr)
    if not tally.unreadable and not unreadable:
        return 0
    return 1 if tally.read or before > unreadable else 2


def _begin(
    arguments: argparse.Namespace, names: Iterator[str]
) -> tuple[Iterator[FileAnswer], Output, Tally, Finished | None]:
    """Make all that the reading needs, in the order in which mistakes should be told."""
    with held_signals():  # NumPy is imported
        from digitrec.recognition.answer_files.answer_file import AnswerStream
        from digitrec.recognition.answer_files.finished import Finished
        from digitrec.recognition.answer_files.progress import Tally
        from digitrec.recognition.read_files import PictureFile, ReadOptions

    lines = bool(arguments.lines or arguments.boxes_out)
    options = ReadOptions(lines, arguments.page, arguments.digits_only)
    read = (_ray if arguments.engine == "ray" else _local)(arguments, options)
    output = _output(arguments, lines)
    finished = None
    if arguments.resume and not isinstance(output, AnswerStream):
        finished = Finished(output.names(), output.key, arguments.page, output.several_rows)
    shown = sys.stderr.isatty() and (arguments.output is not None or not sys.stdout.isatty())
    tally = Tally(shown, functools.partial(count_given, arguments))

    @functools.cache
    def stdin() -> bytes:
        return sys.stdin.buffer.read()

    def files() -> Iterator[PictureFile]:
        for name in names:
            if finished is not None and finished.has(name):
                tally.skip()
            else:
                yield PictureFile(name, stdin() if name == STDIN else None)

    before = output.names() if arguments.resume and not isinstance(output, AnswerStream) else ()
    return read(files(), before), output, tally, finished


def _local(arguments: argparse.Namespace, options: ReadOptions) -> Read:
    """Return what reads files in this process."""
    from digitrec.recognition.read_files import read_with_options

    by_onnx_runtime = options.lines or not _are_few(arguments)
    recognizer = _recognizer(arguments, by_onnx_runtime=by_onnx_runtime)
    return lambda files, _: read_with_options(recognizer, files, options, arguments.boxes_out)


def _recognizer(
    arguments: argparse.Namespace, *, by_onnx_runtime: bool
) -> Recognizer | TorchFreeRecognizer:
    """Load a checkpoint, without PyTorch where that can be; see `TorchFreeRecognizer.load`."""
    if arguments.device in ("auto", "cpu"):
        from digitrec.recognition.torch_free_recognizer import TorchFreeRecognizer

        quick = TorchFreeRecognizer.load(arguments.checkpoint, by_onnx_runtime=by_onnx_runtime)
        if quick is not None:
            return quick
    from digitrec.models.device import pick_device
    from digitrec.recognition.recognizer import Recognizer

    return Recognizer.load(arguments.checkpoint, pick_device(arguments.device))


def _are_few(arguments: argparse.Namespace) -> bool:
    """Tell whether so few files are to be read that NumPy reads them soonest.

    Answers in a file are to have the same last bits however they were read, so that `--resume` goes
    on where another call has stopped.
    """
    files = arguments.images
    return (
        arguments.files is None
        and arguments.output is None
        and len(files) <= FEW
        # Path's raises for a file in a folder that may not be entered.
        and all(name == STDIN or os.path.isfile(name) for name in files)  # noqa: PTH113
    )


def _ray(arguments: argparse.Namespace, options: ReadOptions) -> Read:
    """Return what reads files, or rows of whatever Ray reads, with Ray."""
    from digitrec.recognition import ray_engine

    reading = ray_engine.RayReading.by(
        arguments.checkpoint,
        device=arguments.device,
        options=options,
        plugins=",".join(loaded_plugins()),
    )
    ray_engine.connect(arguments.ray_address)
    if arguments.source != "files":
        other = ray_engine.other_dataset(arguments.source, arguments.images, arguments.columns)
        return lambda _, before: ray_engine.read_dataset(other, reading, set(before))

    def read(files: Iterator[PictureFile], _: Iterable[str]) -> Iterator[FileAnswer]:
        dataset = ray_engine.files_dataset(file.name for file in files)
        return iter(()) if dataset is None else ray_engine.read_dataset(dataset, reading)

    return read


def _output(arguments: argparse.Namespace, lines: bool) -> Output:
    from digitrec.recognition.answer_files.answer_file import AnswerFile, AnswerStream
    from digitrec.recognition.answer_files.formats import TEXT_FORMATS
    from digitrec.recognition.answer_files.parquet_parts import ParquetParts

    if arguments.format == "parquet":
        return ParquetParts(Path(arguments.output), lines, arguments.resume)
    form = TEXT_FORMATS[arguments.format](lines)
    if arguments.output is None:
        return AnswerStream(form, sys.stdout)
    return AnswerFile(form, Path(arguments.output), arguments.resume, arguments.page)


def _lock(given: argparse.Namespace) -> contextlib.AbstractContextManager[None]:
    """Return what keeps a second call from writing to the same place."""
    if given.output is None:
        return contextlib.nullcontext()
    return output_lock(given.output, given.format, given.resume)


def _report(answer: FileAnswer, form: str) -> None:
    """Say which pages are turned, and, unless the terminal shows it, which cannot be read."""
    from digitrec.recognition.results import Page

    errors_shown = form == "text" and sys.stdout.isatty() and sys.stderr.isatty()
    for name, result in answer.pages:
        if isinstance(result, Page) and result.turned:
            turned = f"{name}: turned by {result.turned} degrees clockwise, and read upright"
            print(printable(turned), file=sys.stderr)
        elif isinstance(result, PictureError) and not errors_shown:
            print(f"error: {result}", file=sys.stderr)


def _names(arguments: argparse.Namespace, skipped: Skipped) -> Iterator[str]:
    """Find the files that the words and the list name, as they are asked for."""
    words = find_pictures(arguments.images, skipped)
    if arguments.files is None:
        return words
    end = b"\0" if arguments.null else b"\n"
    return itertools.chain(words, listed_pictures(open_list(arguments.files, end), skipped))


def count_given(arguments: argparse.Namespace, stop: Callable[[], bool]) -> int | None:
    """Count the files, for the bar; None where that cannot be told before."""
    if arguments.files and not Path(arguments.files).is_file():
        return None  # a pipe, such as <(find …), gives each name once, and this would take some
    count = count_files(arguments.images, stop)
    if arguments.files:
        end = b"\0" if arguments.null else b"\n"
        with contextlib.suppress(OSError, DigitrecError), Path(arguments.files).open("rb") as file:
            count += sum(1 for _ in read_list(file, end))
    return count


def _arguments(program: str) -> argparse.Namespace:
    parser = CommandParser(
        program,
        takes_plugins=True,
        description="Read the digits in pictures. Exit code 1: some pictures could not be read.",
    )
    _add_pictures(parser)
    _add_reading(parser)
    _add_output(parser)
    _add_engine(parser)
    given = parser.parse_args()
    check_device(given.device, "--device ")
    _check_together(parser, given)
    _check_engine(parser, given)
    if given.format is None:
        given.format = format_of(given.output) if given.output else "text"
    return given


def _add_pictures(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "images", nargs="*", metavar="IMAGE", help="file, folder, pattern, or - for standard input"
    )
    parser.add_argument(
        "--files",
        metavar="LIST",
        help="read the files and folders listed in LIST, one per line; - is standard input",
    )
    parser.add_argument(
        "--null", action="store_true", help="the names in LIST end in NUL, as from find … -print0"
    )


def _add_reading(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--lines",
        action="store_true",
        help="read numbers and pages; by default, one digit is read in each picture",
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
        help="like --lines, and also save each picture with its digits marked, as a new file in "
        "this folder; confidences are in percent",
    )
    parser.add_argument(
        "--page",
        type=_page_number,
        metavar="N",
        help="read only page N of multi-page files (TIFF) and animations; default: all pages",
    )
    add_checkpoint(parser)
    add_device(parser)


def _add_output(parser: argparse.ArgumentParser) -> None:
    form = parser.add_mutually_exclusive_group()
    for name, shown in FORMATS.items():
        form.add_argument(
            f"--{name}",
            dest="format",
            action="store_const",
            const=name,
            help=f"write {shown}" + (", a folder of files" if name == "parquet" else ""),
        )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="write the answers to a new file; its ending, such as .csv, sets the format",
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help="continue the file of --output after the same command was stopped",
    )


def _add_engine(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--engine",
        choices=("local", "ray"),
        default="local",
        help="ray reads with Ray Data, on all cores or on a cluster (needs digitrec[ray])",
    )
    parser.add_argument(
        "--ray-address",
        metavar="ADDRESS",
        help="address of a Ray cluster; default: run Ray on this machine",
    )
    parser.add_argument(
        "--source",
        default="files",
        metavar="KIND",
        help="what Ray reads instead of picture files: parquet (with image bytes), webdataset, …",
    )
    parser.add_argument(
        "--columns",
        metavar="IMAGE,NAME",
        help="columns of --source that hold the picture and its name",
    )


def _check_together(parser: argparse.ArgumentParser, given: argparse.Namespace) -> None:
    """Check that what is given goes together, apart from the engine."""
    if not given.images and given.files is None:
        parser.error("the following arguments are required: IMAGE, or --files LIST")
    if given.files == STDIN and STDIN in given.images:
        parser.error("standard input is either one picture, -, or a list, --files -")
    if given.null and given.files is None:
        parser.error("--null is for --files")
    if given.digits_only and not (given.lines or given.boxes_out):
        parser.error("--digits-only is for --lines and --boxes-out")
    if given.boxes_out:
        check_can_be_folder("--boxes-out", given.boxes_out)
    if given.resume and given.output is None:
        parser.error("--resume needs --output FILE")
    if given.resume and given.files not in (None, STDIN):
        # else its last name, cut off, would count as an answer
        check_replaces_none(Path(given.output), Path(given.files))
    if given.format == "parquet" and given.output is None:
        parser.error("--parquet needs --output FOLDER")


def _check_engine(parser: argparse.ArgumentParser, given: argparse.Namespace) -> None:
    if given.engine != "ray":
        for name in ("ray_address", "columns"):
            if getattr(given, name) is not None:
                parser.error(f"--{name.replace('_', '-')} is for --engine ray")
        if given.source != "files":
            parser.error("--source is for --engine ray")
    elif STDIN in given.images:
        parser.error("--engine ray reads standard input only as a list, --files -")
    elif given.boxes_out:
        parser.error("--engine ray writes no pictures: leave out --boxes-out")


def _page_number(word: str) -> int:
    if not word.isdecimal() or int(word) < 1:
        raise argparse.ArgumentTypeError(f"a page is a number from 1 on, not {word}")
    return int(word)


if __name__ == "__main__":
    run_command(main)
