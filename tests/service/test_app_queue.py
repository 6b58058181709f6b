"""Requests that come together, wait for one another, and fail."""

from __future__ import annotations

import gc
import io
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from digitrec import Recognizer
from digitrec.recognition.results import Page, Prediction
from digitrec.service import picture_queue, server
from digitrec.service.app import create_app
from digitrec.service.limits import HELD, Limits
from digitrec.service.server import listen

Serve = Callable[..., Any]


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


class Slow:
    """A recognizer that reads when it is let."""

    def __init__(self) -> None:
        self.checkpoint = Recognizer.load().checkpoint
        self.batches: list[int] = []
        self.go = threading.Event()
        self.fails = False

    def recognize_normalised(self, images: Any) -> list[Prediction]:
        self.batches.append(len(images))
        self.go.wait(20)
        if self.fails:
            raise RuntimeError("a defect")
        return [Prediction(7, 1.0, np.full(10, 0.1), image) for image in images]

    def look_again(self, picture: Any, first: Prediction) -> Prediction:
        return first


def test_requests_that_come_together_are_read_in_batches(
    serve: Serve, pictures: list[bytes]
) -> None:
    slow = Slow()
    service = serve(slow)
    with ThreadPoolExecutor(20) as clients:
        asked = [clients.submit(service.post, "/predict", pictures[0]) for _ in range(20)]
        while service.ask("GET", "/healthz")[1]["waiting"] < 20:
            time.sleep(0.01)
        slow.go.set()
        assert all(one.result()[1][0]["digit"] == 7 for one in asked)
    assert sum(slow.batches) == 20
    assert len(slow.batches) <= 4
    assert service.ask("GET", "/healthz")[1]["waiting"] == 0


def test_a_full_queue_is_told_and_room_comes_again(serve: Serve, pictures: list[bytes]) -> None:
    slow = Slow()
    service = serve(slow, queue=4, pictures=4)
    with ThreadPoolExecutor(4) as clients:
        asked = [clients.submit(service.post, "/predict", pictures[0]) for _ in range(4)]
        while service.ask("GET", "/healthz")[1]["waiting"] < 4:
            time.sleep(0.01)
        status, answer, headers = service.ask(
            "POST", "/predict", pictures[0], {"Content-Type": "image/png"}
        )
        assert (status, answer["detail"]) == (503, "too many pictures wait: try again later")
        assert headers["retry-after"] == "1"
        slow.go.set()
        assert [one.result()[0] for one in asked] == [200] * 4
    assert service.post("/predict", pictures[0])[0] == 200


def test_an_answer_that_takes_too_long_is_told(serve: Serve, pictures: list[bytes]) -> None:
    slow = Slow()
    service = serve(slow, seconds=0.3)
    status, answer = service.post("/predict", pictures[0])
    assert (status, answer["detail"]) == (504, "it took longer than 0.3 s")
    # It keeps its place until it is read, so that the queue cannot grow behind our back.
    assert service.ask("GET", "/healthz")[1]["waiting"] == 1
    slow.go.set()
    deadline = time.monotonic() + 10
    while service.ask("GET", "/healthz")[1]["waiting"] and time.monotonic() < deadline:
        time.sleep(0.01)
    assert service.post("/predict", pictures[0])[0] == 200


def test_pictures_that_nobody_waits_for_any_more_are_limited_by_their_size(
    serve: Serve, pictures: list[bytes]
) -> None:
    slow = Slow()
    service = serve(slow, megabytes=0.02, seconds=1)
    large = pictures[0].ljust(20_000, b"\0")
    with ThreadPoolExecutor(HELD) as clients:
        asked = [clients.submit(service.post, "/predict", large) for _ in range(HELD)]
        assert [one.result()[0] for one in asked] == [504] * HELD
    status, answer = service.post("/predict", pictures[0])
    assert (status, answer["detail"]) == (503, "too many pictures wait: try again later")
    slow.go.set()
    while status == 503:
        status, _ = service.post("/predict", large)


class Watched:
    """A recognizer that counts the pictures of one size that are in memory while it reads."""

    def __init__(self, size: tuple[int, int]) -> None:
        self._recognizer = Recognizer.load()
        self.checkpoint = self._recognizer.checkpoint
        self._size = size
        self.in_memory: list[int] = []

    def recognize_normalised(self, images: Any) -> list[Prediction]:
        self._count()
        return self._recognizer.recognize_normalised(images)

    def look_again(self, picture: Any, first: Prediction) -> Prediction:
        self._count()
        return self._recognizer.look_again(picture, first)

    def read(self, picture: Any, *, digits_only: bool) -> Page:
        self._count()
        return self._recognizer.read(picture, digits_only=digits_only)

    def _count(self) -> None:
        found = [one for one in gc.get_objects() if issubclass(type(one), Image.Image)]
        self.in_memory.append(sum(one.size == self._size for one in found))


