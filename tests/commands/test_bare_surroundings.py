"""Each command without home folder, variables and standard streams, as a service may start it."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from checkpoint_samples import save_good
from learners import stored
from places import ROOT
from predict_command import draw
from sample_runs import errors_at, made_up_run
from started_commands import CommandServer

from digitrec.__main__ import COMMANDS
from digitrec.config.compose import compose
from digitrec.models import checkpoint
from digitrec.training.run_directory import RunDir

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="of POSIX systems")

TRAIN = [
    "data=synthetic", "data.train=160", "data.test=40", "validation=40", "model=tiny",
    "batch_size=16", "threads=1", "epochs=1",
]  # fmt: skip
WORDS = {
    "predict": ["0.png", "--checkpoint", "model.h5", "-o", "out.csv"],
    "adapt": ["drawings.h5"],  # which are too few
    "train": [*TRAIN, "run_dir=out"],
    "ensemble": ["run"],  # which has no model.h5
    "evaluate": ["model.h5", "data=synthetic", "data.train=10", "data.test=40", "device=cpu"],
    "compare": ["run", "--html", "out.html"],
    "reproduce": ["run"],
    "export": ["model.h5", "--html", "out.html"],
    "completion": ["bash"],
    "bench": ["normalise"],
}
"""What the commands do here; ``demo`` takes long, and ``gui`` and ``serve`` end when told to."""

CODES = {
    "adapt": 2,
    "reproduce": 1,
    "ensemble": 2,
}  # a run that is made up does not come out the same

BARE = """
import os, sys
for number in range(3):
    os.close(number)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


def of_nobody() -> list[str]:
    """The words before a command that run it as a user without a name, where that is possible."""
    if not ROOT or not shutil.which("setpriv"):
        return []
    # Files are still to be read and written, whoever they belong to.
    return ["setpriv", "--reuid=54321", "--clear-groups", "--inh-caps=+dac_override",
            "--ambient-caps=+dac_override"]  # fmt: skip


def nearly_nothing(**variables: str) -> dict[str, str]:
    """The variables of a bare process: only those that Python needs here."""
    kept = ("PYTHONPATH", "LD_LIBRARY_PATH")
    known = {name: os.environ[name] for name in kept if name in os.environ}
    return {"OMP_NUM_THREADS": "1", **known, **variables}


@pytest.fixture(scope="module")
def bare_server() -> Iterator[CommandServer]:
    """Starts commands with nothing: no streams, variables and home, and a user without name."""
    with CommandServer(of_nobody(), nearly_nothing(), closed=True) as server:
        yield server


@pytest.fixture
def here() -> Iterator[Path]:
    """A folder in which anyone may write; pytest's own are for their owner alone."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        folder.chmod(0o777)
        save_good(folder / "model.h5")
        draw(folder / "0.png")
        stored(folder / "drawings.h5", 3)
        yield folder


def bare(words: list[str], folder: Path, **variables: str) -> subprocess.Popen[bytes]:
    """Start a command in such surroundings as a process of its own, from its first import on."""
    return subprocess.Popen(
        [*of_nobody(), sys.executable, "-c", BARE, "-m", *words],
        cwd=folder, env=nearly_nothing(**variables),
    )  # fmt: skip


def test_no_command_is_left_out() -> None:
    assert {*WORDS, "demo", "serve", "gui"} == {*COMMANDS}


@pytest.mark.slow
@pytest.mark.parametrize("name", WORDS)
def test_a_command_does_its_work(name: str, here: Path, bare_server: CommandServer) -> None:
    if name in ("compare", "reproduce", "ensemble"):
        small = compose([*TRAIN, "run_dir=run"])
        made_up_run(here / "run", errors_at(100, 3), config=small)
    before = {path.name for path in here.iterdir()}
    with bare_server.start([f"digitrec.{name}", *WORDS[name]], cwd=here) as started:
        assert started.wait(300) == CODES.get(name, 0)
    new = {path.name for path in here.iterdir()} - before
    expected = {
        "predict": {"out.csv"}, "train": {"out"}, "evaluate": {"digitrec-evaluation.png"},
        "compare": {"out.html"}, "export": {"out.html"}, "reproduce": {"experiments"},
    }  # fmt: skip
    assert new == expected.get(name, set())
    if name == "train":
        assert RunDir(here / "out").is_finished()
        checkpoint.load(here / "out" / "model.h5")
    if name == "predict":  # and nothing but the answers is in their file
        assert [line[:5] for line in (here / "out.csv").read_text().splitlines()] == [
            "file,", "0.png"
        ]  # fmt: skip
    if name in ("compare", "export"):
        assert (here / "out.html").read_text().rstrip().endswith("</html>")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["predict", "train", "compare", "export"])
def test_a_home_that_is_a_file_and_no_folder_for_temporary_files(name: str, here: Path) -> None:
    made_up_run(here / "run", errors_at(100, 3), config=compose([*TRAIN, "run_dir=run"]))
    (here / "home").touch()
    nowhere = {"HOME": str(here / "home"), "TMPDIR": str(here / "none"), "LANG": "C"}
    before = {path.name for path in here.iterdir()}
    assert bare([f"digitrec.{name}", *WORDS[name]], here, **nowhere).wait(300) == 0
    (new,) = {path.name for path in here.iterdir()} - before
    assert new.startswith("out")


@pytest.mark.slow
def test_the_demonstration_does_its_work(here: Path) -> None:
    assert bare(["digitrec.demo"], here).wait(600) == 0
    assert len([*here.glob("experiments/demo/*/drawings/*.png")]) == 20


@pytest.mark.slow
def test_the_service_answers_until_it_is_told_to_end(here: Path) -> None:
    pytest.importorskip("fastapi")
    pytest.importorskip("uvicorn")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    started = bare(["digitrec.serve", "--port", str(port), "--checkpoint", "model.h5"], here)
    answer, give_up = b"", time.monotonic() + 120
    while not answer and time.monotonic() < give_up and started.poll() is None:
        with contextlib.suppress(OSError):
            address = f"http://127.0.0.1:{port}/healthz"
            answer = urllib.request.urlopen(address, timeout=30).read()
        time.sleep(0.1)
    started.terminate()
    assert started.wait(60) == 0
    assert b"tiny" in answer


WINDOW = """
import sys
from pathlib import Path
from digitrec.run_command import run_command
from digitrec.gui.open_window import open_window

def main():
    window = open_window()
    def look():
        if not window.session.loading and window.session.networks.paths:
            window.close()
        else:
            window.root.after(50, look)
    look()
    window.root.mainloop()

if __name__ == "__main__":
    run_command(main)
"""


@pytest.mark.slow
@pytest.mark.window
def test_the_window_opens_loads_and_closes(here: Path, display: str) -> None:
    (here / "window.py").write_text(WINDOW)
    started = bare(["window"], here, DISPLAY=display)
    assert started.wait(120) == 0
    assert not (here / "~").exists()
