"""Open the window, and load the network after the window is shown."""

from __future__ import annotations

import importlib
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from digitrec.errors import DigitrecError

if TYPE_CHECKING:
    from digitrec.gui.window import Window

__all__ = ["open_window"]

NO_TK = (
    "this Python has no Tk, which the window needs: install python3-tk (Debian, Ubuntu), "
    "python3-tkinter (Fedora), tk (Arch) or python-tk (Homebrew)"
)
NO_DISPLAY = (
    "there is no display to open a window on ({}): start it on a desktop, or install Xvfb and "
    "run xvfb-run -a {}"
)
NO_FONTS = (
    "no fonts are installed that the window could show text in: install some, such as the package "
    "fonts-dejavu-core (Debian, Ubuntu), dejavu-sans-fonts (Fedora) or ttf-dejavu (Arch)"
)


def open_window(
    checkpoint: Path | None = None,
    picture: Path | None = None,
    *,
    settings_file: Path | None = None,
    drawings_file: Path | None = None,
) -> Window:
    """Open the window. It loads its network in the background after it is shown.

    Args:
        checkpoint: Checkpoint file of the network. None for the one that learnt from the user's
            drawings if that was used last, and else for the one that comes with the package.
        picture: A picture or a file of strokes to open.
        settings_file: Where the settings of the window are kept. None for the user's own file;
            they are not kept where there is no home folder for it.
        drawings_file: Where corrected drawings are stored. None for the user's own file.

    Raises:
        DigitrecError: If this Python has no Tk, or if there is no display, or no font.
    """
    try:
        import tkinter as tk
        from tkinter import font
    except ImportError:
        raise DigitrecError(NO_TK) from None

    from digitrec.gui.canvas.motion_events import keep_every_motion
    from digitrec.gui.font_density import use_font_density
    from digitrec.gui.session import window_settings
    from digitrec.gui.window import Window
    from digitrec.storage.resources import shipped_checkpoint

    # Threads that import and read give way to the window's thread sooner than after 5 ms, which is
    # Python's default.
    sys.setswitchinterval(0.001)
    _use_real_pixels_on_windows()
    try:
        root = tk.Tk(className="digitrec")
    except tk.TclError as error:
        from digitrec.config.shell_words import command

        raise DigitrecError(NO_DISPLAY.format(error, command("gui"))) from None
    if not font.families(root):  # a theme without any ends in an error that names no fonts
        root.destroy()
        raise DigitrecError(NO_FONTS)
    use_font_density(root)
    keep_every_motion(root)
    settings_file = settings_file or window_settings.default_path()
    settings = window_settings.load(settings_file)
    window = Window(root, settings, settings_file)
    root.update()  # the window is shown now, and only then the slow work begins
    import_session(window)
    if window.closed:
        return window

    from digitrec.drawing.corrections import adapted_file, default_path
    from digitrec.gui.session.session import Session

    learnt = adapted_file(drawings_file or default_path())
    settings = window.settings  # the user may have changed them meanwhile
    if checkpoint is None and settings.learnt and learnt.is_file():
        checkpoint = learnt
    session = Session(checkpoint or shipped_checkpoint(), drawings_file, live=settings.live)
    window.start(session)
    if picture is not None:
        session.open(picture)  # first, because it is shown before there is a network
    session.begin()
    window.refresh()
    return window


def import_session(window: Window) -> None:
    """Import what a session needs, which takes a while, and let the user draw meanwhile."""
    importing = threading.Thread(
        target=importlib.import_module, args=("digitrec.gui.session.session",), daemon=True
    )
    importing.start()
    while importing.is_alive() and not window.closed:
        window.root.update()
        importing.join(0.004)


def _use_real_pixels_on_windows() -> None:
    """Ask Windows not to scale the window up. Other systems do not do that unasked."""
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.shcore.SetProcessDpiAwareness(1)
