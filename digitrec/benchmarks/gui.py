"""Measure how fast the window is: until it is shown, can read, answers, and is gone.

Each start is a process of its own, which runs this module as a program.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import numpy as np

from digitrec.benchmarks.virtual_display import virtual_display

if TYPE_CHECKING:
    from digitrec.gui.window import Window

__all__ = ["measure"]

STARTS = 5
STROKES = 200
MAX_SECONDS = 60.0  # to wait for a network or an answer
MODULE = __spec__.name
"""The name of this module, also while it is run as a program."""


class Measurement(TypedDict):
    """What one start of the window took, in seconds.

    Attributes:
        shown: From the start of the program until the window is shown.
        ready: From the start of the program until the network is loaded.
        closing: From closing the window until its process has ended.
        waits: For each stroke, from the release of the pen until the answer is shown.
    """

    shown: float
    ready: float
    closing: float
    waits: list[float]


def measure(starts: int = STARTS, strokes: int = STROKES) -> Iterator[str]:
    """Open the window several times, draw in the last one, and yield how long everything took.

    Args:
        starts: How many times to open it.
        strokes: How many strokes to draw.
    """
    needs_display = sys.platform.startswith("linux") and not os.environ.get("DISPLAY")
    with virtual_display() if needs_display else nullcontext():
        runs = [start_window(strokes=0) for _ in range(starts - 1)] + [start_window(strokes)]
    times = {
        "window shown": [run["shown"] for run in runs],
        "ready to read": [run["ready"] for run in runs],
        "closed until ended": [run["closing"] for run in runs],
    }
    for name, seconds in times.items():
        spread = f"{min(seconds):.2f} to {max(seconds):.2f}"
        yield f"{name:<26} {statistics.median(seconds):6.2f} s    ({spread}, {starts} starts)"
    waits = np.array(runs[-1]["waits"]) * 1000
    p50, p95 = np.percentile(waits, [50, 95])
    yield f"{'pen-up to answer shown':<26} {p50:6.1f} ms   median of {len(waits)} strokes"
    yield f"{'':<26} {p95:6.1f} ms   95th percentile"


def start_window(strokes: int) -> Measurement:
    """Run this module as a program, which prints its measurement."""
    with tempfile.TemporaryDirectory() as folder:  # for the files that the window writes
        started = time.monotonic()  # on all systems the same clock for all processes
        command = [sys.executable, "-m", MODULE, str(started), str(strokes), folder]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        ended = time.monotonic()
    measurement: Measurement = json.loads(done.stdout)
    measurement["closing"] = ended - measurement["closing"]
    return measurement


def _measure_here(started: float, strokes: int, folder: Path) -> Measurement:
    """Open the window in this process, which was started at ``started``, and draw strokes.

    What is returned as ``closing`` is the moment at which it is closed.
    """
    from digitrec.gui.open_window import open_window

    window = open_window(settings_file=folder / "window.json", drawings_file=folder / "drawings.h5")
    shown = time.monotonic() - started
    session = window.session
    end = time.monotonic() + MAX_SECONDS
    while not session.networks.paths:
        _update(window)
        if time.monotonic() > end:
            raise TimeoutError(f"the network was not loaded: {session.message.text}")
    ready = time.monotonic() - started
    while session.busy:
        _update(window)
    rng = np.random.default_rng(0)
    waits = [_draw_stroke(window, rng, clear=index % 4 == 0) for index in range(strokes)]
    closing = time.monotonic()
    window.close()
    return {"shown": shown, "ready": ready, "closing": closing, "waits": waits}


def _draw_stroke(window: Window, rng: np.random.Generator, *, clear: bool) -> float:
    """Draw a random stroke with the mouse, after clearing the canvas or not.

    Returns:
        Seconds from the release of the button until the answer is shown. The mouse rests for a
        moment after that.
    """
    area, session = window.canvas.area, window.session
    if clear:
        session.clear()
        window.refresh()
    size = np.array([area.winfo_width(), area.winfo_height()])
    steps = np.cumsum(rng.normal(0, 1, (30, 2)), axis=0)
    path = np.clip(size * (0.5 + 0.07 * steps), 20, size - 20)
    points = np.rint(path).astype(int).tolist()
    area.event_generate("<ButtonPress-1>", x=points[0][0], y=points[0][1])
    for x, y in points[1:]:
        area.event_generate("<B1-Motion>", x=x, y=y)
        _update(window)
        time.sleep(0.004)  # a mouse reports its position 125 to 250 times per second
    before = time.perf_counter()
    area.event_generate("<ButtonRelease-1>", x=points[-1][0], y=points[-1][1])
    end = before + MAX_SECONDS
    latest = session.latest
    while not (latest.fresh and window.answer_panel.shown is latest.reading):
        _update(window)
        if time.perf_counter() > end:
            raise TimeoutError(f"no answer to a stroke: {session.message.text}")
    window.root.update_idletasks()
    waited = time.perf_counter() - before
    rest = time.perf_counter() + 0.1
    while time.perf_counter() < rest:
        _update(window)
    return waited


def _update(window: Window) -> None:
    """Let Tk do what is due, and give the other threads time to work."""
    window.root.update()
    time.sleep(0.0005)


if __name__ == "__main__":
    print(json.dumps(_measure_here(float(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))))
