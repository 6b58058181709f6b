"""A load test of the service: a real server process on the loopback address, and real requests.

The requests come from this process, so client and server share the processors.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from PIL import Image

from digitrec.data.synthetic import digits, nondigits
from digitrec.drawing.rasterise import rasterise_drawing
from digitrec.errors import DigitrecError
from digitrec.storage.optional_packages import need

__all__ = ["measure"]

PICTURES = 200  # different PNG files of 280×280
CONNECTIONS = 16  # that send requests as fast as they are answered
REQUESTS = 3000
RATE, SECONDS = 100, 15  # requests a second at even intervals, and for how long
WARM_UP = 300  # requests before anything is measured


def measure(checkpoint: Path | None = None, share: float = 1.0) -> Iterator[str]:
    """Return the lines of the table.

    Args:
        checkpoint: Of the network; the one that ships by default.
        share: Of the usual number of requests.

    Raises:
        DigitrecError: if the packages of the service are missing, or it answers with an error.
    """
    need("bench serve", "serve", "fastapi", "uvicorn", "python_multipart")
    with _server(checkpoint) as (process, port):
        yield from asyncio.run(_load(process, port, share))


@contextlib.contextmanager
def _server(checkpoint: Path | None) -> Iterator[tuple[subprocess.Popen[str], int]]:
    words = ["--checkpoint", str(checkpoint)] if checkpoint else []
    command = [sys.executable, "-m", "digitrec.serve", "--port", "0", *words]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            line = process.stderr.readline()
            port = urlsplit(line.split()[0]).port if line.startswith("http") else None
            if port is None:
                raise DigitrecError(line.strip().removeprefix("error: ") or "the service has ended")
            yield process, port
        finally:
            process.terminate()


async def _load(process: subprocess.Popen[str], port: int, share: float) -> list[str]:
    requests = [_request(picture) for picture in _pictures()]
    await _as_fast_as_possible(port, requests, WARM_UP)  # whatever follows, memory is in use then
    before = _memory(process.pid)
    count = round(REQUESTS * share)
    started = time.perf_counter()
    busy = await _as_fast_as_possible(port, requests, count)
    elapsed = time.perf_counter() - started
    even = await _at_even_times(port, requests, RATE, SECONDS * share)
    after = _memory(process.pid)
    lines = [
        _line(
            f"{CONNECTIONS} connections, one picture a request", f"{count / elapsed:.0f} a second"
        ),
        _line("  time of a request, median and 95 %", _times(busy)),
        _line(f"{RATE} requests a second, median and 95 %", _times(even)),
    ]
    if before is not None and after is not None:
        growth = f"{before / 1e6:.0f} MB, then {after / 1e6:.0f} MB"
        lines.append(_line(f"memory, before and after {count + len(even):,} requests", growth))
    return lines


def _line(what: str, value: str) -> str:
    return f"{what:<52}{value}"


def _times(seconds: Sequence[float]) -> str:
    median, most = np.percentile(seconds, [50, 95]) * 1000
    return f"{median:.1f} ms, {most:.1f} ms"


def _pictures() -> list[bytes]:
    rng = np.random.default_rng(5)
    pictures = []
    for i in range(PICTURES):
        drawing = digits.draw(i % 10, rng) if i % 10 else nondigits.draw(rng)
        file = io.BytesIO()
        Image.fromarray(255 - rasterise_drawing(drawing)).save(file, "PNG")
        pictures.append(file.getvalue())
    return pictures


def _request(picture: bytes) -> bytes:
    head = (
        "POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n"
        f"Content-Length: {len(picture)}\r\n\r\n"
    )
    return head.encode() + picture


@dataclass(frozen=True)
class _Connection:
    """A connection that stays open between requests."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def post(self, request: bytes) -> None:
        """Send a request and check its answer.

        Raises:
            DigitrecError: if the answer is an error.
        """
        self.writer.write(request)
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length:")[2].split()[0])
        body = await self.reader.readexactly(length)
        if not head.startswith("http/1.1 200"):
            raise DigitrecError(f"the service answered {head.splitlines()[0]}: {body.decode()}")
        (row,) = json.loads(body)
        assert len(row["probabilities"]) == 10


@contextlib.asynccontextmanager
async def _connection(port: int) -> AsyncIterator[_Connection]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield _Connection(reader, writer)
    finally:
        writer.close()


async def _as_fast_as_possible(port: int, requests: Sequence[bytes], count: int) -> list[float]:
    """Send requests by several connections, each as soon as the last one is answered."""
    left = iter(range(count))
    times: list[float] = []

    async def client() -> None:
        async with _connection(port) as connection:
            for i in left:
                started = time.perf_counter()
                await connection.post(requests[i % len(requests)])
                times.append(time.perf_counter() - started)

    await asyncio.gather(*(client() for _ in range(CONNECTIONS)))
    return times


async def _at_even_times(
    port: int, requests: Sequence[bytes], rate: float, seconds: float
) -> list[float]:
    """Send requests at even intervals; return the time from when each is due to its answer."""
    started = time.perf_counter()
    left = iter(range(round(rate * seconds)))
    times: list[float] = []

    async def client() -> None:
        async with _connection(port) as connection:
            for i in left:
                due = started + i / rate
                await asyncio.sleep(max(due - time.perf_counter(), 0))
                await connection.post(requests[i % len(requests)])
                times.append(time.perf_counter() - due)

    await asyncio.gather(*(client() for _ in range(CONNECTIONS)))
    return times


def _memory(pid: int) -> int | None:
    """Return the resident memory of a process in bytes; None on systems that do not tell it so."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return None
    return 1024 * int(status.partition("VmRSS:")[2].split()[0])
