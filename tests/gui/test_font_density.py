from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

# The density is told once for each process, so each window needs a process of its own.
OPEN = """
from tkinter import font
from digitrec.gui.open_window import open_window

if __name__ == "__main__":
    window = open_window()
    text = font.nametofont("TkDefaultFont", window.root)
    line = text.metrics("linespace") / -text.cget("size")
    print(window.theme.scale, line, window.root.winfo_width(), window.main.winfo_reqwidth())
    window.close()
"""


def opened(display: str, folder: Path, resources: str) -> list[float]:
    """Open a window on a desktop with these X resources.

    Returns:
        The scale of everything, the height of a line of text in sizes of its font, the width of the
        window, and the width that it needs.
    """
    file = folder / "resources"
    file.write_text(resources)
    here = {"XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "DISPLAY": display}
    done = subprocess.run(
        [sys.executable, "-c", OPEN],
        env=os.environ | here | {"XENVIRONMENT": str(file)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stderr == ""
    return [float(word) for word in done.stdout.split()]


@pytest.mark.window
@pytest.mark.parametrize(("dpi", "scale"), [("120", 1.25), ("192", 2.0), ("72", 1.0)])
def test_text_has_the_size_that_the_window_has_room_for(
    display: str, tmp_path: Path, dpi: str, scale: float
) -> None:
    _, usual, _, _ = opened(display, tmp_path, "")
    found, line, width, needed = opened(display, tmp_path, f"Xft.dpi: {dpi}\n")
    assert found == pytest.approx(scale, rel=0.01)
    assert line == pytest.approx(usual, rel=0.1)
    assert width >= needed


@pytest.mark.window
@pytest.mark.parametrize("value", ["none", "0", "-96", "inf"])
def test_a_density_that_is_none_is_not_heeded(display: str, tmp_path: Path, value: str) -> None:
    scale, *_ = opened(display, tmp_path, f"Xft.dpi: {value}\n")
    assert scale == pytest.approx(1.0, rel=0.01)
