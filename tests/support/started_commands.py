"""Start commands as processes of their own, without waiting for each to load PyTorch."""

from __future__ import annotations

import atexit
import functools
import json
import os
import select
import signal
import socket
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import IO, Any, TypeVar

T = TypeVar("T")
SERVER = Path(__file__).with_name("command_server.py")


class Closing(ABC):
    """What is closed at the end of a ``with`` statement."""

    @abstractmethod
    def close(self) -> None:
        """End what was begun."""

    def __enter__(self: T) -> T:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class Started(Closing):
    """A process of a command: what tests need of `subprocess.Popen`."""

    def __init__(self, status: int, pipes: Sequence[int | None], text: bool) -> None:
        self._status = os.fdopen(status, "rb", 0)
        self.pid = int(self._status.readline())
        self.returncode: int | None = None
        mode = "" if text else "b"
        self.stdin, self.stdout, self.stderr = (
            None if handle is None else os.fdopen(handle, f"{kind}{mode}")
            for handle, kind in zip(pipes, "wrr", strict=True)
        )

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end; returns the exit code, -n after signal n."""
        if self.returncode is None:
            if not select.select([self._status], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired([], timeout or 0)
            self.returncode = int(self._status.readline())
            self._status.close()
        return self.returncode

    def poll(self) -> int | None:
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def communicate(self, timeout: float | None = None) -> tuple[Any, Any]:
        """Read to the end of the output and of the errors, and wait for the end."""
        if self.stdin is not None:
            self.stdin.close()
        try:
            with ThreadPoolExecutor(2) as pool:
                read = [
                    None if stream is None or stream.closed else pool.submit(stream.read)
                    for stream in (self.stdout, self.stderr)
                ]
                said = [None if one is None else one.result(timeout) for one in read]
            self.wait(timeout)
        finally:
            self.close()
        return said[0], said[1]

    def close(self) -> None:
        """End the process, if it has not, and close the pipes."""
        self.kill()
        self.wait()
        for stream in (self.stdin, self.stdout, self.stderr):
            if stream is not None:
                stream.close()


class CommandServer(Closing):
    """A process that has PyTorch loaded, and forks for each command.

    Args:
        before: Words before the command of the server, such as of setpriv.
        env: Its environment, and that of its commands.
        closed: Whether the standard streams of all are closed.
    """

    def __init__(
        self, before: Sequence[str] = (), env: Mapping[str, str] | None = None, closed: bool = False
    ) -> None:
        self._env = env
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [*before, sys.executable, str(SERVER), str(theirs.fileno()),
                 "closed" if closed else "open"],
                pass_fds=[theirs.fileno()], env=env,
            )  # fmt: skip
        self._closed = closed

    def start(
        self,
        words: Sequence[str],
        cwd: Path | None = None,
        stdin: int | IO[Any] | None = subprocess.DEVNULL,
        stdout: int | IO[Any] | None = subprocess.DEVNULL,
        stderr: int | IO[Any] | None = subprocess.DEVNULL,
        text: bool = True,
        env: Mapping[str, str] | None = None,
    ) -> Started:
        """Start ``python -m WORDS``; streams as in `subprocess.Popen`."""
        ours: list[int | None] = []
        theirs: list[int] = []
        for stream, number in zip((stdin, stdout, stderr), range(3), strict=True):
            if stream == subprocess.PIPE:
                reads, writes = os.pipe()
                ours.append(reads if number else writes)
                theirs.append(writes if number else reads)
                continue
            ours.append(None)
            if stream == subprocess.DEVNULL:
                theirs.append(os.open(os.devnull, os.O_RDWR))
            elif stream == subprocess.STDOUT:
                theirs.append(os.dup(theirs[1]))
            else:
                handle = number if stream is None else stream
                theirs.append(os.dup(handle if isinstance(handle, int) else handle.fileno()))
        status, told = os.pipe()
        command = {
            "words": list(words),
            "cwd": str(cwd or Path.cwd()),
            "env": dict(env or self._env or os.environ),
        }
        body = json.dumps(command).encode()
        handles = [told] if self._closed else [*theirs, told]
        socket.send_fds(self._control, [f"{len(body):8}".encode()], handles)
        self._control.sendall(body)
        for handle in (*theirs, told):
            os.close(handle)
        return Started(status, ours, text)

    def close(self) -> None:
        """End the server; its commands go on."""
        self._control.close()
        self._process.wait()


@functools.cache
def _shared() -> CommandServer:
    server = CommandServer()
    atexit.register(server.close)
    return server


def start_command(words: Sequence[str], **options: Any) -> Any:
    """Start ``python -m WORDS`` as a process of its own, as `CommandServer.start` does."""
    if sys.platform == "win32":  # which cannot fork
        return subprocess.Popen([sys.executable, "-m", *words], **options)
    return _shared().start(words, **options)


def run_command_alone(
    words: Sequence[str], timeout: float = 300, **options: Any
) -> subprocess.CompletedProcess[Any]:
    """Run ``python -m WORDS`` to its end in a process of its own."""
    started = start_command(words, **options)
    out, errors = started.communicate(timeout=timeout)
    return subprocess.CompletedProcess(list(words), started.returncode, out, errors)
