"""The way in which every command ends: its exit code, one line for an error, and signals.

SIGTERM, and SIGHUP of a closed terminal, stop a command as Ctrl-C does: in good order.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import NoReturn

from digitrec.errors import DigitrecError, Interrupted
from digitrec.message_text import shorten
from digitrec.standard_streams import give_up_full_output, prepare_streams
from digitrec.storage.writing_errors import DiskFullError, remedy

__all__ = ["run_command", "signal_of"]

_PACKAGE = Path(__file__).parent
# Windows has no SIGHUP.
STOPPING = ("SIGTERM", "SIGHUP")


def run_command(main: Callable[[], int | None]) -> NoReturn:
    """Run the ``main`` of a command, and end the process with its exit code.

    Exit codes: 0 for success; 1 for partial success; 2 for a `DigitrecError`, whose line goes to
    stderr, for an error of the system, such as a full disk, and for too little memory; 128 + n
    after signal n, as in shells. SIGTERM and SIGHUP stop a command as Ctrl-C does, so that it
    removes its temporary files, and ends the processes that it started.

    Args:
        main: Returns an exit code; None is 0.
    """
    prepare_streams()
    # Matplotlib draws into files here; a name that it does not know would stop its import.
    os.environ["MPLBACKEND"] = "agg"
    # Where home cannot be written, it tells of a temporary folder that it keeps its fonts in.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    code: str | int
    try:
        code = _run(main)
        sys.stdout.flush()
    except Interrupted as stop:
        _complain(str(stop))
        code = 128 + stop.signal_number
    except DigitrecError as error:
        _complain(f"error: {error}")
        code = 2
    except KeyboardInterrupt:
        _complain("interrupted")
        code = 130
    except BrokenPipeError:
        # The program that reads our output (head, less) has ended. Python flushes stdout once more
        # at exit, and that must not fail.
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123
        code = 141
    except MemoryError:
        _complain("error: there is not enough memory; close other programs, or ask for less")
        code = 2
    except OSError as error:
        _complain(f"error: {DigitrecError(_explain(error))}")
        code = 2
    give_up_full_output()
    sys.exit(code)


def signal_of(stop: KeyboardInterrupt) -> int:
    """Return the number of the signal that it stands for."""
    return stop.args[0] if stop.args else signal.SIGINT


@contextlib.contextmanager
def _stopped_in_good_order() -> Iterator[None]:
    """Let each signal raise KeyboardInterrupt, the first time; a second one acts as usual.

    A signal that is ignored, as SIGHUP is under ``nohup``, stays ignored. Python handles signals in
    the main thread only; in another one this does nothing.

    Raises:
        Interrupted: for a KeyboardInterrupt of such a signal that nobody else has caught.
    """
    numbers = [getattr(signal, name) for name in STOPPING if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    usual = {number: handler for number, handler in before.items() if handler == signal.SIG_DFL}
    if threading.current_thread() is not threading.main_thread():
        usual = {}

    def restore() -> None:
        for number, handler in usual.items():
            signal.signal(number, handler)

    def stop(number: int, _: FrameType | None) -> NoReturn:
        restore()
        raise KeyboardInterrupt(number)

    for number in usual:
        signal.signal(number, stop)
    try:
        yield
    except KeyboardInterrupt as error:
        if not error.args:
            raise
        raise Interrupted("interrupted", signal_of(error)) from None
    finally:
        restore()


def _run(main: Callable[[], int | None]) -> str | int:
    try:
        with _stopped_in_good_order():
            return main() or 0
    except SystemExit as stop:  # as after --help, whose text has not been written yet
        return stop.code or 0


def _complain(line: str) -> None:
    """Write a line to stderr, unless the terminal is gone, as it is after SIGHUP."""
    with contextlib.suppress(OSError):
        print(line, file=sys.stderr, flush=True)


def _explain(error: OSError) -> str:
    """Say of an error of the system which file it is about, and what to do."""
    if isinstance(error, DiskFullError):
        return f"{error.problem}, and try again"
    if error.strerror is None:
        return str(error)
    if error.filename is None:
        # Of all functions that were at work, the package's own innermost one tells most.
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if Path(frame.filename).is_relative_to(_PACKAGE)]
        *_, last = own or frames
        return f"{error.strerror}, in {Path(last.filename).name}, line {last.lineno} ({last.name})"
    too_long = error.errno == errno.ENAMETOOLONG
    name = shorten(os.fsdecode(error.filename)) if too_long else error.filename
    return f"{name}: {error.strerror}{remedy(error)}"
