"""How fast the window is: until it is up, until it reads, and from pen-up to the answer drawn."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, TypedDict

import numpy as np

from digitrec.benchmarks.virtual_display import virtual_display

if TYPE_CHECKING:
    from digitrec.gui.window import Window

__all__ = ["measure"]

STARTS = 5
STROKES = 200
PATIENCE = 60.0  # seconds


def measure() -> None:
    """Open the window several times, draw in one of them, and print what it took."""
    with nullcontext() if os.environ.get("DISPLAY") else virtual_display():
        runs = [_start(strokes=0) for _ in range(STARTS - 1)] + [_start(STROKES)]
    times = {
        "window up": [run["up"] for run in runs],
        "ready to read": [run["ready"] for run in runs],
    }
    for name, seconds in times.items():
        spread = f"{min(seconds):.2f} to {max(seconds):.2f}"
        print(f"{name:<26} {statistics.median(seconds):6.2f} s    ({spread}, {STARTS} starts)")
    waits = np.array(runs[-1]["waits"]) * 1000
    p50, p95 = np.percentile(waits, [50, 95])
    print(f"{'pen-up to answer drawn':<26} {p50:6.1f} ms   median of {len(waits)} strokes")
    print(f"{'':<26} {p95:6.1f} ms   95th percentile")


class _Run(TypedDict):
    """Seconds since the program was started, and from each pen-up to the answer."""

    up: float
    ready: float
    waits: list[float]


def _start(strokes: int) -> _Run:
    """Run this module as a program; it tells the times since it was started."""
    with tempfile.TemporaryDirectory() as folder:
        here = {"XDG_DATA_HOME": folder, "XDG_CONFIG_HOME": folder}  # nobody's own settings
        started = time.monotonic()
        command = [sys.executable, "-m", "digitrec.benchmarks.window", str(started), str(strokes)]
        done = subprocess.run(
            command, env=os.environ | here, check=True, stdout=subprocess.PIPE, text=True
        )
    found: _Run = json.loads(done.stdout)
    return found


def _run(started: float, strokes: int) -> None:
    from digitrec.gui.__main__ import open_window

    window = open_window()
    up = time.monotonic() - started
    session = window.session
    end = time.monotonic() + PATIENCE
    while not session.models and time.monotonic() < end:
        _turn(window)
    ready = time.monotonic() - started
    while session.busy:
        _turn(window)
    rng = np.random.default_rng(0)
    waits = [_draw(window, rng, index) for index in range(strokes)]
    window.close()
    print(json.dumps({"up": up, "ready": ready, "waits": waits}))


def _draw(window: Window, rng: np.random.Generator, index: int) -> float:
    """Draw a stroke with the pointer; return the seconds from pen-up to its answer on the screen.

    Now and then the canvas is cleared, as people do; the pen rests a moment after each answer.
    """
    area, session = window.canvas.area, window.session
    if index % 4 == 0:
        session.clear()
        window.refresh()
    width, height = area.winfo_width(), area.winfo_height()
    steps = np.cumsum(rng.normal(0, 1, (30, 2)), axis=0)
    path = np.array([width, height]) * (0.5 + 0.07 * steps)
    points = np.rint(np.clip(path, 20, np.array([width, height]) - 20)).astype(int).tolist()
    area.event_generate("<ButtonPress-1>", x=points[0][0], y=points[0][1])
    for x, y in points[1:]:
        area.event_generate("<B1-Motion>", x=x, y=y)
        _turn(window)
        time.sleep(0.004)  # a mouse reports some 125 to 250 times a second
    before = time.perf_counter()
    area.event_generate("<ButtonRelease-1>", x=points[-1][0], y=points[-1][1])
    end = before + PATIENCE
    while not (session.fresh and window.answer.shown is session.reading):
        _turn(window)
        if time.perf_counter() > end:
            raise TimeoutError(f"no answer to a stroke: {session.message.text}")
    window.root.update_idletasks()
    waited = time.perf_counter() - before
    rest = time.perf_counter() + 0.1
    while time.perf_counter() < rest:
        _turn(window)
    return waited


def _turn(window: Window) -> None:
    """Let Tk do what is due, and the other threads what they have to do meanwhile."""
    window.root.update()
    time.sleep(0.0005)


if __name__ == "__main__":
    _run(float(sys.argv[1]), int(sys.argv[2]))
