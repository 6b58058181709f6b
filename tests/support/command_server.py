"""A program that has the libraries loaded, and becomes the commands that tests ask for.

Each command gets a process of its own, forked, which ends as any Python does. The loading of
PyTorch, which takes longer than most commands of tests do, is shared. See `started_commands`.
"""

from __future__ import annotations

import array
import contextlib
import gc
import importlib
import io
import json
import os
import runpy
import select
import signal
import socket
import sys
import threading
import warnings
from typing import Any

LOADED = ("digitrec.training.run", "digitrec.recognition.recognizer")


def serve(control: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Fork a process for each command; returns in these alone. The server ends with its client."""
    woken, wakes = os.pipe()
    os.set_blocking(wakes, False)
    os.set_blocking(woken, False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the tests
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wakes)
    running: dict[int, int] = {}
    while True:
        ready, _, _ = select.select([control, woken], [], [])
        if woken in ready:
            os.read(woken, 4096)
            tell_ends(running)
        if control not in ready:
            continue
        command, handles = receive(control)
        if command is None:
            os._exit(0)
        *streams, status = handles
        child = os.fork()
        if child:
            running[child] = status
            os.write(status, f"{child}\n".encode())
            for handle in streams:
                os.close(handle)
            continue
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        control.close()
        for handle in (woken, wakes, status, *running.values()):
            os.close(handle)
        return command, streams


def receive(control: socket.socket) -> tuple[dict[str, Any] | None, list[int]]:
    """Return a command, and the handles that came with it; None where the client has ended."""
    size = array.array("i").itemsize
    head, sent, _, _ = control.recvmsg(8, socket.CMSG_SPACE(4 * size))
    handles = array.array("i")
    for _, _, content in sent:
        handles.frombytes(content[: len(content) - len(content) % size])
    if not head:
        return None, []
    body = b""
    while len(body) < int(head):
        body += control.recv(int(head) - len(body))
    command: dict[str, Any] = json.loads(body)
    return command, list(handles)


def tell_ends(running: dict[int, int]) -> None:
    with contextlib.suppress(ChildProcessError):
        while True:
            child, status = os.waitpid(-1, os.WNOHANG)
            if not child:
                return
            handle = running.pop(child)
            with contextlib.suppress(BrokenPipeError):  # nobody waits
                os.write(handle, f"{os.waitstatus_to_exitcode(status)}\n".encode())
            os.close(handle)


def connect(streams: list[int]) -> None:
    """Make these the standard streams, as Python does; without any, they stay closed."""
    if not streams:
        return
    for number, handle in enumerate(streams):
        os.dup2(handle, number)
        os.close(handle)
    unbuffered = bool(os.environ.get("PYTHONUNBUFFERED"))
    sys.stdin = sys.__stdin__ = open(0, encoding="utf-8")  # noqa: SIM115
    for name, number, errors in (("stdout", 1, "strict"), ("stderr", 2, "backslashreplace")):
        raw = open(number, "wb", 0 if unbuffered else -1)  # noqa: SIM115, PTH123
        stream = io.TextIOWrapper(
            raw, "utf-8", errors, line_buffering=number == 2, write_through=unbuffered
        )
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    if sys.argv[2] == "closed":
        for number in range(3):
            os.close(number)
        sys.stdin = sys.stdout = sys.stderr = None
    for name in LOADED:
        importlib.import_module(name)
    gc.freeze()
    # A fork takes the thread that forks, and no other.
    assert threading.active_count() == 1
    command, streams = serve(control)
    os.environ.clear()
    os.environ.update(command["env"])
    connect(streams)
    os.chdir(command["cwd"])
    sys.path[0] = command["cwd"]
    sys.argv = ["-m", *command["words"][1:]]
    if kind := os.environ.get("PYTHONWARNINGS"):
        warnings.simplefilter(kind)
    runpy.run_module(command["words"][0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
