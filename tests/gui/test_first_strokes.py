"""The window from its first moment to its last: what is drawn meanwhile, and its processes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from digitrec.storage.resources import shipped_checkpoint

pytestmark = [
    pytest.mark.window,
    pytest.mark.skipif(shutil.which("xdotool") is None, reason="xdotool is not installed"),
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc"),
]

# Shows when it is there and what was drawn; a line on standard input is a question.
WINDOW = """
import json, sys, threading
from pathlib import Path
from digitrec.gui.open_window import open_window
folder = Path(sys.argv[1])
window = open_window(settings_file=folder / "window.json", drawings_file=folder / "drawings.h5")
asked = []
threading.Thread(target=lambda: [asked.append(line) for line in sys.stdin], daemon=True).start()

def answer():
    if asked and (asked[0] == "now\\n" or not window.session.busy):
        asked.clear()
        reading = window.session.latest.reading
        print(json.dumps({
            "strokes": [stroke.points.tolist() for stroke in window.session.drawing.strokes],
            "seconds": [float(stroke.times[-1]) for stroke in window.session.drawing.strokes],
            "text": reading and reading.answers[0].text,
            "torch": "torch" in sys.modules,
            "reader": window.session.networks.reader.pid,
        }), flush=True)
    window.root.after(20, answer)

if __name__ == "__main__":
    answer()
    window.root.mainloop()
"""


class Program:
    """The window as a program of its own, whose standard input and output a test speaks to."""

    def __init__(self, display: str, folder: Path, **environment: str) -> None:
        self.display = display
        clean = {k: v for k, v in os.environ.items() if environment.get(k, v)}
        self.process = subprocess.Popen(
            [sys.executable, "-c", WINDOW, str(folder)],
            env=clean | {"DISPLAY": display} | {k: v for k, v in environment.items() if v},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            wait(lambda: self.xdotool("search", "--onlyvisible", "--name", "^digitrec"))
        except BaseException:
            self.close()
            raise

    def xdotool(self, *words: str) -> str:
        here = os.environ | {"DISPLAY": self.display}
        done = subprocess.run(["xdotool", *words], env=here, capture_output=True, text=True)
        return done.stdout.strip()

    def draw(self, points: list[tuple[int, int]]) -> None:
        """Move the mouse along a path as fast as mice report, with the button down."""
        (x, y), *rest = points
        words = ["mousemove", str(x), str(y), "mousedown", "1"]
        for x, y in rest:
            words += ["mousemove", str(x), str(y), "sleep", "0.005"]
        self.xdotool(*words, "mouseup", "1")

    def ask(self, when: str = "when it is idle") -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{when}\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()


def wait(until: Callable[[], object]) -> None:
    end = time.monotonic() + 120
    while not until():
        assert time.monotonic() < end
        time.sleep(0.01)


def processes(group: int) -> list[int]:
    """Return the processes below this one and this one itself, as long as they run."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if state != "Z":
            parents[int(folder.name)] = int(parent)
    found = [group] if group in parents else []
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def three() -> list[tuple[int, int]]:
    upper = [(200 + 50 * np.cos(a), 150 + 45 * np.sin(a)) for a in np.linspace(-2.6, 1.57, 30)]
    lower = [(200 + 55 * np.cos(a), 245 + 50 * np.sin(a)) for a in np.linspace(-1.57, 2.6, 30)]
    return [(round(x), round(y)) for x, y in upper + lower]


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.0, 0.3, 1.0])
def test_all_of_a_stroke_arrives_while_the_reader_loads(
    display: str, tmp_path: Path, seconds: float
) -> None:
    program = Program(display, tmp_path)
    try:
        time.sleep(seconds)
        program.draw(three())
        wait(lambda: len(program.ask("now")["strokes"]) == 1)
        drawn = program.ask("now")
    finally:
        program.close()
    expected = np.array(list(dict.fromkeys(three())))
    [stroke] = np.array(drawn["strokes"])
    np.testing.assert_array_equal(np.diff(stroke, axis=0), np.diff(expected, axis=0))
    assert 60 * 0.005 <= drawn["seconds"][0] < 20


@pytest.mark.slow
def test_what_was_drawn_first_is_read_and_equals_what_is_drawn_later(
    display: str, tmp_path: Path
) -> None:
    program = Program(display, tmp_path)
    try:
        program.draw(three())
        early = program.ask()
        program.draw(three())
        late = program.ask("now")
    finally:
        program.close()
    assert early["text"] == "3"
    assert late["strokes"] == early["strokes"] * 2
    assert not late["torch"]


def test_no_process_stays_when_the_window_is_killed(display: str, tmp_path: Path) -> None:
    program = Program(display, tmp_path)
    try:
        wait(lambda: len(processes(program.process.pid)) > 1)
        alive = processes(program.process.pid)
    finally:
        program.close()
    wait(lambda: not any(processes(pid) for pid in alive))


def test_the_program_ends_at_once_when_it_is_closed_while_it_loads(
    display: str, tmp_path: Path
) -> None:
    home = {"XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "DISPLAY": display}
    words = [sys.executable, "-m", "digitrec.gui", "--checkpoint", str(shipped_checkpoint())]
    process = subprocess.Popen(words, env=os.environ | home, stderr=subprocess.PIPE, text=True)
    wait(lambda: len(processes(process.pid)) > 1)
    alive = processes(process.pid)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    wait(lambda: not any(processes(pid) for pid in alive))


@pytest.mark.slow
def test_it_works_without_a_home_folder(display: str, tmp_path: Path) -> None:
    folder = dict.fromkeys(("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"), "")
    # Nothing can be written there, not even by root.
    program = Program(display, tmp_path, HOME="/dev/null/none", **folder)
    try:
        program.draw(three())
        assert program.ask()["text"] == "3"
    finally:
        program.close()
