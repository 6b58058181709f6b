"""Write a checkpoint for other programs: python -m digitrec.export CHECKPOINT --onnx FILE …"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from digitrec.config.command_parser import CommandParser
from digitrec.errors import DigitrecError
from digitrec.message_text import printable
from digitrec.run_command import run_command
from digitrec.storage.output_files import check_folder_of, check_replaces_none

if TYPE_CHECKING:
    from digitrec.models.checkpoint import Checkpoint

__all__ = ["main"]


def main(program: str = "python -m digitrec.export") -> int:
    """Run the command."""
    given = _arguments(program)
    wanted = [(option, path) for option in WRITERS if (path := getattr(given, option)) is not None]
    if not wanted:
        raise DigitrecError("nothing to write: name a format, such as --onnx digits.onnx")
    for option, path in wanted:
        if path.is_dir():
            raise DigitrecError(f"{_word(option)} {path} is a folder; name a file")
    paths = [path for _, path in wanted]
    if given.onnx is not None:
        paths.append(_int8(given.onnx))
    if len({os.path.realpath(path) for path in paths}) < len(paths):
        raise DigitrecError("two formats have the same file: give each its own name")
    from digitrec.models import checkpoint
    from digitrec.storage.resources import shipped_checkpoint

    source = checkpoint.checkpoint_file(given.checkpoint or shipped_checkpoint())
    for path in paths:
        check_replaces_none(path, source)
    for option, path in wanted:
        _check_ending(option, path)
        check_folder_of(_word(option), path)
    if given.onnx is not None:
        check_folder_of("--onnx", _int8(given.onnx))
    trained = checkpoint.load(source)
    for path in paths:
        _check_replaceable(path, source, given.h5)
    for option, path in wanted:
        try:
            written = WRITERS[option](path, trained, source)
        except OSError as error:
            raise DigitrecError(
                f"cannot write {path}: {error.strerror or error}; "
                f"name another with {_word(option)} FILE"
            ) from None
        for file, what in written:
            print(f"{printable(str(file))}  {file.stat().st_size / 1e6:.2f} MB  {what}", flush=True)
    return 0


def _word(option: str) -> str:
    return f"--{option.replace('_', '-')}"


def _check_ending(option: str, path: Path) -> None:
    """Check that a file is named as its format is: else it may be any file of the user's."""
    endings = ENDINGS.get(option)
    if endings and path.suffix.lower() not in endings:
        raise DigitrecError(f"{_word(option)} {path}: its name must end in {endings[0]}")


def _check_replaceable(path: Path, source: Path, copy: Path | None) -> None:
    """Check that what is in the place of a file, if anything, can be written again.

    Args:
        path: The file.
        source: The checkpoint that is exported.
        copy: Which of the files is to be one of digitrec's own. Such a file does not tell whether
            it was exported or trained, so that only one that holds the same is replaced.
    """
    from digitrec.export_formats.contract import holds_contract
    from digitrec.models.checkpoint import hold_the_same

    if not path.exists():
        return
    if path == copy:
        if not hold_the_same(path, source):
            raise DigitrecError(f"{path} exists, and holds another network; name a new file")
    elif not holds_contract(path):
        raise DigitrecError(f"{path} exists, and export did not write it; name a new file")


Written = list[tuple[Path, str]]
"""Files that were written, and what each is."""


def _onnx(path: Path, trained: Checkpoint, source: Path) -> Written:
    from digitrec.export_formats.onnx_model import write_onnx, write_onnx_int8
    from digitrec.storage.optional_packages import need

    need("--onnx", "onnx", "onnx", "onnxruntime")  # before the first file is written
    small = _int8(path)
    write_onnx(path, trained)
    write_onnx_int8(small, trained)
    return [(path, "ONNX, float32"), (small, "ONNX, int8")]


def _int8(path: Path) -> Path:
    """Return the file of the network in 8 bits, which stands beside that in 32."""
    return path.with_name(f"{path.stem}.int8{path.suffix}")


def _torch_export(path: Path, trained: Checkpoint, source: Path) -> Written:
    from digitrec.export_formats.torch_export import write_torch_export

    write_torch_export(path, trained)
    return [(path, "torch.export")]


def _keras(path: Path, trained: Checkpoint, source: Path) -> Written:
    from digitrec.export_formats.keras_model import write_keras

    write_keras(path, trained)
    return [(path, "Keras")]


def _h5(path: Path, trained: Checkpoint, source: Path) -> Written:
    from digitrec.models.checkpoint import FORMAT_VERSION, upgrade

    upgrade(source, path)
    return [(path, f"digitrec, format version {FORMAT_VERSION}")]


def _html(path: Path, trained: Checkpoint, source: Path) -> Written:
    from digitrec.export_formats.html_page import write_html_page

    write_html_page(path, trained)
    return [(path, "a page to draw in")]


WRITERS: dict[str, Callable[[Path, Checkpoint, Path], Written]] = {
    "onnx": _onnx,
    "torch_export": _torch_export,
    "keras": _keras,
    "html": _html,
    "h5": _h5,
}

ENDINGS = {
    "onnx": (".onnx",),
    "torch_export": (".pt2",),
    "html": (".html", ".htm"),
    "h5": (".h5",),
}
"""How the names of files end. Those of Keras tell it which of its formats to write."""


def _arguments(program: str) -> argparse.Namespace:
    parser = CommandParser(
        program,
        takes_plugins=True,
        description="Write the network of a checkpoint file in the formats of other programs.",
    )
    parser.add_argument(
        "checkpoint", nargs="?", type=Path, metavar="CHECKPOINT",
        help="checkpoint file (model.h5); default: the one that ships with digitrec",
    )  # fmt: skip
    helps = {
        "onnx": "ONNX, for onnxruntime: float32, and int8 beside it as FILE.int8.onnx",
        "torch_export": "torch.export, for PyTorch without digitrec: .pt2",
        "keras": "Keras 3: the model in .keras or .h5, or its weights in .weights.h5",
        "html": "a page in one file: draw on it, and the network answers in the browser",
        "h5": "digitrec's own format in its newest version, to convert a file of an earlier one",
    }
    for option, text in helps.items():
        parser.add_argument(_word(option), type=Path, metavar="FILE", help=text)
    return parser.parse_args()


if __name__ == "__main__":
    run_command(main)
