from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from types import FrameType

import pytest

from digitrec.training.signals import StopRequest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows kills without a signal")

SIGNALS = [signal.SIGINT, signal.SIGTERM]


@pytest.fixture(autouse=True)
def received() -> Iterator[list[int]]:
    """Put handlers of our own in the place of the usual ones; gives what they receive."""
    received: list[int] = []

    def handler(number: int, frame: FrameType | None) -> None:
        received.append(number)

    before = {number: signal.signal(number, handler) for number in SIGNALS}
    yield received
    for number, usual in before.items():
        signal.signal(number, usual)


def send(number: int) -> None:
    """Send this process a signal, and let Python get round to handling it."""
    os.kill(os.getpid(), number)
    time.sleep(0.01)


@pytest.mark.parametrize("number", SIGNALS)
def test_first_signal_is_noted(number: int, received: list[int]) -> None:
    with StopRequest() as stop:
        assert stop.signal_number is None
        send(number)
        assert stop.signal_number == number
    assert received == []
    assert stop.signal_number == number


@pytest.mark.parametrize("second", SIGNALS)
@pytest.mark.parametrize("first", SIGNALS)
def test_second_signal_acts_as_usual(first: int, second: int, received: list[int]) -> None:
    with StopRequest() as stop:
        send(first)
        send(second)
        assert received == [second]
        assert stop.signal_number == first
        send(second)
        assert received == [second, second]


def test_second_ctrl_c_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with StopRequest() as stop:
        send(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            send(signal.SIGINT)
    assert stop.signal_number == signal.SIGINT


@pytest.mark.parametrize("asked", [False, True])
def test_handlers_are_put_back(asked: bool, received: list[int]) -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    with StopRequest():
        assert all(signal.getsignal(n) != b for n, b in zip(SIGNALS, before, strict=True))
        if asked:
            send(signal.SIGTERM)
    assert [signal.getsignal(number) for number in SIGNALS] == before
    send(signal.SIGTERM)
    assert received == [signal.SIGTERM]


def test_a_signal_while_handlers_are_put_back(
    monkeypatch: pytest.MonkeyPatch, received: list[int]
) -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    put_back, sent = signal.signal, False

    def interrupted(number: int, handler: object) -> object:
        nonlocal sent
        previous = put_back(number, handler)  # type: ignore[arg-type]
        if not sent:
            sent = True
            os.kill(os.getpid(), signal.SIGTERM if number == signal.SIGINT else signal.SIGINT)
            time.sleep(0.01)
        return previous

    with StopRequest() as stop, monkeypatch.context() as patched:
        patched.setattr(signal, "signal", interrupted)
        stop.__exit__(None, None, None)
    assert [signal.getsignal(number) for number in SIGNALS] == before
    assert len(received) + (stop.signal_number is not None) == 1


def test_handlers_are_put_back_after_an_error() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]

    def fail() -> None:
        with StopRequest():
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert [signal.getsignal(number) for number in SIGNALS] == before


def test_ignored_signals_and_defaults_are_put_back() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with StopRequest():
        pass
    assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_one_within_another(received: list[int]) -> None:
    with StopRequest() as outer:
        with StopRequest() as inner:
            send(signal.SIGINT)
            assert inner.signal_number == outer.signal_number == signal.SIGINT
            send(signal.SIGTERM)
            assert received == [signal.SIGTERM]
        send(signal.SIGINT)
        assert received == [signal.SIGTERM, signal.SIGINT]
    with StopRequest() as outer:
        with StopRequest() as inner:
            pass
        send(signal.SIGTERM)
        assert (inner.signal_number, outer.signal_number) == (None, signal.SIGTERM)


def test_in_a_thread_it_never_asks(received: list[int]) -> None:
    entered, leave = threading.Event(), threading.Event()
    seen: list[StopRequest] = []

    def work() -> None:
        with StopRequest() as stop:
            seen.append(stop)
            entered.set()
            leave.wait(10)

    before = [signal.getsignal(number) for number in SIGNALS]
    thread = threading.Thread(target=work)
    thread.start()
    assert entered.wait(10)
    assert [signal.getsignal(number) for number in SIGNALS] == before
    send(signal.SIGTERM)
    leave.set()
    thread.join()
    assert seen[0].signal_number is None
    assert received == [signal.SIGTERM]
    assert [signal.getsignal(number) for number in SIGNALS] == before
