"""Draw and read: python -m digitrec.gui [PICTURE]"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from digitrec.errors import DigitrecError, run_command

NO_TK = (
    "this Python has no Tk, which the window needs: install python3-tk (Debian, Ubuntu), "
    "python3-tkinter (Fedora), tk (Arch) or python-tk (Homebrew)"
)
NO_DISPLAY = (
    "there is no display to open a window on ({}): start it on a desktop, or install Xvfb and "
    "call xvfb-run -a python -m digitrec.gui"
)


def main() -> int:
    """Open the window, and stay until it is closed."""
    parser = argparse.ArgumentParser(
        prog="python -m digitrec.gui", description="Draw digits, and see a network read them."
    )
    parser.add_argument(
        "picture", nargs="?", type=Path, help="a picture, or strokes saved as .json, to begin with"
    )
    parser.add_argument(
        "--checkpoint", type=Path, metavar="FILE", help="weights; those that ship by default"
    )
    arguments = parser.parse_args()
    try:
        import tkinter as tk
    except ImportError:
        raise DigitrecError(NO_TK) from None

    from digitrec.gui import settings
    from digitrec.gui.session import Session
    from digitrec.gui.window import Window
    from digitrec.resources import shipped_checkpoint

    # Threads that import and read let Tk's thread have its turn sooner than after Python's 5 ms.
    sys.setswitchinterval(0.001)
    _mind_high_dpi()
    try:
        root = tk.Tk(className="digitrec")
    except tk.TclError as error:
        raise DigitrecError(NO_DISPLAY.format(error)) from None
    kept = settings.load(settings.place())
    session = Session(arguments.checkpoint or shipped_checkpoint(), live=kept.live)
    window = Window(root, session, kept, settings.place())
    if arguments.picture is not None:
        session.open(arguments.picture)
        window.refresh()
    root.mainloop()
    return 0


def _mind_high_dpi() -> None:
    """Ask Windows for its real pixels; other systems give them unasked."""
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.shcore.SetProcessDpiAwareness(1)


if __name__ == "__main__":
    run_command(main)
