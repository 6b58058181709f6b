"""Draw and read: python -m digitrec.gui [PICTURE]"""

from __future__ import annotations

import argparse
import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from digitrec.errors import DigitrecError, run_command

if TYPE_CHECKING:
    from digitrec.gui.window import Window

NO_TK = (
    "this Python has no Tk, which the window needs: install python3-tk (Debian, Ubuntu), "
    "python3-tkinter (Fedora), tk (Arch) or python-tk (Homebrew)"
)
NO_DISPLAY = (
    "there is no display to open a window on ({}): start it on a desktop, or install Xvfb and "
    "call xvfb-run -a python -m digitrec.gui"
)


def main(program: str = "python -m digitrec.gui") -> int:
    """Open the window, and stay until it is closed."""
    parser = argparse.ArgumentParser(
        prog=program, description="Draw digits, and see a network read them."
    )
    parser.add_argument(
        "picture", nargs="?", type=Path, help="a picture, or strokes saved as .json, to begin with"
    )
    parser.add_argument(
        "--checkpoint", type=Path, metavar="FILE", help="weights; those that ship by default"
    )
    arguments = parser.parse_args()
    code = 0
    try:
        open_window(arguments.checkpoint, arguments.picture).root.mainloop()
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        code = 130
    if threading.active_count() > 1:
        # Python that ends while a thread loads PyTorch's libraries is aborted by them. All there
        # was to store is stored by now.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    return code


def open_window(checkpoint: Path | None = None, picture: Path | None = None) -> Window:
    """Open the window with the user's settings; its network is still loading.

    Raises:
        DigitrecError: if there is no Tk, or no display.
    """
    try:
        import tkinter as tk
    except ImportError:
        raise DigitrecError(NO_TK) from None

    from digitrec.gui import settings
    from digitrec.gui.window import Window
    from digitrec.storage.resources import shipped_checkpoint

    # Threads that import and read let Tk's thread have its turn sooner than after Python's 5 ms.
    sys.setswitchinterval(0.001)
    _mind_high_dpi()
    try:
        root = tk.Tk(className="digitrec")
    except tk.TclError as error:
        raise DigitrecError(NO_DISPLAY.format(error)) from None
    kept = settings.load(settings.place())
    window = Window(root, kept, settings.place())
    root.update()  # the window is there to see; what takes long begins now

    from digitrec.gui.session import Session

    session = Session(checkpoint or shipped_checkpoint(), live=kept.live)
    window.start(session)
    if picture is not None:
        session.open(picture)  # first, for it is shown before there is a network
    session.begin()
    window.refresh()
    return window


def _mind_high_dpi() -> None:
    """Ask Windows for its real pixels; other systems give them unasked."""
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.shcore.SetProcessDpiAwareness(1)


if __name__ == "__main__":
    run_command(main)
