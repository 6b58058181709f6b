"""Servers that misbehave in each way: it ends, is tried again, and leaves nothing wrong behind."""

from __future__ import annotations

import contextlib
import gc
import socket
import struct
import threading
import time
from collections.abc import Iterator
from http.client import HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from digitrec.data import download
from digitrec.errors import DigitrecError

# A connection that is left alone, or reset, is closed when Python comes to it.
pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

CONTENT = b"the right file, " * 5000
asked: list[str] = []
over = threading.Event()  # set after the tests, so that no answer is still running


class Mirror(BaseHTTPRequestHandler):
    """Misbehaves as the last word of the address says."""

    def do_GET(self) -> None:
        manner = self.path.rpartition("/")[2]
        asked.append(manner)
        with contextlib.suppress(OSError):
            getattr(self, manner)()

    def good(self) -> None:
        self._answer(CONTENT)

    def wrong(self) -> None:
        self._answer(b"<html>Log in to this network first</html>")

    def truncated(self) -> None:
        self._answer(CONTENT, sent=len(CONTENT) // 2)

    def reset(self) -> None:
        self._answer(CONTENT, sent=100)
        self.wfile.flush()
        # Closed without waiting for what is under way, which the other side sees as a reset.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def stall(self) -> None:
        self._answer(CONTENT, sent=100)
        self.wfile.flush()
        over.wait(3)

    def drip(self) -> None:
        self._answer(CONTENT, sent=0)
        self._slowly(CONTENT)

    def drip_at_once(self) -> None:
        self._slowly(b"HTTP/1.0 200 " + CONTENT)

    def endless(self) -> None:
        self._answer(b"", size=2**40)
        for _ in range(200):
            self.wfile.write(bytes(2**16))

    def again(self) -> None:
        """Fail once, and then do it right."""
        (self.reset if asked.count("again") == 1 else self.good)()

    def moved(self) -> None:
        self._redirect("/good")

    def moved_to_a_page(self) -> None:
        self._redirect("/wrong")

    def moved_in_a_circle(self) -> None:
        self._redirect("/moved_in_a_circle")

    def moved_to_a_file(self) -> None:
        self._redirect("file:///etc/passwd")

    def moved_to_nowhere(self) -> None:
        self._redirect("https://[nowhere")

    def absent(self) -> None:
        self.send_error(404)

    def _answer(self, content: bytes, size: int | None = None, sent: int | None = None) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(content) if size is None else size))
        self.end_headers()
        self.wfile.write(content[:sent])

    def _redirect(self, place: str) -> None:
        self.send_response(302)
        self.send_header("Location", place)
        self.end_headers()

    def _slowly(self, content: bytes) -> None:
        for number in range(200):
            self.wfile.write(content[number : number + 1])
            if over.wait(0.05):
                return

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    over.clear()
    before = set(threading.enumerate())
    with ThreadingHTTPServer(("127.0.0.1", 0), Mirror) as server:
        server.block_on_close = False
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        over.set()
        server.shutdown()
        thread.join()
    for left in set(threading.enumerate()) - before:  # those that wait for a slow answer
        left.join(15)
    gc.collect()  # what they left open is not for another test to warn of


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    asked.clear()
    monkeypatch.setattr(download, "TIMEOUT", 0.5)
    monkeypatch.setattr(download, "TOTAL", 1.5)
    monkeypatch.setattr(download, "PAUSE", 0.0)
    monkeypatch.setattr(download, "LIMIT", 10 * len(CONTENT))


def check(content: bytes) -> bytes:
    if content != CONTENT:
        raise ValueError("not the file")
    return content


BAD = {
    "wrong": "sent 41 bytes that are not the file",
    "truncated": "sent 40,000 bytes that are not the file",
    "reset": "",
    "stall": "timed out",
    "drip": "sent no complete answer within 0.6 seconds",
    "drip_at_once": "sent no complete answer within 0.6 seconds",
    "endless": "bytes that are not the file",
    "moved_to_a_page": "sent 41 bytes that are not the file",
    "moved_in_a_circle": "answered 302",
    "moved_to_a_file": "'file:///etc/passwd' is not allowed",
    "moved_to_nowhere": "Invalid IPv6 URL",
    "absent": "answered 404 Not Found",
}


@pytest.mark.parametrize(
    "manner",
    [pytest.param(one, marks=pytest.mark.slow if "drip" in one else ()) for one in BAD],
)
def test_another_address_is_asked_where_a_server_misbehaves(manner: str, server: str) -> None:
    addresses = [f"{server}/{manner}", f"{server}/good"]
    assert download.download_file(addresses, check, "advice") == CONTENT
    assert manner in asked


@pytest.mark.parametrize("manner", ["moved_to_nowhere", "moved_to_a_file", "absent", "wrong"])
def test_each_answer_is_closed(manner: str, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = []
    begin = HTTPResponse.begin

    def begun(self: HTTPResponse) -> None:
        answers.append(self)
        begin(self)

    monkeypatch.setattr(HTTPResponse, "begin", begun)
    with pytest.raises(DigitrecError):
        download.download_file([f"{server}/{manner}"], check, "advice")
    assert answers
    assert all(answer.isclosed() for answer in answers)


@pytest.mark.parametrize("manner", BAD)
def test_it_ends_with_what_the_server_did(
    manner: str, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "drip" in manner:  # others may need longer on a busy machine
        monkeypatch.setattr(download, "TOTAL", 0.6)
    begun = time.monotonic()
    with pytest.raises(DigitrecError) as error:
        download.download_file([f"{server}/{manner}"], check, "advice")
    assert str(error.value).startswith(f"cannot download {manner} (127.0.0.1:")
    assert BAD[manner] in str(error.value)
    assert str(error.value).endswith("; advice")
    assert time.monotonic() - begun < 2 * download.ROUNDS * download.TOTAL + 10


@pytest.mark.parametrize("manner", ["again", "moved"])
def test_what_comes_in_the_end_is_taken(
    manner: str, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "TIMEOUT", 30.0)  # a busy machine may pause for a second
    monkeypatch.setattr(download, "TOTAL", 60.0)
    assert download.download_file([f"{server}/{manner}"], check, "advice") == CONTENT


def test_no_redirect_leaves_https() -> None:
    handler = download._Redirects()
    request = download.Request("https://example.org/file")

    def made(new: str) -> download.Request | None:
        return handler.redirect_request(request, None, 302, "Found", None, new)  # type: ignore[arg-type]

    followed = made("https://example.com/file")
    assert followed is not None
    assert followed.full_url == "https://example.com/file"
    for scheme in ("http", "ftp"):
        with pytest.raises(download.HTTPError, match=f"leads to {scheme}:"):
            made(f"{scheme}://example.com/file")
