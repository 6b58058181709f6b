from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from digitrec.benchmarks.virtual_display import virtual_display
from digitrec.errors import DigitrecError

needs_xvfb = pytest.mark.skipif(shutil.which("Xvfb") is None, reason="there is no Xvfb")


@needs_xvfb
@pytest.mark.window
@pytest.mark.parametrize("before", [None, ":77"])
def test_the_display_exists_inside_of_the_block_only(
    monkeypatch: pytest.MonkeyPatch, before: str | None
) -> None:
    pytest.importorskip("tkinter")
    if before is None:
        monkeypatch.delenv("DISPLAY", raising=False)
    else:
        monkeypatch.setenv("DISPLAY", before)
    size = "import tkinter; t = tkinter.Tk(); print(t.winfo_screenwidth(), t.winfo_screenheight())"
    with virtual_display(300, 200) as name:
        assert os.environ["DISPLAY"] == name
        done = subprocess.run([sys.executable, "-c", size], capture_output=True, text=True)
        assert done.stdout.split() == ["300", "200"], done.stderr
    assert os.environ.get("DISPLAY") == before
    gone = subprocess.run(
        [sys.executable, "-c", size], env=os.environ | {"DISPLAY": name}, capture_output=True
    )
    assert gone.returncode != 0


def test_without_xvfb_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(DigitrecError, match="Xvfb is missing: install it"), virtual_display():
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="the pretended Xvfb is a shell script")
def test_an_xvfb_that_does_not_start_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "Xvfb"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("DISPLAY", ":77")
    with pytest.raises(DigitrecError, match="Xvfb does not start"), virtual_display():
        pass
    assert os.environ["DISPLAY"] == ":77"
