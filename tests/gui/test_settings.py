from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from digitrec.gui import settings
from digitrec.gui.settings import Settings, load, place, save


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "window.json"
    kept = Settings(theme="dark", zoom=1.5, live=False, pen=22.5, geometry="900x640+10+-20")
    save(path, kept)
    assert load(path) == kept


def test_without_a_file_all_is_usual(tmp_path: Path) -> None:
    assert load(tmp_path / "none.json") == Settings()
    assert load(tmp_path) == Settings()


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"null", b"\xff", b"[" * 100_000])
def test_nonsense_is_taken_for_nothing(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "window.json"
    path.write_bytes(content)
    assert load(path) == Settings()


@pytest.mark.parametrize(
    "change",
    [
        {"theme": "pink"},
        {"theme": ["dark"]},
        {"zoom": 17},
        {"zoom": "1.5"},
        {"zoom": True},
        {"zoom": 10**400},
        {"live": 1},
        {"live": None},
        {"pen": 0},
        {"pen": -5},
        {"pen": 1e9},
        {"geometry": "full"},
        {"geometry": "900x640"},
        {"geometry": "1x1+0+0"},
        {"geometry": 3},
    ],
)
def test_a_value_that_makes_no_sense_takes_its_default(
    tmp_path: Path, change: dict[str, Any]
) -> None:
    path = tmp_path / "window.json"
    good = {"theme": "dark", "zoom": 1.5, "live": False, "pen": 9, "geometry": "900x640+1+2"}
    path.write_text(json.dumps(good | change | {"unknown": 1}))
    [name] = change
    assert getattr(load(path), name) == getattr(Settings(), name)
    for other in set(good) - {name}:
        assert getattr(load(path), other) == good[other]


def test_the_place_is_the_users_configuration_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "/somewhere")
    assert place().name == "window.json"
    if sys.platform.startswith("linux"):
        assert place() == Path("/somewhere/digitrec/window.json")


@pytest.mark.parametrize(
    ("geometry", "there"),
    [
        ("900x640+10+20", True),
        ("900x640+0+0", True),
        ("900x640+1900+20", False),  # on a second screen, which is gone
        ("900x640+10+1060", False),
        ("900x640+-300+20", False),
        ("2500x640+10+20", False),
        ("900x1640+10+20", False),
        ("", False),
        ("nonsense", False),
    ],
)
def test_a_window_opens_where_it_was_if_that_is_on_the_screen(geometry: str, there: bool) -> None:
    assert settings.on_screen(geometry, 1920, 1080) == (geometry if there else "")


def test_the_usual_size_is_among_the_sizes() -> None:
    assert Settings().zoom in settings.ZOOMS
    assert 1.0 in settings.ZOOMS
    assert 2.0 in settings.ZOOMS
