from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any

import pytest

from digitrec.storage.held_signals import held_signals

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows kills without a signal")

NUMBERS = [signal.SIGINT, signal.SIGTERM]


class StoppedError(Exception):
    """What the handler of a signal raises."""


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    def stop(number: int, frame: FrameType | None) -> None:
        raise StoppedError(number)

    before = {number: signal.signal(number, stop) for number in NUMBERS}
    yield
    for number, usual in before.items():
        signal.signal(number, usual)


@pytest.mark.parametrize("number", NUMBERS)
def test_a_signal_waits_to_the_end(number: int) -> None:
    done = []

    def work() -> None:
        with held_signals():
            signal.raise_signal(number)
            done.append("all")

    with pytest.raises(StoppedError) as stop:
        work()
    assert stop.value.args == (number,)
    assert done == ["all"]
    with pytest.raises(StoppedError):
        signal.raise_signal(number)  # no longer held


def test_it_is_told_also_where_the_work_fails() -> None:
    def work() -> None:
        with held_signals():
            signal.raise_signal(signal.SIGTERM)
            raise ImportError

    with pytest.raises(StoppedError):
        work()


def test_a_signal_while_it_begins_leaves_the_usual_handlers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    usual, set_handler = signal.getsignal(signal.SIGINT), signal.signal

    def late(number: int, handler: Any) -> Any:
        if number == signal.SIGTERM and handler is not usual:
            signal.raise_signal(number)  # it comes before its handler is replaced
        return set_handler(number, handler)

    monkeypatch.setattr(signal, "signal", late)
    with pytest.raises(StoppedError), held_signals():
        pass
    assert [signal.getsignal(number) for number in NUMBERS] == [usual, usual]


def test_what_is_ignored_stays_ignored_and_nothing_comes_of_no_signal() -> None:
    usual = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with held_signals():
        signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_IGN
    assert signal.getsignal(signal.SIGINT) == usual


def test_in_another_thread_it_does_nothing() -> None:
    faults = []

    def work() -> None:
        try:
            with held_signals():
                pass
        except ValueError as error:  # of signal.signal, which other threads cannot call
            faults.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert faults == []


PROGRAM = """
import importlib, os, signal, sys
from digitrec.models.onnx_runtime.without_telemetry import import_onnxruntime
from digitrec.run_command import run_command
class Import:
    def find_spec(self, name, *_):
        if name == "onnxruntime":
            try:
                os.kill(os.getpid(), signal.SIGTERM)
            except KeyboardInterrupt:  # as its compiled modules do
                raise ImportError
def main():
    sys.meta_path.insert(0, Import())
    try:
        import_onnxruntime()
    except ImportError:
        print("as if it were missing")
run_command(main)
"""


def test_a_signal_while_onnxruntime_is_imported_stops_the_command() -> None:
    pytest.importorskip("onnxruntime")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, env=os.environ
    )
    assert (done.returncode, done.stdout, done.stderr) == (143, "", "interrupted\n")
