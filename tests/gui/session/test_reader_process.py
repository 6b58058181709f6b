from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from handwriting import ignorant, stroke
from PIL import Image

from digitrec.drawing.rasterise import rasterise_drawing
from digitrec.drawing.strokes import Drawing
from digitrec.errors import DigitrecError
from digitrec.gui.session.reader_process import ReaderProcess, ReaderStoppedError
from digitrec.recognition.read_drawing import read_drawing
from digitrec.recognition.recognizer import Recognizer
from digitrec.storage.resources import shipped_checkpoint

SHIPPED = shipped_checkpoint()


@pytest.fixture(scope="module")
def shared() -> Iterator[ReaderProcess]:
    """One process for all tests that leave it as it is: it needs seconds to start."""
    made = ReaderProcess()
    made.load(SHIPPED)
    yield made
    made.close()


def number() -> Drawing:
    return Drawing(700, 500, [stroke(7, 30), stroke(0, 200), stroke(1, 400)])


def wait(until: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not until():
        assert time.monotonic() < end
        time.sleep(0.01)


def runs(pid: int) -> bool:
    """Whether a process runs. One that has ended may stay in the list until it is waited for."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_it_reads_as_this_process_does(shared: ReaderProcess) -> None:
    drawing = number()
    found = shared.read(drawing, [SHIPPED])
    expected = read_drawing(drawing, [Recognizer.load(SHIPPED)])
    assert found.answers[0].text == "701"
    for one, other in zip(found.digits, expected.digits, strict=True):
        assert one.box == other.box
        assert [*map(id, one.strokes)] == [*map(id, other.strokes)]
        np.testing.assert_allclose(
            one.prediction.probabilities, other.prediction.probabilities, rtol=0, atol=1e-6
        )
        np.testing.assert_array_equal(one.prediction.image, other.prediction.image)


def test_it_reads_pictures(shared: ReaderProcess) -> None:
    picture = Image.fromarray(255 - rasterise_drawing(number()))
    assert shared.read(picture, [SHIPPED]).answers[0].text == "701"
    assert shared.read(Image.new("RGB", (30, 30), "white"), [SHIPPED]).digits == ()


def test_it_reads_with_several_networks(shared: ReaderProcess, tmp_path: Path) -> None:
    other = ignorant(tmp_path)
    assert not shared.load(other).rejects
    reading = shared.read(number(), [SHIPPED, other])
    assert reading.answers[0].text == "701"
    assert len(reading.answers) == 2
    assert reading.disagreeing == (False, True)


def test_it_says_what_a_network_is(shared: ReaderProcess) -> None:
    facts = shared.load(SHIPPED)
    assert facts.experiment == "shipped"
    assert facts.recipe == "deep, hands, 16 epochs"
    assert facts.accuracy == pytest.approx(0.997, abs=0.002)
    assert facts.rejects


def test_what_is_wrong_is_said_in_one_line(shared: ReaderProcess, tmp_path: Path) -> None:
    with pytest.raises(DigitrecError, match=r"none\.h5") as caught:
        shared.load(tmp_path / "none.h5")
    assert not isinstance(caught.value, ReaderStoppedError)
    assert "\n" not in str(caught.value)
    assert shared.read(number(), [SHIPPED]).answers[0].text == "701"


@pytest.mark.slow
def test_after_its_end_it_is_started_again_with_its_networks() -> None:
    reader = ReaderProcess()
    try:
        reader.load(SHIPPED)
        first = reader.pid
        assert first is not None
        assert not reader.stopped
        os.kill(first, signal.SIGKILL)
        wait(lambda: reader.stopped)
        assert reader.read(number(), [SHIPPED]).answers[0].text == "701"
        assert reader.pid != first
        assert not reader.stopped
    finally:
        reader.close()


def test_who_waits_for_it_is_told_when_it_ends() -> None:
    reader = ReaderProcess()
    caught: list[DigitrecError] = []

    def load() -> None:
        try:
            reader.load(SHIPPED)
        except DigitrecError as error:
            caught.append(error)

    for end, message in ((reader.stop, "stopped"), (reader.close, "stopped")):
        thread = threading.Thread(target=load)
        thread.start()
        wait(lambda: reader.busy_seconds > 0)
        began = time.monotonic()
        end()
        thread.join(20)
        assert time.monotonic() - began < 10
        assert isinstance(caught[-1], ReaderStoppedError)
        assert message in str(caught[-1])
        assert reader.busy_seconds == 0
    with pytest.raises(ReaderStoppedError, match="window was closed"):
        reader.load(SHIPPED)
    reader.close()  # once is enough


WINDOW = """
import os, sys, threading, time
from pathlib import Path
from digitrec.gui.session.reader_process import ReaderProcess
reader = ReaderProcess()
threading.Thread(target=reader.load, args=(Path(sys.argv[1]),), daemon=True).start()
while reader.pid is None:
    time.sleep(0.001)
print(reader.pid, "torch" in sys.modules, flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_it_ends_with_a_window_that_is_killed() -> None:
    command = [sys.executable, "-c", WINDOW, str(SHIPPED)]
    parent = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert parent.stdin is not None
    assert parent.stdout is not None
    with parent.stdin, parent.stdout:
        pid, torch = parent.stdout.readline().split()
        assert torch == "False"
        assert runs(int(pid))  # and imports PyTorch now
        parent.kill()
        parent.wait()
        wait(lambda: not runs(int(pid)))
