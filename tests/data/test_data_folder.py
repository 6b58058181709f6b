from __future__ import annotations

import sys
from pathlib import Path

import pytest

from digitrec.data.data_folder import cache_folder, find_data_folder
from digitrec.errors import DigitrecError


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other cache folders")
def test_the_cache_folder_is_where_linux_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert cache_folder() == tmp_path / "home" / ".cache" / "digitrec"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert cache_folder() == tmp_path / "cache" / "digitrec"
    assert not (tmp_path / "cache").exists()


def test_without_a_home_folder_none_is_made_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DIGITREC_DATA", raising=False)
    monkeypatch.setattr("digitrec.data.data_folder.user_folder", lambda kind: None)
    with pytest.raises(DigitrecError, match=r"no home folder, .* data\.root=FOLDER"):
        find_data_folder(None)
    assert find_data_folder(str(tmp_path)) == (tmp_path, "data.root")


def test_the_setting_comes_before_the_variable_and_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGITREC_DATA", str(tmp_path / "variable"))
    assert find_data_folder(str(tmp_path)) == (tmp_path, "data.root")
    assert find_data_folder(None) == (tmp_path / "variable", "DIGITREC_DATA")
    monkeypatch.setenv("DIGITREC_DATA", "")
    assert find_data_folder("") == find_data_folder(None) == (cache_folder(), None)
