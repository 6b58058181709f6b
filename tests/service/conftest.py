"""Services in threads of this process, on the loopback address."""

from __future__ import annotations

import http.client
import io
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pytest
import uvicorn
from PIL import Image

from digitrec import Recognizer
from digitrec.arrays import Uint8Array
from digitrec.data.synthetic import digits, nondigits
from digitrec.drawing.rasterise import rasterise_drawing
from digitrec.drawing.strokes import Drawing
from digitrec.service.app import create_app
from digitrec.service.limits import Limits
from digitrec.service.server import listen, make_server

Serve = Callable[..., "Service"]


@dataclass(frozen=True)
class Service:
    """A service that runs, and requests to it."""

    port: int

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, Any, Mapping[str, str]]:
        """Return the status of an answer, its JSON or text, and its headers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            text = answer.read().decode()
            told = {name.lower(): value for name, value in answer.getheaders()}
            is_json = bool(text) and told.get("content-type") == "application/json"
            return answer.status, json.loads(text) if is_json else text, told
        finally:
            connection.close()

    def post(self, path: str, body: bytes, kind: str = "image/png") -> tuple[int, Any]:
        return self.ask("POST", path, body, {"Content-Type": kind})[:2]

    def post_form(self, path: str, files: Mapping[str, bytes]) -> tuple[int, Any]:
        parts = [
            f'--B\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n'
            f"Content-Type: image/png\r\n\r\n".encode()
            + content
            + b"\r\n"
            for name, content in files.items()
        ]
        return self.post(path, b"".join(parts) + b"--B--\r\n", "multipart/form-data; boundary=B")


@pytest.fixture(scope="module")
def serve() -> Iterator[Serve]:
    """Start a service with a recognizer and limits."""
    running: list[tuple[uvicorn.Server, threading.Thread]] = []

    def start(recognizer: Any = None, **limits: float) -> Service:
        told = Limits(**limits)  # type: ignore[arg-type]
        app = create_app(recognizer or Recognizer.load(), told)
        opened = listen("127.0.0.1", 0)
        server = make_server(app, told)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [opened]})
        thread.start()
        running.append((server, thread))
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        return Service(opened.getsockname()[1])

    yield start
    for server, thread in running:
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive()


def png(ink: Uint8Array) -> bytes:
    file = io.BytesIO()
    Image.fromarray(255 - ink).save(file, "PNG")
    return file.getvalue()


@pytest.fixture(scope="session")
def pictures() -> list[bytes]:
    """Drawings as PNG files: a 3, a 1 and a 4, something else, and nothing."""
    rng = np.random.default_rng(0)
    recognizer = Recognizer.load()

    def drawn(draw: Callable[[], Drawing], wanted: int | None) -> Uint8Array:
        """Draw until the network reads what is wanted: not all handwriting is easy."""
        inks = (rasterise_drawing(draw()) for _ in range(50))
        return next(ink for ink in inks if recognizer.recognize(ink).digit == wanted)

    inks = [drawn(partial(digits.draw, digit, rng), digit) for digit in (3, 1, 4)]
    inks.append(drawn(partial(nondigits.draw, rng), None))
    return [png(ink) for ink in [*inks, np.zeros((50, 60), np.uint8)]]
