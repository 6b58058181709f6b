"""Read pictures over HTTP: python -m digitrec.serve"""

from __future__ import annotations

import argparse
import signal
import sys
from dataclasses import fields

from digitrec.config.checks import check_device
from digitrec.config.command_parser import CommandParser
from digitrec.config.shared_options import add_checkpoint, add_device
from digitrec.run_command import run_command, signal_of
from digitrec.service.limits import Limits

__all__ = ["main"]


def main(program: str = "python -m digitrec.serve") -> int:
    """Run the command; it ends with a signal, and by SIGTERM in success, as services do."""
    given = _arguments(program)
    limits = Limits(**{field.name: getattr(given, field.name) for field in fields(Limits)})
    from digitrec.storage.optional_packages import need

    need("digitrec serve", "serve", "fastapi", "uvicorn", "python_multipart")
    import torch

    from digitrec.models.device import pick_device
    from digitrec.recognition.recognizer import Recognizer
    from digitrec.service.app import create_app
    from digitrec.service.server import listen, serve

    with listen(given.host, given.port) as opened:
        # The threads that read stand side by side; more in each would be in their way.
        torch.set_num_threads(1)
        recognizer = Recognizer.load(given.checkpoint, pick_device(given.device))
        app = create_app(recognizer, limits)
        try:
            serve(app, opened, limits, lambda line: print(line, file=sys.stderr, flush=True))
        except KeyboardInterrupt as stop:
            if signal_of(stop) != signal.SIGTERM:
                raise
    return 0


def _arguments(program: str) -> argparse.Namespace:
    parser = CommandParser(
        program,
        takes_plugins=True,
        description="Read pictures that are sent to /predict or /read. At / there is a page to "
        "draw on.",
    )
    add_checkpoint(parser)
    parser.add_argument(
        "--host", default="127.0.0.1",
        help="address to listen on; default: 127.0.0.1, which only this machine can reach",
    )  # fmt: skip
    parser.add_argument("--port", type=int, default=8000, help="port; 0 picks a free one")
    add_device(parser)
    limits = parser.add_argument_group("limits")
    helps = {
        "megabytes": "most megabytes of one request",
        "pictures": "most pictures in one request",
        "megapixels": "most megapixels of one picture",
        "queue": "most pictures that may wait; further requests are answered 503",
        "seconds": "time limit for each of: headers, body, answer",
    }
    for name, text in helps.items():
        default = getattr(Limits(), name)
        limits.add_argument(
            f"--{name}", type=type(default), default=default, metavar="N",
            help=f"{text}; {default:g} by default",
        )  # fmt: skip
    given = parser.parse_args()
    check_device(given.device, "--device ")
    return given


if __name__ == "__main__":
    run_command(main)
