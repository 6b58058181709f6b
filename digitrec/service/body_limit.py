"""A limit to the size of requests, one and all, and to the time in which they are sent.

A request is read to its end before it is answered, so that one that breaks off, or is no HTTP, has
no answer in its middle: the server has told the client by then.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from fastapi.responses import JSONResponse

from digitrec.service import limits
from digitrec.service.limits import Limits

__all__ = ["BodyLimit"]


DISCARDED = 4  # times the limit: what is still read of a request that is too large

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Refusal(NamedTuple):
    """Why a request is not answered by the application.

    Attributes:
        status: Of HTTP.
        reason: In words.
    """

    status: int
    reason: str


ENDING = Refusal(503, "the service is shutting down: try again later")
TOO_MANY = Refusal(503, "too many requests are being sent or answered: try again later")


@dataclass
class Load:
    """All requests that are being sent or answered.

    Attributes:
        requests: How many there are.
        held: Bytes of them that have come.
    """

    requests: int = 0
    held: int = 0


class BodyLimit:
    """Ends requests that are too large or too slow while they are being sent (ASGI middleware)."""

    def __init__(
        self, app: Callable[[Message, Receive, Send], Awaitable[None]], limits: Limits
    ) -> None:
        self._app, self._limits = app, limits
        self._load = Load()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        self._load.requests += 1
        try:
            await self._handle(scope, _LimitedRequest(receive, send, self._limits, self._load))
        finally:
            self._load.requests -= 1

    async def _handle(self, scope: Message, request: _LimitedRequest) -> None:
        try:
            declared = dict(scope["headers"]).get(b"content-length", b"0")
            if self._load.requests > limits.REQUESTS:
                request.refusal = TOO_MANY
            elif declared.isdigit() and int(declared) > self._limits.request_bytes:
                request.refusal = _too_large(self._limits)
            else:
                await self._app(scope, request.receive, request.send)
        except _RefusedError:
            pass
        except asyncio.CancelledError:  # by the server, which waits no longer for this request
            request.refusal = ENDING
        finally:
            self._load.held -= request.count
        if request.refusal is not None and not request.begun:
            await request.refuse(scope, request.refusal)


class _LimitedRequest:
    """A request and its answer, as the application receives and sends them.

    Attributes:
        count: Bytes that have come.
        refusal: Why it is not answered by the application; None where it is, or where it broke off.
        begun: Whether the application has begun to answer.
    """

    def __init__(self, receive: Receive, send: Send, limits: Limits, load: Load) -> None:
        self._receive, self._send, self._limits, self._load = receive, send, limits, load
        self._end = asyncio.get_running_loop().time() + limits.seconds
        self.count = 0
        self.refusal: Refusal | None = None
        self.begun = False
        self._complete = self._gone = False

    @property
    def _seconds_left(self) -> float:
        return self._end - asyncio.get_running_loop().time()

    @property
    def _is_over(self) -> bool:
        return self._gone or self.refusal is not None

    async def receive(self) -> Message:
        """Receive the next part of the request.

        Raises:
            _RefusedError: if it goes beyond a limit, or breaks off.
        """
        if self._complete:
            return await self._receive()  # when the client goes away
        try:
            message = await asyncio.wait_for(self._receive(), max(self._seconds_left, 0.001))
        except asyncio.TimeoutError:
            seconds = self._limits.seconds
            self.refusal = Refusal(408, f"the request took longer than {seconds:g} s to send")
            raise _RefusedError from None
        if message["type"] == "http.disconnect":
            self._gone = True
            raise _RefusedError
        size = len(message.get("body", b""))
        self.count += size
        self._load.held += size
        self._complete = not message.get("more_body", False)
        if self._load.held > self._limits.held_bytes:
            self.refusal = TOO_MANY
            raise _RefusedError
        if self.count > self._limits.request_bytes:
            self.refusal = _too_large(self._limits)
            raise _RefusedError
        return message

    async def send(self, message: Message) -> None:
        """Send a part of the answer, once all of the request has come."""
        while not (self._complete or self._is_over):
            await self.receive()
        # Some libraries take an error while they read for their own, and answer 400.
        if not self._is_over:
            self.begun = True
            await self._send(message)

    async def refuse(self, scope: Message, refusal: Refusal) -> None:
        """Answer that the request is refused."""
        if not self._complete and refusal is not ENDING:
            # A client that is still sending would see a broken connection, and not the answer.
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._discard_rest(), self._seconds_left)
        headers = {"connection": "close"}
        if refusal.status == 503:
            headers["retry-after"] = "1"
        answer = JSONResponse({"detail": refusal.reason}, refusal.status, headers)
        await answer(scope, self._receive, self._send)

    async def _discard_rest(self) -> None:
        """Read the rest of the request, up to `DISCARDED` times the limit."""
        count, more = 0, True
        while more and count < DISCARDED * self._limits.request_bytes:
            message = await self._receive()
            count += len(message.get("body", b""))
            more = message.get("more_body", False)


def _too_large(limits: Limits) -> Refusal:
    return Refusal(413, f"the request has more than {limits.megabytes:g} MB")


class _RefusedError(Exception):
    """A request goes beyond a limit, or breaks off."""
