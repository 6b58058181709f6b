"""A virtual display, made by Xvfb, on which the window is measured, photographed and tested."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from digitrec.errors import DigitrecError

__all__ = ["virtual_display"]


@contextmanager
def virtual_display(width: int = 2000, height: int = 1500, dpi: int = 96) -> Iterator[str]:
    """Start Xvfb, and set the environment variable DISPLAY to it inside of the block.

    Args:
        width: Width of the screen in pixels.
        height: Height of the screen in pixels.
        dpi: Pixels of the screen for each inch.

    Yields:
        The name of the display.

    Raises:
        DigitrecError: If Xvfb is not installed or does not start.
    """
    if shutil.which("Xvfb") is None:
        raise DigitrecError("Xvfb is missing: install it (apt-get install xvfb), then try again")
    reading, writing = os.pipe()
    screen = ["-screen", "0", f"{width}x{height}x24", "-dpi", f"{dpi}", "-nolisten", "tcp"]
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), *screen],  # it finds a free number and writes it there
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    with os.fdopen(reading) as stream:
        number = stream.readline().strip()
    before = os.environ.get("DISPLAY")
    try:
        if not number:
            raise DigitrecError("Xvfb does not start: run Xvfb :99 in a terminal to see why")
        os.environ["DISPLAY"] = f":{number}"
        yield os.environ["DISPLAY"]
    finally:
        if before is None:
            os.environ.pop("DISPLAY", None)
        else:
            os.environ["DISPLAY"] = before
        server.terminate()
        server.wait()
