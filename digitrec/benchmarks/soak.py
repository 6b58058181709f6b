"""A soak test of the window: random actions while its reader is killed; nothing is lost or grows.

It runs as a process of its own: ``python -m digitrec.benchmarks.soak ACTIONS KILLS SEED``.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from digitrec.benchmarks.memory import resident_megabytes
from digitrec.benchmarks.virtual_display import virtual_display
from digitrec.errors import DigitrecError
from digitrec.gui.open_window import open_window

if TYPE_CHECKING:
    from digitrec.gui.window import Window

__all__ = ["soak"]

ACTIONS, KILLS = 10_000, 20
MAX_UNDONE = 200  # bounds the record kept here, so that only the window itself can grow
WARM = 0.2  # fraction of all actions during which memory that is kept for reuse still grows
MAX_SECONDS = 120.0  # to wait for an answer
MODULE = __spec__.name
"""The name of this module, also while it is run as a program."""


class Soak:
    """Does random things to a window, and knows what must be drawn on it.

    Attributes:
        strokes: What must be on the canvas: the points of each stroke, in whole pixels.
        drawn: How many strokes were drawn in all.
    """

    def __init__(self, window: Window, seed: int) -> None:
        self.window = window
        self.rng = np.random.default_rng(seed)
        self.strokes: list[list[tuple[int, int]]] = []
        self.drawn = 0
        # The strokes before each step. At most this many steps are undone in a row.
        self._done: deque[list[list[tuple[int, int]]]] = deque(maxlen=MAX_UNDONE)
        self._undone: list[list[list[tuple[int, int]]]] = []

    def act(self) -> None:
        """Do one random thing, and check that what is drawn is what must be there."""
        actions: list[tuple[Callable[[], None], float]] = [
            (self._draw, 0.5),
            (self._undo, 0.12),
            (self._redo, 0.12),
            (self._clear, 0.08),
            (self._look, 0.18),
        ]
        weights = [weight for _, weight in actions]
        actions[self.rng.choice(len(actions), p=weights)][0]()
        self.window.root.update()
        self.check()

    def check(self) -> None:
        """Compare what is drawn with what must be there.

        Raises:
            AssertionError: If something was lost, or an unexpected error occurred.
        """
        found = [
            [(round(x - 0.5), round(y - 0.5)) for x, y in stroke.points.tolist()]
            for stroke in self.window.session.drawing.strokes
        ]
        assert found == self.strokes, f"{len(found)} strokes, not {len(self.strokes)}"
        assert not self.window.failures, self.window.failures

    def kill_reader(self) -> bool:
        """End the reader process as a crash would; return whether there was one."""
        pid = self.window.session.networks.reader.pid
        if pid is None or self.window.session.networks.reader.stopped:
            return False
        os.kill(pid, signal.SIGKILL)
        return True

    def settle(self) -> None:
        """Wait until all that was drawn is read."""
        window, end = self.window, time.monotonic() + MAX_SECONDS
        while window.busy or window.session.networks.reader.stopped:
            window.root.update()
            time.sleep(0.001)
            assert time.monotonic() < end, window.session.message.text

    def _step(self, strokes: list[list[tuple[int, int]]]) -> None:
        self._done.append(self.strokes)
        self.strokes, self._undone = strokes, []

    def _draw(self) -> None:
        area = self.window.canvas.area
        size = area.winfo_width(), area.winfo_height()
        count = int(self.rng.integers(2, 12))
        walk = np.cumsum(self.rng.integers(-40, 41, (count, 2)), axis=0) + self.rng.integers(
            0, size
        )
        points = [(int(x), int(y)) for x, y in walk]
        area.event_generate("<ButtonPress-1>", x=points[0][0], y=points[0][1])
        for x, y in points[1:]:
            area.event_generate("<B1-Motion>", x=x, y=y)
        area.event_generate("<ButtonRelease-1>", x=points[-1][0], y=points[-1][1])
        kept = [p for p, before in zip(points, [None, *points], strict=False) if p != before]
        self._step([*self.strokes, kept])
        self.drawn += 1

    def _undo(self) -> None:
        self.window.commands.undo()
        if self._done:
            self._undone.append(self.strokes)
            self.strokes = self._done.pop()

    def _redo(self) -> None:
        self.window.commands.redo()
        if self._undone:
            self._done.append(self.strokes)
            self.strokes = self._undone.pop()

    def _clear(self) -> None:
        self.window.commands.clear()
        if self.strokes:
            self._step([])

    def _look(self) -> None:
        commands = self.window.commands
        looks: list[Callable[[], None]] = [
            commands.read,
            lambda: commands.select_next(1),
            commands.show_why,
            commands.replay,
            lambda: commands.set_live(bool(self.rng.integers(2))),
            commands.choose_shipped,
        ]
        chances = np.array([8, 8, 2, 1, 2, 1])
        looks[self.rng.choice(len(looks), p=chances / chances.sum())]()


def soak(actions: int = ACTIONS, kills: int = KILLS, seed: int = 0) -> Iterator[str]:
    """Run a soak in a process of its own, on a display that nobody sees where there is none.

    Yields:
        What it prints.

    Raises:
        DigitrecError: If something was lost.
    """
    needs_display = sys.platform.startswith("linux") and not os.environ.get("DISPLAY")
    with virtual_display() if needs_display else nullcontext():
        words = [sys.executable, "-m", MODULE, *map(str, (actions, kills, seed))]
        done = subprocess.run(words, stdout=subprocess.PIPE, text=True)
    yield from done.stdout.splitlines()
    if done.returncode:
        raise DigitrecError("the window lost something: the lines above say what")


def _soak_here(actions: int, kills: int, seed: int, folder: Path) -> None:
    window = open_window(settings_file=folder / "window.json", drawings_file=folder / "drawings.h5")
    run = Soak(window, seed)
    run.settle()
    killed, warm, before = 0, round(WARM * actions), 0.0
    when = set(np.linspace(0, actions, kills, endpoint=False, dtype=int).tolist())
    for number in range(actions):
        if number == warm:
            run.settle()
            before = resident_megabytes()
        if number in when:
            killed += run.kill_reader()
        run.act()
    window.commands.set_live(True)
    run.settle()
    run.check()
    print(
        f"{actions:,} random actions, {run.drawn:,} strokes drawn, reader killed {killed} times: "
        f"nothing was lost; the window took {resident_megabytes() - before:.1f} MB more after the "
        f"first {warm:,}"
    )
    window.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        given = [int(word) for word in sys.argv[1:4]]
        _soak_here(given[0], given[1], given[2], Path(place))
