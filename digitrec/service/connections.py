"""A limit to the time that a connection may be open without a request, and errors in JSON.

uvicorn's own limit holds between the end of an answer and the next byte. Here it is from the start
of a connection, or the end of an answer, to the end of the headers of the next request; from there
on `BodyLimit` and `PictureQueue` count.
"""

from __future__ import annotations

import asyncio
import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

__all__ = ["Connection"]

# mypy knows it as any protocol; it is one of two classes of uvicorn.
Protocol: Any = asyncio.Protocol if TYPE_CHECKING else AutoHTTPProtocol


class Connection(Protocol):  # type: ignore[misc]
    """A connection of a client.

    Args:
        seconds: Until the headers of a request have come, and for which a client may take nothing
            of what it is sent.
        others: What uvicorn gives.
    """

    def __init__(self, *, seconds: float, **others: Any) -> None:
        super().__init__(**others)
        self._seconds = seconds
        self._headers: asyncio.TimerHandle | None = None  # until they have to be there
        self._taking: asyncio.TimerHandle | None = None  # until some of an answer has to be taken

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._wait_for_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        super().connection_lost(exc)
        for timer in (self._headers, self._taking):
            if timer is not None:
                timer.cancel()

    def data_received(self, data: bytes) -> None:
        """Take what the client sent."""
        super().data_received(data)
        self._wait_for_headers()

    def on_response_complete(self) -> None:
        """Begin to wait for the next request."""
        super().on_response_complete()
        self._wait_for_headers()

    def pause_writing(self) -> None:
        """Begin to wait for the client to take what it was sent."""
        super().pause_writing()
        self._taking = self.loop.call_later(self._seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on to send."""
        super().resume_writing()
        if self._taking is not None:
            self._taking.cancel()

    def send_400_response(self, msg: str) -> None:
        """Answer what is not HTTP."""
        self._refuse(HTTPStatus.BAD_REQUEST, msg)

    def _wait_for_headers(self) -> None:
        """Wait for them unless a request is being sent or answered."""
        in_hand = self.cycle is not None and not self.cycle.response_complete
        if self.transport.is_closing() or in_hand:
            if self._headers is not None:
                self._headers.cancel()
            self._headers = None
        elif self._headers is None:
            self._headers = self.loop.call_later(self._seconds, self._end)

    def _end(self) -> None:
        line = f"the headers of a request took longer than {self._seconds:g} s to send"
        self._refuse(HTTPStatus.REQUEST_TIMEOUT, line)

    def _refuse(self, status: HTTPStatus, detail: str) -> None:
        """Answer in place of the application, and close the connection."""
        body = json.dumps({"detail": detail}).encode()
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()
