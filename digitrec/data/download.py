"""Downloads a file from the first of several addresses that has the right one.

The download ends whatever a server does: each address is tried twice, has a limited time and a
limited number of bytes, and must not redirect from https to an address without it. Nothing is kept
before it is checked.
"""

from __future__ import annotations

import threading
import time
import zlib
from collections.abc import Callable, Sequence
from http.client import HTTPException, HTTPMessage
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from digitrec.errors import DigitrecError
from digitrec.message_text import shorten

__all__ = ["download_file", "error_reason"]

TIMEOUT = 30.0  # seconds without an answer after which the next address is tried
TOTAL = 300.0  # seconds for one answer in all: 10 MB at 35 kB a second
ROUNDS = 2  # through all addresses
PAUSE = 1.0  # seconds before the second round
LIMIT = 64 * 2**20  # bytes; the largest archive has 10 MB, but an answer may be endless
PIECE = 2**16  # bytes read at a time


def download_file(addresses: Sequence[str], unpack: Callable[[bytes], bytes], advice: str) -> bytes:
    """Return the unpacked file from the first address that has the right one.

    The file is held in memory until it is checked, so that nothing unchecked is written to a disk.

    Args:
        addresses: Of the packed file, tried in turn.
        unpack: Unpacks the file and checks it. It raises ValueError, EOFError, OSError or
            zlib.error if it was given another file.
        advice: What the user can do if no address has the file; ends the error's message.

    Raises:
        DigitrecError: if no address has the file; says what each answered.
    """
    failures: list[str] = []
    for number in range(ROUNDS):
        if number:
            time.sleep(PAUSE)
        failures = []
        for address in addresses:
            try:
                content = _fetch(address)
                try:
                    return unpack(content)
                except (ValueError, EOFError, zlib.error, OSError):
                    failure = f"sent {len(content):,} bytes that are not the file"
            except HTTPError as error:
                error.close()
                failure = f"answered {error.code} {error.reason}"
            except (OSError, HTTPException, ValueError) as error:
                failure = error_reason(error)
            failures.append(f"{urlsplit(address).netloc}: {shorten(failure)}")
    name = addresses[0].rpartition("/")[2]
    raise DigitrecError(f"cannot download {name} ({'; '.join(failures)}); {advice}")


def _fetch(address: str) -> bytes:
    """Return what an address answers.

    It is asked in a thread, which is abandoned when the time is over, because a socket never times
    out while the server sends a byte now and then.
    """
    answer: list[bytes] = []
    errors: list[Exception] = []
    late = threading.Event()

    def ask() -> None:
        try:
            request = Request(address, headers={"User-Agent": "digitrec"})
            with build_opener(_Redirects).open(request, timeout=TIMEOUT) as response:
                pieces = bytearray()
                while len(pieces) < LIMIT and not late.is_set():
                    piece = response.read1(PIECE)
                    if not piece:
                        break
                    pieces += piece
            answer.append(bytes(pieces))
        except Exception as error:  # raised again in the thread that waits
            errors.append(error)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(TOTAL)
    if thread.is_alive():
        late.set()
        raise TimeoutError(f"sent no complete answer within {TOTAL:g} seconds")
    if errors:
        raise errors[0]
    return answer[0]


class _Redirects(HTTPRedirectHandler):
    """Follows a few redirects, and none from https to an address without it."""

    max_redirections = 5

    def http_error_302(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage
    ) -> Any:
        """Open the new address; where that fails, close the answer, which urllib leaves open."""
        try:
            return super().http_error_302(req, fp, code, msg, headers)
        except ValueError:
            fp.close()
            raise

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        """Return the request of the new address; raises `HTTPError` where it is not allowed."""
        if urlsplit(newurl).scheme not in ("https", req.type):
            raise HTTPError(newurl, code, f"leads to {newurl}", headers, fp)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def error_reason(error: Exception) -> str:
    """Return what an error says, without its class, its number and the path that it is about."""
    reason = error.reason if isinstance(error, URLError) else error
    return getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
