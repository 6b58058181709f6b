"""All commands under one name: digitrec COMMAND, or python -m digitrec COMMAND."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

from digitrec import __version__
from digitrec.config.checks import nearest
from digitrec.config.command_parser import version_line
from digitrec.config.completion import unfinished_line
from digitrec.errors import DigitrecError
from digitrec.run_command import run_command

__all__ = ["main"]

# The module of each command, what is shown of its arguments, and what it does.
COMMANDS = {
    "gui": ("digitrec.gui.__main__", "[PICTURE]", "draw digits, and see them read"),
    "predict": ("digitrec.predict", "IMAGE…", "read digits from pictures"),
    "adapt": ("digitrec.adapt", "", "fine-tune the network on your own drawings"),
    "train": ("digitrec.train", "[key=value …]", "train a network and export it as model.h5"),
    "ensemble": ("digitrec.ensemble", "RUN RUN…", "combine trained networks into one"),
    "evaluate": ("digitrec.evaluate", "CHECKPOINT", "score a checkpoint file on a test set"),
    "compare": ("digitrec.compare", "[RUN…]", "compare runs, and tell real differences from noise"),
    "reproduce": ("digitrec.reproduce", "RUN", "repeat a recorded run and report what differs"),
    "export": ("digitrec.export", "[CHECKPOINT]", "export a checkpoint to ONNX, Keras and others"),
    "serve": ("digitrec.serve", "", "read pictures over HTTP, with a page to draw on"),
    "demo": ("digitrec.demo", "", "train, export and read in a minute, with no download"),
    "completion": ("digitrec.completion", "SHELL", "set up completion in bash, zsh or fish"),
    "bench": ("digitrec.bench", "WHAT", "measure accuracy, speed and memory"),
}


def main() -> None:
    """Run the command that the first word names, and leave the process with its exit code."""
    run_command(_run)


def _run() -> int:
    called = Path(sys.argv[0]).name
    program = "python -m digitrec" if called == "__main__.py" else "digitrec"
    line = unfinished_line()
    if line is not None and len(line) < 2:
        first = line[0] if line else ""
        offered = ["--help", "--version"] if first.startswith("-") else list(COMMANDS)
        print(*(word for word in offered if word.startswith(first)), sep="\n")
        return 0
    name, *words = line or sys.argv[1:] or ["--help"]
    if line and name not in COMMANDS:
        return 0
    if name in ("-h", "--help"):
        print(_help(program))
        return 0
    if name == "--version":
        print(version_line())
        return 0
    if name not in COMMANDS:
        kind = "option" if name.startswith("-") else "command"
        known = ("--help", "--version") if kind == "option" else COMMANDS
        raise DigitrecError(f"there is no {kind} {name}; {nearest(name, known)}")
    command = importlib.import_module(COMMANDS[name][0])
    # What `python -m digitrec.train` sees, so that a run records the same command either way.
    sys.argv = [str(command.__file__), *words]
    code: int = command.main(f"{program} {name}")
    return code


def _help(program: str) -> str:
    lines = [
        f"  {f'{program} {name} {arguments}':<{len(program) + 28}}{what}"
        for name, (_, arguments, what) in COMMANDS.items()
    ]
    return "\n".join(
        [
            f"digitrec {__version__}: train small networks that read handwritten digits, "
            "and read what people draw.",
            "",
            *lines,
            "",
            "Each explains its options with --help.",
            f"{program} NAME is the same as python -m digitrec.NAME.",
        ]
    )


if __name__ == "__main__":
    main()
