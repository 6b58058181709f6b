"""A limit to the size of requests, one and all, and to the time in which they are sent.

A request is read to its end before it is answered, so that one that breaks off, or is no HTTP, has
no answer in its middle: the server has told the client by then.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from fastapi.responses import JSONResponse

from digitrec.service import limits
from digitrec.service.limits import Limits

__all__ = ["BodyLimit"]


ENDING = "the service is shutting down: try again later"
TOO_MANY = "too many requests are being sent or answered: try again later"
DISCARDED = 4  # times the limit: what is still read of a request that is too large

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class BodyLimit:
    """Ends requests that are too large or too slow while they are being sent (ASGI middleware)."""

    def __init__(
        self, app: Callable[[Message, Receive, Send], Awaitable[None]], limits: Limits
    ) -> None:
        self._app, self._limits = app, limits
        # Requests that are being sent or answered, and their bytes.
        self._requests = self._held = 0

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        self._requests += 1
        try:
            await self._limit(scope, receive, send)
        finally:
            self._requests -= 1

    async def _limit(self, scope: Message, receive: Receive, send: Send) -> None:
        most = self._limits.megabytes * 1e6
        loop = asyncio.get_running_loop()
        end = loop.time() + self._limits.seconds
        count, complete, gone, refusal = 0, False, False, (0, "")
        begun = False  # to answer

        async def limited() -> Message:
            nonlocal count, complete, gone, refusal
            if complete:
                return await receive()  # when the client goes away
            try:
                message = await asyncio.wait_for(receive(), max(end - loop.time(), 0.001))
            except asyncio.TimeoutError:
                refusal = 408, f"the request took longer than {self._limits.seconds:g} s to send"
                raise _RefusedError from None
            if message["type"] == "http.disconnect":
                gone = True
                raise _RefusedError
            size = len(message.get("body", b""))
            count += size
            self._held += size
            complete = not message.get("more_body", False)
            if self._held > self._limits.held_bytes:
                refusal = 503, TOO_MANY
                raise _RefusedError
            if count > most:
                refusal = 413, f"the request has more than {self._limits.megabytes:g} MB"
                raise _RefusedError
            return message

        async def sending(message: Message) -> None:
            nonlocal begun
            while not (complete or gone or refusal[0]):
                await limited()
            # Some libraries take an error while they read for their own, and answer 400.
            if not (gone or refusal[0]):
                begun = True
                await send(message)

        try:
            declared = dict(scope["headers"]).get(b"content-length", b"0")
            if self._requests > limits.REQUESTS:
                refusal = 503, TOO_MANY
            elif declared.isdigit() and int(declared) > most:
                refusal = 413, f"the request has more than {self._limits.megabytes:g} MB"
            else:
                await self._app(scope, limited, sending)
        except _RefusedError:
            pass
        except asyncio.CancelledError:  # by the server, which waits no longer for this request
            refusal = 503, ENDING
        finally:
            self._held -= count
        if refusal[0] and not begun:
            if not complete and refusal[1] != ENDING:
                # A client that is still sending would see a broken connection, and not the answer.
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(_discard(receive, DISCARDED * most), end - loop.time())
            headers = {"connection": "close"}
            if refusal[0] == 503:
                headers["retry-after"] = "1"
            answer = JSONResponse({"detail": refusal[1]}, refusal[0], headers)
            await answer(scope, receive, send)


async def _discard(receive: Receive, most: float) -> None:
    """Read the rest of a request, up to so many bytes."""
    count, more = 0, True
    while more and count < most:
        message = await receive()
        count += len(message.get("body", b""))
        more = message.get("more_body", False)


class _RefusedError(Exception):
    """A request goes beyond a limit, or breaks off."""
