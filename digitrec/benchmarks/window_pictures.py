"""Make the README's pictures of the window: python -m digitrec.gui.screenshots [FOLDER]"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
import tkinter as tk
from pathlib import Path

import numpy as np
from PIL import ImageGrab
from scipy.interpolate import make_interp_spline

from digitrec.arrays import Float64Array
from digitrec.benchmarks.virtual_display import virtual_display
from digitrec.data.synthetic.digits import draw
from digitrec.drawing.strokes import Stroke
from digitrec.errors import DigitrecError, run_command
from digitrec.gui.session import Session
from digitrec.gui.settings import Settings
from digitrec.gui.window import Window
from digitrec.storage.resources import shipped_checkpoint

__all__ = ["main"]

PEN = 15.0
PATIENCE = 60.0  # seconds

# Tk's objects must not be collected in another thread than theirs, as they may be once dropped.
_KEPT: list[Window] = []


def main() -> int:
    """Open the window out of sight, draw in it, and save what it looks like."""
    parser = argparse.ArgumentParser(prog="python -m digitrec.gui.screenshots")
    parser.add_argument("folder", nargs="?", type=Path, default=Path("experiments"))
    parser.add_argument("--zoom", type=float, default=1.0, help="size of all, 2 is 200 %%")
    arguments = parser.parse_args()
    if not arguments.folder.is_dir():
        raise DigitrecError(f"{arguments.folder}: there is no such folder")
    with virtual_display(), tempfile.TemporaryDirectory() as place:
        for name, theme, scene in (
            ("digit", "light", _digits((7,))),
            ("number", "light", _digits((4, 0, 7))),
            ("refused", "light", _scribble()),
            ("dark", "dark", _digits((2, 5))),
        ):
            file = arguments.folder / f"window-{name}.png"
            _shoot(file, Path(place), theme, arguments.zoom, scene)
            print(file)
    return 0


def _shoot(file: Path, place: Path, theme: str, zoom: float, scene: list[Float64Array]) -> None:
    """Save a picture of the window with these strokes in it; they lie in a unit square."""
    root = tk.Tk(className="digitrec")
    window = Window(root, Settings(theme=theme, zoom=zoom))
    _KEPT.append(window)
    root.update()
    session = Session(shipped_checkpoint(), place / "drawings.h5")
    window.start(session)
    session.begin()
    area = window.canvas.area
    size = np.array([area.winfo_width(), area.winfo_height()])
    for path in scene:
        points = (size - min(size)) / 2 + path * min(size)
        session.add(Stroke(points, PEN * window.look.scale))
    window.refresh()
    end = time.monotonic() + PATIENCE
    while session.busy or not session.fresh or time.monotonic() < end - PATIENCE + 1:
        root.update()
        if time.monotonic() > end:
            raise DigitrecError(f"the window does not come to rest: {session.message.text}")
        time.sleep(0.005)
    left, top = root.winfo_rootx(), root.winfo_rooty()
    box = (left, top, left + root.winfo_width(), top + root.winfo_height())
    picture = ImageGrab.grab(bbox=box, xdisplay=os.environ["DISPLAY"])
    picture.save(file, optimize=True)
    window.close()


def _digits(digits: tuple[int, ...]) -> list[Float64Array]:
    """Write digits side by side, in the middle of the unit square and maybe beyond its sides."""
    height = 0.62 if len(digits) == 1 else 0.4
    scene: list[Float64Array] = []
    x = 0.0
    for digit in digits:
        written = draw(digit, np.random.default_rng(SEEDS[digit]))
        bounds = written.bounds()
        assert bounds is not None
        scale = height / (bounds[3] - bounds[1])
        corner = np.array([x, 0.5 - height / 2])
        for stroke in written.strokes:
            scene.append(_smooth((stroke.points - bounds[:2]) * scale + corner))
        x += (bounds[2] - bounds[0]) * scale + 0.14
    return [path + np.array([(1 - x + 0.14) / 2, 0]) for path in scene]


SEEDS = {0: 1, 2: 3, 4: 0, 5: 1, 7: 3}
"""Of the handwriting that is shown."""


def _scribble() -> list[Float64Array]:
    rng = np.random.default_rng(5)
    angle = np.linspace(0, 9 * np.pi, 60)
    path = np.stack([0.5 + 0.3 * np.sin(angle * 0.37), 0.5 + 0.25 * np.cos(angle)], axis=1)
    return [_smooth(path + rng.normal(0, 0.012, path.shape))]


def _smooth(points: Float64Array) -> Float64Array:
    """Draw a curve through points, as dense as a pen gives them."""
    spline = make_interp_spline(np.arange(len(points)), points, k=min(3, len(points) - 1))
    curve: Float64Array = spline(np.linspace(0, len(points) - 1, 8 * len(points)))
    return curve


if __name__ == "__main__":
    run_command(main)
