"""Make the pictures of the window: python -m digitrec.benchmarks.window_pictures [FOLDER]"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageGrab
from scipy.interpolate import make_interp_spline

from digitrec.arrays import Float64Array
from digitrec.benchmarks.virtual_display import virtual_display
from digitrec.data.synthetic.digits import draw
from digitrec.drawing.strokes import Stroke
from digitrec.errors import DigitrecError
from digitrec.gui.open_window import open_window
from digitrec.gui.session.window_settings import WindowSettings, save
from digitrec.run_command import run_command

if TYPE_CHECKING:
    from digitrec.gui.window import Window

__all__ = ["main"]

PEN = 15.0  # diameter in pixels of a screen of 96 dpi
MAX_SECONDS = 60.0  # to wait for the answer
SCREENS = (800, 480), (1024, 600), (1280, 900), (1920, 1080)
DPIS = 96, 192
SEEDS = {0: 1, 2: 3, 4: 0, 5: 1, 7: 3}
"""For each digit, the seed of the handwriting that is shown."""

# Tk's objects must be deleted by the thread that made them. Python's garbage collector may run in
# another thread, so it must never find them.
_WINDOWS: list[Window] = []


@dataclass(frozen=True, eq=False)
class Scene:
    """What a picture shows.

    Attributes:
        theme: "light" or "dark".
        paths: The strokes, float arrays (P, 2). The canvas holds the unit square in its centre.
        why: Whether "Why?" is open beside the window.
    """

    theme: str
    paths: list[Float64Array]
    why: bool = False


def main() -> int:
    """Open windows on a virtual display, draw in them, and save what they look like."""
    parser = argparse.ArgumentParser(prog="python -m digitrec.benchmarks.window_pictures")
    parser.add_argument("folder", nargs="?", type=Path, default=Path("experiments"))
    parser.add_argument(
        "--zoom", type=float, default=1.0, help="size of everything, as a factor (default: 1)"
    )
    parser.add_argument(
        "--screens", action="store_true",
        help="photograph screens of 800×480 to 1920×1080 instead, at 100 and 200%%, in both themes",
    )  # fmt: skip
    arguments = parser.parse_args()
    if not arguments.folder.is_dir():
        raise DigitrecError(f"{arguments.folder} is not a folder")
    if arguments.screens:
        for file in take_screens(arguments.folder):
            print(file, flush=True)
        return 0
    for file in take_pictures(arguments.folder, scenes(), arguments.zoom):
        print(file)
    return 0


def scenes() -> dict[str, Scene]:
    """Return the scenes of the README by their names."""
    return {
        "digit": Scene("light", _digits(7)),
        "number": Scene("light", _digits(4, 0, 7)),
        "rejected": Scene("light", _scribble()),
        "dark": Scene("dark", _digits(2, 5)),
        "why": Scene("light", _digits(7), why=True),
    }


def take_pictures(folder: Path, scenes: Mapping[str, Scene], zoom: float = 1.0) -> list[Path]:
    """Save a picture of each scene as ``window-NAME.png``.

    Args:
        folder: Where to save the pictures.
        scenes: The scenes by their names.
        zoom: Size of everything in the window, one of the sizes that it can have.

    Returns:
        The files.
    """
    files = []
    with virtual_display(), tempfile.TemporaryDirectory() as own_files:
        for name, scene in scenes.items():
            files.append(folder / f"window-{name}.png")
            _take_picture(files[-1], scene, zoom, Path(own_files))
    return files


def take_screens(
    folder: Path, screens: Sequence[tuple[int, int]] = SCREENS, dpis: Sequence[int] = DPIS
) -> Iterator[Path]:
    """Save pictures of whole screens with the window, ``screen-WIDTHxHEIGHT-PERCENT-THEME.png``.

    Args:
        folder: Where to save the pictures.
        screens: Widths and heights of the screens, in pixels.
        dpis: Their pixels for each inch; 192 is 200%.

    Yields:
        The files, as they are made.
    """
    for width, height in screens:
        for dpi in dpis:
            # When a display ends, Tk ends its process, so each display has a process of its own.
            with (
                virtual_display(width, height, dpi),
                ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool,
            ):
                files = pool.submit(_take_screen, folder, width, height, dpi).result()
            yield from files


def _take_screen(folder: Path, width: int, height: int, dpi: int) -> list[Path]:
    files = []
    with tempfile.TemporaryDirectory() as own_files:
        for theme in ("light", "dark"):
            percent = round(100 * dpi / 96)
            files.append(folder / f"screen-{width}x{height}-{percent}-{theme}.png")
            _take_picture(files[-1], Scene(theme, _digits(4, 7)), 1.0, Path(own_files))
    return files


def _take_picture(file: Path, scene: Scene, zoom: float, own_files: Path) -> None:
    settings_file = own_files / "window.json"
    save(settings_file, WindowSettings(theme=scene.theme, zoom=zoom))
    drawings_file = own_files / "drawings.h5"
    window = open_window(settings_file=settings_file, drawings_file=drawings_file)
    _WINDOWS.append(window)
    area = window.canvas.area
    size = np.array([area.winfo_width(), area.winfo_height()])
    for path in scene.paths:
        points = (size - min(size)) / 2 + path * min(size)
        window.session.add(Stroke(points, PEN * window.theme.scale))
    window.refresh()
    _wait_for_answer(window)
    places = [_place(window.root)]
    if scene.why:
        window.commands.show_why()
        _wait(window, lambda: window.session.explanation.current is not None)
        assert window.dialogs.why is not None
        places.append(_place(window.dialogs.why))
    left, top, *_ = np.min(places, axis=0).tolist()
    *_, right, bottom = np.max(places, axis=0).tolist()
    picture = Image.new("RGB", (right - left, bottom - top), window.theme.colours.window)
    screen = ImageGrab.grab(xdisplay=os.environ["DISPLAY"])
    for box in places:
        picture.paste(screen.crop(box), (box[0] - left, box[1] - top))
    picture.save(file, optimize=True)
    window.close()


def _place(widget: Any) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom of a widget on the screen."""
    left, top = widget.winfo_rootx(), widget.winfo_rooty()
    return left, top, left + widget.winfo_width(), top + widget.winfo_height()


