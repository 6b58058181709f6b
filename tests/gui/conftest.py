"""A real window on a display that nobody sees."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from digitrec.gui.display import virtual_display
from digitrec.resources import shipped_checkpoint


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("window"):
            # One after the other: they share a display, and the time PyTorch takes to import.
            item.add_marker(pytest.mark.xdist_group("window"))


@pytest.fixture(scope="session")
def display() -> Iterator[str]:
    """A display of our own, so that no window pops up on anybody's screen."""
    if subprocess.run([sys.executable, "-c", "import tkinter"], capture_output=True).returncode:
        pytest.skip("this Python has no Tk")
    with ExitStack() as stack:
        if shutil.which("Xvfb"):
            yield stack.enter_context(virtual_display())
        elif os.environ.get("DISPLAY"):
            yield os.environ["DISPLAY"]
        else:
            pytest.skip("there is neither Xvfb nor a display")


class Driver:
    """A window, and what a person does to it: everything goes by Tk's events."""

    def __init__(self, window: Any) -> None:
        self.window = window
        self.root, self.session = window.root, window.session
        self.root.focus_force()
        self.wait(lambda: not self.session.busy)

    @property
    def area(self) -> Any:
        return self.window.canvas.area

    def wait(self, so: Callable[[], bool] = lambda: False, seconds: float = 60) -> None:
        """Let the window live until it is so."""
        end = time.monotonic() + seconds
        while not so():
            assert time.monotonic() < end, (self.session.message, self.session.busy)
            self.root.update()
            time.sleep(0.001)
        self.root.update()

    def settle(self) -> None:
        """Wait until nothing is under way and all is drawn."""
        self.wait(lambda: not (self.session.busy or self.window._settling))
        assert not self.window.failures

    def draw(self, path: list[tuple[float, float]], button: int = 1) -> None:
        """Go down, along the path, and up."""
        points = [(round(x), round(y)) for x, y in path]
        self.area.event_generate(f"<ButtonPress-{button}>", x=points[0][0], y=points[0][1])
        for x, y in points:
            self.area.event_generate(f"<B{button}-Motion>", x=x, y=y)
        self.area.event_generate(f"<ButtonRelease-{button}>", x=points[-1][0], y=points[-1][1])

    def press(self, *keys: str) -> None:
        for key in keys:
            self.root.focus_force()
            self.root.update()
            self.root.event_generate(f"<{key}>")
            self.root.update()

    @property
    def answer(self) -> str:
        """The digits that are shown large."""
        text = self.window.answer.text
        return "".join(text.itemcget(item, "text") for item in text.find_all())

    @property
    def message(self) -> str:
        return str(self.window.message["text"])


Open = Callable[..., Driver]

# Tk's objects must not be collected in another thread than theirs, as one of a later window may.
KEPT: list[Driver] = []


@pytest.fixture
def open_window(display: str, tmp_path: Path) -> Iterator[Open]:
    """Open windows; in the end each must be well, and is closed."""
    import tkinter as tk

    from digitrec.gui.session import Session
    from digitrec.gui.settings import Settings
    from digitrec.gui.window import Window

    drivers: list[Driver] = []

    def open_one(
        checkpoint: Path | None = None, settings_file: Path | None = None, **settings: Any
    ) -> Driver:
        root = tk.Tk(className="digitrec")
        kept = Settings(**settings)
        window = Window(root, kept, settings_file)
        root.update()
        store = tmp_path / "data" / "drawings.h5"
        session = Session(checkpoint or shipped_checkpoint(), store, live=kept.live)
        window.start(session)
        session.begin()
        window.refresh()
        drivers.append(Driver(window))
        KEPT.append(drivers[-1])
        return drivers[-1]

    yield open_one
    for driver in drivers:
        failures = driver.window.failures
        driver.window.close()
        assert failures == []


@pytest.fixture
def driver(open_window: Open) -> Driver:
    return open_window()
