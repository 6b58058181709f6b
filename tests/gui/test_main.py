"""The program python -m digitrec.gui, as a user starts it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from digitrec.drawing.corrections import load_drawings
from digitrec.drawing.rasterise import rasterise_drawing
from digitrec.gui.open_window import NO_FONTS, NO_TK
from digitrec.storage.resources import shipped_checkpoint

HEAVY = ("numpy", "torch", "scipy", "matplotlib", "h5py", "PIL")


def call(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if name != "DISPLAY"}
    command = [sys.executable, *words]
    return subprocess.run(
        command, env=clean | environment, capture_output=True, text=True, timeout=120
    )


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="these have a display always")
def test_without_a_display_the_error_is_one_line() -> None:
    pytest.importorskip("tkinter")
    done = call("-m", "digitrec.gui")
    assert done.returncode == 2
    [line] = done.stderr.splitlines()
    assert line.startswith("error: there is no display to open a window on")
    assert "xvfb-run" in line


def test_without_tk_the_error_names_what_to_install() -> None:
    without = "import sys; sys.modules['tkinter'] = None; sys.argv = ['gui']; import runpy; "
    done = call("-c", without + "runpy.run_module('digitrec.gui', run_name='__main__')")
    assert done.returncode == 2
    assert done.stderr.splitlines() == [f"error: {NO_TK}"]
    assert "python3-tk" in done.stderr


@pytest.mark.window
@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="these have fonts always")
def test_without_fonts_the_error_is_one_line(tmp_path: Path, display: str) -> None:
    (tmp_path / "fonts.conf").write_text("<fontconfig></fontconfig>")
    no_fonts = str(tmp_path / "fonts.conf")
    done = call("-m", "digitrec.gui", FONTCONFIG_FILE=no_fonts, DISPLAY=display)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [f"error: {NO_FONTS}"]


def test_help_needs_neither_tk_nor_a_display() -> None:
    done = call("-m", "digitrec.gui", "--help")
    assert done.returncode == 0
    assert "--checkpoint" in done.stdout


@pytest.mark.window
def test_the_window_is_built_before_slow_packages_are_imported() -> None:
    code = f"import sys, digitrec.gui.window; print([m for m in {HEAVY} if m in sys.modules])"
    assert call("-c", code).stdout.strip() == "[]"


OPEN = """
import sys, time
from pathlib import Path
from digitrec.gui.open_window import open_window
words = [Path(word) if word else None for word in sys.argv[1:]]
window = open_window(*words)
end = time.monotonic() + 90
def done():
    session = window.session
    return not session.busy and (session.networks.paths or session.networks.failed)
while not done() and time.monotonic() < end:
    window.root.update()
    time.sleep(0.002)
window.root.update()
reading = window.session.latest.reading
print(window.root.title())
print(reading.answers[0].text if reading else "")
print(window.status_bar.message["text"])
assert not window.failures, window.failures
window.close()
"""


@pytest.mark.slow
@pytest.mark.window
def test_it_opens_a_picture_and_another_checkpoint(display: str, tmp_path: Path) -> None:
    import numpy as np
    from handwriting import stroke
    from PIL import Image

    from digitrec.drawing.strokes import Drawing

    here = {"XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "DISPLAY": display}
    picture = tmp_path / "seven.png"
    Image.fromarray(255 - rasterise_drawing(Drawing(500, 400, [stroke(7)]))).save(picture)
    done = call("-c", OPEN, "", str(picture), **here)
    assert done.stdout.splitlines()[1:2] == ["7"], done.stderr
    assert (tmp_path / "digitrec" / "window.json").exists()
    bad = tmp_path / "bad.h5"
    bad.write_bytes(np.arange(9).tobytes())
    done = call("-c", OPEN, str(bad), **here)
    title, text, message = done.stdout.splitlines()
    assert (title, text) == ("digitrec", "")
    assert "bad.h5 is not an .h5 file" in message
    assert done.stderr == ""


@pytest.mark.window
def test_the_program_runs_until_it_is_closed(display: str, tmp_path: Path) -> None:
    here = {"XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "DISPLAY": display}
    words = [sys.executable, "-m", "digitrec.gui", "--checkpoint", str(shipped_checkpoint())]
    process = subprocess.Popen(words, env=os.environ | here, stderr=subprocess.PIPE, text=True)
    time.sleep(2)
    assert process.poll() is None
    process.send_signal(2)  # Ctrl-C on the terminal closes it, though a network is being loaded
    _, errors = process.communicate(timeout=60)
    assert process.returncode in (0, 130)
    assert errors in ("", "interrupted\n")


# Ctrl-C while Tk handles events by itself leaves `mainloop`.
INTERRUPTED = """
import sys, tkinter
import numpy as np
from digitrec.drawing.strokes import Stroke
from digitrec.gui import __main__ as program
from digitrec.gui.open_window import open_window

def store_a_digit(*words):
    window = open_window(*words)
    window.session.add(Stroke(np.array([[100, 50], [100, 300]]), 16))
    window.session.give_label(1)
    return window

def interrupt(root, threshold=0):
    raise KeyboardInterrupt

program.open_window, tkinter.Misc.mainloop = store_a_digit, interrupt
sys.argv = ["gui"]
if __name__ == "__main__":
    sys.exit(program.main())
"""


@pytest.mark.window
def test_an_interrupt_loses_neither_settings_nor_drawings(display: str, tmp_path: Path) -> None:
    here = {"XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "DISPLAY": display}
    done = call("-c", INTERRUPTED, **here)
    assert (done.returncode, done.stderr) == (130, "interrupted\n")
    assert (tmp_path / "digitrec" / "window.json").exists()
    assert len(load_drawings(tmp_path / "digitrec" / "drawings.h5")) == 1


SIGNALLED = """
import os, signal, sys
from digitrec.gui import __main__ as program
from digitrec.gui.open_window import open_window
from digitrec.run_command import run_command

def signal_when_open(*words):
    window = open_window(*words)
    window.root.after(100, os.kill, os.getpid(), signal.SIGTERM)
    return window

program.open_window = signal_when_open
sys.argv = ["gui"]
if __name__ == "__main__":
    run_command(program.main)
"""


@pytest.mark.window
def test_a_signal_closes_the_window_while_a_dialog_asks(display: str, tmp_path: Path) -> None:
    here = {"XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "DISPLAY": display}
    asking = SIGNALLED.replace(
        "    return", "    window.root.after(20, window.commands.open)\n    return"
    )
    done = call("-c", asking, **here)
    assert (done.returncode, done.stderr) == (128 + signal.SIGTERM, "interrupted\n")
    assert (tmp_path / "digitrec" / "window.json").exists()


@pytest.mark.window
def test_a_signal_closes_the_window_in_good_order(display: str, tmp_path: Path) -> None:
    here = {"XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "DISPLAY": display}
    done = call("-c", SIGNALLED, **here)
    assert done.returncode in (0, 128 + signal.SIGTERM)
    assert done.stderr in ("", "interrupted\n")
    assert (tmp_path / "digitrec" / "window.json").exists()