def _wait_for_answer(window: Window) -> None:
    """Wait until the answer is shown and everything is painted."""
    _wait(window, lambda: not window.busy and window.session.latest.fresh)


def _wait(window: Window, done: Callable[[], bool]) -> None:
    started = time.monotonic()
    while not done():
        window.root.update()
        if time.monotonic() > started + MAX_SECONDS:
            raise DigitrecError(f"the window does not answer: {window.session.message.text}")
        time.sleep(0.005)
    window.root.update()


def _digits(*digits: int) -> list[Float64Array]:
    """Write digits side by side in the centre of the unit square, which they fit."""
    height = 0.62 if len(digits) == 1 else 0.4
    gap = 0.14
    paths: list[Float64Array] = []
    x = 0.0
    for digit in digits:
        drawing = draw(digit, np.random.default_rng(SEEDS[digit]))
        bounds = drawing.bounds()
        assert bounds is not None
        scale = height / (bounds[3] - bounds[1])
        corner = np.array([x, 0.5 - height / 2])
        for stroke in drawing.strokes:
            paths.append(_smooth((stroke.points - bounds[:2]) * scale + corner))
        x += (bounds[2] - bounds[0]) * scale + gap
    middle, shrink = np.array([(x - gap) / 2, 0.5]), min(1.0, 1 / (x - gap))
    return [(path - middle) * shrink + 0.5 for path in paths]


def _scribble() -> list[Float64Array]:
    rng = np.random.default_rng(5)
    angle = np.linspace(0, 9 * np.pi, 60)
    path = np.stack([0.5 + 0.3 * np.sin(angle * 0.37), 0.5 + 0.25 * np.cos(angle)], axis=1)
    return [_smooth(path + rng.normal(0, 0.012, path.shape))]


def _smooth(points: Float64Array) -> Float64Array:
    """Return points on a smooth curve through the points (P, 2), eight times as many."""
    spline = make_interp_spline(np.arange(len(points)), points, k=min(3, len(points) - 1))
    curve: Float64Array = spline(np.linspace(0, len(points) - 1, 8 * len(points)))
    return curve


if __name__ == "__main__":
    run_command(main)
