"""A real window on a display that nobody sees."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from driving import Driver, Open
from sessions import SpareReader, begun, settled

from digitrec.gui.session import networks, window_settings
from digitrec.gui.session.session import Session
from digitrec.gui.session.window_settings import WindowSettings
from digitrec.storage.resources import shipped_checkpoint

# Tk's objects must be deleted by the thread that made them. Python's garbage collector may run in
# the thread of a later window, so it must never find them.
KEPT: list[Driver] = []


@pytest.fixture(scope="session", autouse=True)
def spare_readers() -> Iterator[None]:
    """Let sessions use the reader processes of earlier ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(networks, "ReaderProcess", SpareReader)
        yield


@pytest.fixture
def open_window(display: str, tmp_path: Path) -> Iterator[Open]:
    """Open windows. At the end, none may have had an unexpected error, and all are closed."""
    from digitrec.gui.open_window import open_window as open_real_window

    drivers: list[Driver] = []

    def open_one(
        checkpoint: Path | None = None, settings_file: Path | None = None, **settings: Any
    ) -> Driver:
        settings_file = settings_file or tmp_path / "config" / "settings.json"
        if settings:
            window_settings.save(settings_file, WindowSettings(**settings))
        drawings_file = tmp_path / "data" / "drawings.h5"
        window = open_real_window(
            checkpoint, settings_file=settings_file, drawings_file=drawings_file
        )
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


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "data" / "drawings.h5"


@pytest.fixture
def session(store: Path) -> Iterator[Session]:
    made = begun(shipped_checkpoint(), store)
    settled(made)
    made.resize(700, 500)
    yield made
    made.close()
