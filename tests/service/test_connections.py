"""Connections that send no whole request, or take no answer."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from digitrec.service import limits

Serve = Callable[..., Any]
HALF = b"GET /healthz HTTP/1.1\r\nHost:"
HEAD = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\n"


@pytest.fixture(scope="module")
def hurried(serve: Serve) -> Any:
    return serve(seconds=0.3)


@contextlib.contextmanager
def connected(service: Any) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", service.port), timeout=30) as connection:
        yield connection


def until_closed(connection: socket.socket) -> bytes:
    """Return all that comes; a connection that stays open is a timeout."""
    found = b""
    with contextlib.suppress(ConnectionResetError):  # of bytes that nobody has read
        while part := connection.recv(65536):
            found += part
    return found


def assert_refused(answer: bytes, status: int, detail: str) -> None:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert b"Content-Type: application/json\r\n" in head
    assert json.loads(body) == {"detail": detail}


@pytest.mark.parametrize("sent", [b"", b"GET", HALF])
def test_headers_that_never_end_end_the_connection(hurried: Any, sent: bytes) -> None:
    with connected(hurried) as connection:
        connection.sendall(sent)
        line = "the headers of a request took longer than 0.3 s to send"
        assert_refused(until_closed(connection), 408, line)


def test_headers_that_come_in_drops_do_too(hurried: Any) -> None:
    with connected(hurried) as connection, contextlib.suppress(ConnectionError):
        connection.sendall(HALF)
        connection.settimeout(0.01)
        for _ in range(3000):
            with contextlib.suppress(TimeoutError):
                assert connection.recv(100).startswith(b"HTTP/1.1 408 ")
                break
            connection.sendall(b"x")
        else:
            pytest.fail("the connection is still open")


def test_the_time_begins_again_after_an_answer(hurried: Any) -> None:
    with connected(hurried) as connection:
        connection.sendall(HALF + b" x\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
        connection.sendall(HALF)
        assert b"HTTP/1.1 408 " in until_closed(connection)


def test_a_client_that_takes_no_answer_is_left(hurried: Any) -> None:
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(30)
        connection.connect(("127.0.0.1", hurried.port))
        with contextlib.suppress(ConnectionError):
            while True:  # until the service has no more room for answers, and takes no request
                connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 100)


def test_what_is_no_http_is_told_in_json(hurried: Any) -> None:
    with connected(hurried) as connection:
        connection.sendall(b"\x16\x03\x01\r\n\r\n")
        assert_refused(until_closed(connection), 400, "Invalid HTTP request received.")


def test_only_requests_in_hand_are_counted(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REQUESTS", 3)
    service = serve(seconds=60)
    with contextlib.ExitStack() as clients:
        for sent in (b"", HALF) * 10:
            clients.enter_context(connected(service)).sendall(sent)
        assert service.ask("GET", "/healthz")[0] == 200
        for _ in range(3):
            client = clients.enter_context(connected(service))
            client.sendall(HEAD + b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\n")
            assert client.recv(1000).startswith(b"HTTP/1.1 100 ")  # it is being read
        for method, path in (("GET", "/"), ("POST", "/predict")):
            status, answer, headers = service.ask(method, path, b"", {"Content-Type": "image/png"})
            line = "too many requests are being sent or answered: try again later"
            assert (status, answer) == (503, {"detail": line})
            assert headers["retry-after"] == "1"
    while service.ask("GET", "/healthz")[0] == 503:  # until it sees that those have gone
        pass
