"""The demonstration, whole."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digitrec import demo
from digitrec.models.checkpoint import load


def test_it_trains_exports_reads_and_says_what_is_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["digitrec.demo"])
    assert demo.main() == 0
    said = capsys.readouterr().out
    (folder,) = (tmp_path / "experiments" / "demo").iterdir()
    assert load(folder / "model.h5").model == "fast"
    drawings = sorted((folder / "drawings").iterdir())
    assert len(drawings) == 20
    words = said[said.index("read ") :].split()
    assert int(words[1]) >= 17
    assert words[3] == "20"
    picture = np.asarray(Image.open(folder / "drawings.png").convert("L"))
    assert picture.std() > 20
    assert str(Path("experiments", "demo", folder.name, "drawings.png")) in said
    assert "-m digitrec.train" in said
