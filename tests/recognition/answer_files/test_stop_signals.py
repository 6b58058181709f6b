from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from digitrec.errors import Interrupted
from digitrec.recognition.answer_files.stop_signals import signal_of, stopped_in_good_order

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows kills without a signal")

SIGNALS = ["SIGTERM", "SIGHUP"]
PROGRAM = """
import os, signal, sys, time
from digitrec.run_command import run_command
from digitrec.recognition.answer_files.stop_signals import stopped_in_good_order
def main():
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # which nohup would have left ignored
    with stopped_in_good_order():
        try:
            os.kill(os.getpid(), getattr(signal, sys.argv[1]))
            time.sleep(60)
        finally:
            print("in good order")
run_command(main)
"""


@pytest.mark.parametrize("name", SIGNALS)
def test_a_signal_lets_the_command_end_its_work(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, name], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 128 + getattr(signal, name)
    assert (done.stdout, done.stderr) == ("in good order\n", "interrupted\n")


@pytest.mark.parametrize("name", SIGNALS)
def test_what_catches_ctrl_c_catches_it_and_all_is_as_before(name: str) -> None:
    number = getattr(signal, name)
    before = signal.signal(number, signal.SIG_DFL)
    try:
        with stopped_in_good_order():
            with pytest.raises(KeyboardInterrupt) as stop:
                os.kill(os.getpid(), number)
            assert signal_of(stop.value) == number
            assert signal.getsignal(number) == signal.SIG_DFL  # a second one acts as usual
        with stopped_in_good_order():
            assert signal.getsignal(number) != signal.SIG_DFL
        assert signal.getsignal(number) == signal.SIG_DFL
        signal.signal(number, signal.SIG_IGN)
        with stopped_in_good_order():
            os.kill(os.getpid(), number)
    finally:
        signal.signal(number, before)


def test_ctrl_c_stays_what_it_is() -> None:
    with pytest.raises(KeyboardInterrupt) as stop, stopped_in_good_order():
        raise KeyboardInterrupt
    assert signal_of(stop.value) == signal.SIGINT
    with pytest.raises(Interrupted), stopped_in_good_order():
        raise KeyboardInterrupt(signal.SIGTERM)
