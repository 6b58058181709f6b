"""Draw digits and see a network read them: python -m digitrec.gui [PICTURE]"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

from digitrec.config.command_parser import CommandParser
from digitrec.config.shared_options import add_checkpoint
from digitrec.gui.open_window import open_window
from digitrec.gui.stop_signals import noted_signals
from digitrec.run_command import run_command, signal_of

__all__ = ["main"]


def main(program: str = "python -m digitrec.gui") -> int:
    """Open the window and wait until it is closed."""
    parser = CommandParser(
        program, description="Draw digits and see a network read them.", takes_plugins=True
    )
    parser.add_argument(
        "picture", nargs="?", type=Path, help="a picture, or a drawing saved as .json, to open"
    )
    add_checkpoint(parser)
    arguments = parser.parse_args()
    window, code = None, 0
    try:
        window = open_window(arguments.checkpoint, arguments.picture)
        with noted_signals() as window.signals:
            window.root.mainloop()
        if window.signals:
            raise KeyboardInterrupt(window.signals[0])
    except KeyboardInterrupt as stop:
        print("interrupted", file=sys.stderr)
        code = 128 + signal_of(stop)
        if window is not None:
            window.close()  # unless Tk passed the interrupt on, and it is closed already
    if threading.active_count() > 1:
        # If Python exits while a thread loads PyTorch's libraries, they abort the process. All
        # files are stored by now, so exit without any clean-up.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    return code


if __name__ == "__main__":
    run_command(main)