def test_a_thread_has_one_picture_in_memory(serve: Serve, pictures: list[bytes]) -> None:
    # One that is not sure and one that is damaged, neither of a size that other tests use.
    unsure, file = opened(pictures[3]).resize((283, 281)), io.BytesIO()
    unsure.save(file, "PNG")
    content = file.getvalue()
    watched = Watched(unsure.size)
    service = serve(watched)
    files = {f"{number}.png": content[: len(content) // (number % 2 + 1)] for number in range(8)}
    for path in ("/predict", "/read"):
        status, rows = service.post_form(path, files)
        assert (status, sum("error" in row for row in rows)) == (200, 4)
    assert 1 <= max(watched.in_memory) <= picture_queue.THREADS


class Failing(Slow):
    """A recognizer with a defect, which blank pictures bring out."""

    def __init__(self, where: str) -> None:
        super().__init__()
        self._where = where

    def recognize_normalised(self, images: Any) -> list[Prediction]:
        read = super().recognize_normalised(images)
        blank = [not image.any() for image in images]
        if self._where == "batch" and any(blank):
            raise RuntimeError("a defect")
        return [
            replace(one, confidence=1.0 - empty) for one, empty in zip(read, blank, strict=True)
        ]

    def look_again(self, picture: Any, first: Prediction) -> Prediction:
        raise MemoryError


@pytest.mark.parametrize("where", ["batch", "second look"])
def test_a_defect_fails_no_other_request_of_the_batch(
    serve: Serve, pictures: list[bytes], where: str
) -> None:
    failing = Failing(where)
    service = serve(failing)
    with ThreadPoolExecutor(20) as clients:
        # While these keep the threads busy, the others come together.
        busy = []
        while len(busy) < picture_queue.THREADS:
            busy.append(clients.submit(service.post, "/predict", pictures[0]))
            while len(failing.batches) < len(busy):
                time.sleep(0.01)
        others = [clients.submit(service.post, "/predict", pictures[1]) for _ in range(5)]
        bad = clients.submit(service.post, "/predict", pictures[4])
        while service.ask("GET", "/healthz")[1]["waiting"] < len(busy) + len(others) + 1:
            time.sleep(0.01)
        failing.go.set()
        assert [one.result()[0] for one in [*busy, *others]] == [200] * 7
        assert bad.result()[0] == 500
    assert max(failing.batches) == len(others) + 1
    assert service.ask("GET", "/healthz")[1]["waiting"] == 0


def test_a_defect_fails_one_request_and_the_service_goes_on(
    serve: Serve, pictures: list[bytes]
) -> None:
    slow = Slow()
    slow.go.set()
    service = serve(slow)
    slow.fails = True
    assert service.post("/predict", pictures[0])[0] == 500
    slow.fails = False
    assert service.post("/predict", pictures[0])[0] == 200


@pytest.mark.parametrize("sent", [True, False])
def test_what_is_in_hand_at_the_end_is_told(
    pictures: list[bytes],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    sent: bool,
) -> None:
    monkeypatch.setattr(server, "GRACE", 0.1)
    slow, limits = Slow(), Limits()
    made = server.make_server(create_app(slow, limits), limits)  # type: ignore[arg-type]
    with listen("127.0.0.1", 0) as listening:
        thread = threading.Thread(target=made.run, kwargs={"sockets": [listening]})
        thread.start()
        head = "POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\n"
        head += f"Content-Length: {len(pictures[0])}\r\n\r\n"
        with socket.create_connection(listening.getsockname(), timeout=30) as client:
            client.sendall(head.encode() + (pictures[0] if sent else b""))
            while not (slow.batches if sent else made.server_state.tasks):
                time.sleep(0.01)
            made.should_exit = True
            answer = client.makefile("rb").read()  # until the server closes the connection
        slow.go.set()
        thread.join(20)
        assert not thread.is_alive()
    assert answer.startswith(b"HTTP/1.1 503")
    assert b"retry-after: 1\r\n" in answer
    assert answer.endswith(b'{"detail":"the service is shutting down: try again later"}')
    gc.collect()  # of what asyncio complains only then
    assert [record.message for record in caplog.records if record.exc_info] == []
