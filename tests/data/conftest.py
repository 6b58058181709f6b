"""What the tests of MNIST share: small files in its place."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from small_mnist import SMALL_FILES

from digitrec.data import mnist
from digitrec.data import root as data_root


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Stand small files in for MNIST's, with an empty cache folder, which is returned."""
    monkeypatch.setattr(mnist, "FILES", SMALL_FILES)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.delenv(data_root.ROOT_VARIABLE, raising=False)
    return tmp_path / "cache" / "digitrec"
