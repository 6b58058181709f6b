from __future__ import annotations

import sys
from pathlib import Path

import platformdirs
import pytest

from digitrec.storage.user_folders import user_folder


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other folders")
def test_each_kind_has_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "mine"))
    assert user_folder("cache") == tmp_path / ".cache" / "digitrec"
    assert user_folder("config") == tmp_path / ".config" / "digitrec"
    assert user_folder("data") == tmp_path / "mine" / "digitrec"
    assert [*tmp_path.iterdir()] == []


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other folders")
def test_a_user_whom_the_system_does_not_know_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(variable, raising=False)

    def unknown(uid: int) -> object:
        raise KeyError(f"getpwuid(): uid not found: {uid}")

    monkeypatch.setattr("pwd.getpwuid", unknown)
    assert user_folder("cache") is user_folder("config") is user_folder("data") is None


def test_a_path_that_begins_with_a_tilde_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platformdirs, "user_data_path", lambda *_, **__: Path("~/.local/share/d"))
    assert user_folder("data") is None
