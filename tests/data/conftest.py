"""What the tests of data share: small files in the place of MNIST's and of the pen strokes'."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from data_caches import forget_data
from small_mnist import SMALL_FILES

from digitrec.data import mnist_files
from digitrec.data.data_folder import ROOT_VARIABLE
from digitrec.data.hands.sources import SourceCharacters
from digitrec.data.string_images import Sources
from digitrec.data.synthetic.digits import draw


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Stand small files in for MNIST's, with an empty cache folder, which is returned."""
    monkeypatch.setattr(mnist_files, "FILES", SMALL_FILES)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.delenv(ROOT_VARIABLE, raising=False)
    return tmp_path / "cache" / "digitrec"


@pytest.fixture
def forget() -> Iterator[Callable[[], None]]:
    """Forget what data sets keep in memory before and after a test, and whenever this is called."""
    forget_data()
    yield forget_data
    forget_data()


@pytest.fixture(scope="session")
def string_sources() -> Sources:
    """Two writers with a digit of each class, and thirty scans."""
    rng = np.random.default_rng(0)
    writers = [f"uci/{writer}" for writer in (4, 2) for _ in range(10)]
    strokes = [[one.points for one in draw(k % 10, rng).strokes] for k in range(20)]
    labels = np.arange(20) % 10
    characters, places = [str(label) for label in labels], [str(k) for k in range(20)]
    digits = SourceCharacters(strokes, labels, characters, writers, places, frozenset())
    scans = rng.integers(0, 2, (30, 28, 28), dtype=np.uint8) * 255
    scans[:, :4] = scans[:, 24:] = scans[:, :, :8] = scans[:, :, 20:] = 0
    return Sources.from_handwriting([digits], [], scans, np.arange(30) % 10)
