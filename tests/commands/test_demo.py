"""The demonstration, whole."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digitrec import demo
from digitrec.models.checkpoint import load


@pytest.mark.slow
def test_it_trains_exports_reads_and_says_what_is_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    here = tmp_path / '-v ~ it\'s "a" = [b], #1 $HOME'
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setattr(sys, "argv", ["digitrec.demo"])
    assert demo.main() == 0
    said = capsys.readouterr().out
    (folder,) = (here / "experiments" / "demo").iterdir()
    assert load(folder / "model.h5").model == "fast"
    drawings = sorted((folder / "drawings").iterdir())
    assert len(drawings) == 20
    words = said[said.index("read ") :].split()
    assert int(words[1]) >= 17
    assert words[3] == "20"
    picture = np.asarray(Image.open(folder / "drawings.png").convert("L"))
    assert picture.std() > 20
    assert str(Path("experiments", "demo", folder.name, "drawings.png")) in said
    reads, trains, tells = re.findall(r"^  (\S.* -m digitrec.*)$", said, re.MULTILINE)
    assert len(pasted(reads).splitlines()) == 20
    assert "epochs: " in pasted(f"{trains} --help")
    assert "predict" in pasted(tells)


def pasted(command: str) -> str:
    """Give a printed command to a shell in the current folder, and return what it prints."""
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout
