from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from digitrec.gui.session.window_settings import (
    MAX_RECENT,
    ZOOMS,
    RecentNetwork,
    WindowSettings,
    default_path,
    geometry_on_screen,
    load,
    save,
    with_recent,
)

NETWORKS = [RecentNetwork(f"/runs/{i}/model.h5", f"run {i}") for i in range(MAX_RECENT + 2)]


def test_saved_settings_are_loaded(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "window.json"
    kept = WindowSettings(
        theme="dark", zoom=1.5, live=False, pen=22.5, geometry="900x640+10+-20", learnt=True
    )
    kept = with_recent(kept, NETWORKS[0])
    save(path, kept)
    assert load(path) == kept


def test_the_networks_chosen_last_are_remembered() -> None:
    settings = WindowSettings()
    for network in NETWORKS:
        settings = with_recent(settings, network)
    assert settings.recent == tuple(NETWORKS[:1:-1])
    again = with_recent(settings, RecentNetwork(NETWORKS[4].path, "renamed"))
    assert again.recent[0].name == "renamed"
    assert len(again.recent) == MAX_RECENT


@pytest.mark.parametrize(
    "recent", [3, None, "x", [3], [{}], [{"path": 1, "name": "x"}], [{"path": "", "name": ""}]]
)
def test_networks_that_are_none_are_not_remembered(tmp_path: Path, recent: object) -> None:
    path = tmp_path / "window.json"
    path.write_text(json.dumps({"theme": "dark", "recent": recent}))
    assert load(path) == WindowSettings(theme="dark")


def test_without_a_file_the_settings_are_the_defaults(tmp_path: Path) -> None:
    assert load(tmp_path / "none.json") == WindowSettings()
    assert load(tmp_path) == WindowSettings()


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"null", b"\xff", b"[" * 100_000])
def test_a_damaged_file_gives_the_defaults(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "window.json"
    path.write_bytes(content)
    assert load(path) == WindowSettings()


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
def test_an_invalid_value_is_replaced_by_its_default(
    tmp_path: Path, change: dict[str, Any]
) -> None:
    path = tmp_path / "window.json"
    good = {"theme": "dark", "zoom": 1.5, "live": False, "pen": 9, "geometry": "900x640+1+2"}
    path.write_text(json.dumps(good | change | {"unknown": 1}))
    [name] = change
    assert getattr(load(path), name) == getattr(WindowSettings(), name)
    for other in set(good) - {name}:
        assert getattr(load(path), other) == good[other]


def test_the_default_path_is_in_the_users_configuration_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "/somewhere")
    path = default_path()
    assert path is not None
    assert path.name == "window.json"
    if sys.platform.startswith("linux"):
        assert path == Path("/somewhere/digitrec/window.json")


def test_without_a_home_folder_settings_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digitrec.gui.session.window_settings.user_folder", lambda kind: None)
    assert default_path() is None
    assert load(None) == WindowSettings()


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
def test_a_window_opens_where_it_was_if_it_fits_the_screen(geometry: str, there: bool) -> None:
    assert geometry_on_screen(geometry, 1920, 1080) == (geometry if there else "")


def test_the_normal_zoom_is_among_the_zooms() -> None:
    assert WindowSettings().zoom in ZOOMS
    assert 1.0 in ZOOMS
    assert 2.0 in ZOOMS
