"""The program that fine-tunes a network for the window, in a process of its own.

It prints one JSON object a line: ``{"progress": 0.4}`` again and again, and at the end either
``{"report": …}``, which is an `AdaptationReport`, or ``{"error": "…"}``. It ends when the window
does, however that ended.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from digitrec.config.plugins import load_plugins
from digitrec.errors import DigitrecError

__all__ = ["MODULE"]

MODULE = __spec__.name
"""The name of this module, also while it is run as a program."""

LOOK_SECONDS = 0.5  # from one look whether the window is still there to the next


def learn(drawings: Path, checkpoint: Path, output: Path) -> None:
    """Fine-tune a network, and print its progress and its result.

    Args:
        drawings: File of corrected drawings.
        checkpoint: The network to begin with.
        output: The new checkpoint file.
    """
    try:
        from digitrec.training.adaptation.adapt_to_drawings import adapt_to_drawings

        report = adapt_to_drawings(
            drawings,
            checkpoint,
            output,
            needs_mnist=False,
            progress=lambda share: _print({"progress": share}),
        )
    except DigitrecError as error:
        _print({"error": str(error)})
    else:
        _print({"report": asdict(report)})


def _print(values: Mapping[str, Any]) -> None:
    print(json.dumps(values), flush=True)


def _end_without(parent: int) -> None:
    """End this process once it is no longer a child of the process ``parent``."""
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


def _main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--plugins", default="")
    parser.add_argument("drawings", type=Path)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("output", type=Path)
    given = parser.parse_args()
    if sys.platform != "win32":  # there, a process keeps its parent's number for ever
        threading.Thread(target=_end_without, args=(given.parent,), daemon=True).start()
    if given.plugins:
        load_plugins(given.plugins)
    learn(given.drawings, given.checkpoint, given.output)


if __name__ == "__main__":
    _main()
