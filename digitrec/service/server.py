"""The server process: a socket, the application, and an orderly end after Ctrl-C or SIGTERM."""

from __future__ import annotations

import ipaddress
import logging
import socket
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from digitrec.errors import DigitrecError

if TYPE_CHECKING:
    import uvicorn
    from fastapi import FastAPI

    from digitrec.service.limits import Limits

__all__ = ["listen", "serve"]

GRACE = 5  # seconds for requests that are being answered at the end
CONNECTIONS = 1000  # that wait until they are taken


def listen(host: str, port: int) -> socket.socket:
    """Open the socket.

    Args:
        host: Address or name.
        port: 0 for any that is free.

    Raises:
        DigitrecError: if it cannot be opened.
    """
    if not 0 <= port <= 65535:
        raise DigitrecError(f"--port {port}: a port is a number from 0 to 65535")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        opened = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:
        raise DigitrecError(f"--host {host}: {_reason(error)}; name an address here") from None
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(address)
        opened.listen(CONNECTIONS)
    except OSError as error:
        opened.close()
        raise DigitrecError(
            f"cannot listen on {host}, port {port}: {_reason(error)}; name another with --port"
        ) from None
    return opened


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def make_server(app: FastAPI, limits: Limits) -> uvicorn.Server:
    """Make what serves an application.

    Args:
        app: The application.
        limits: Those of its connections.
    """
    import uvicorn

    from digitrec.service.connections import Connection

    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE,
        http=partial(Connection, seconds=limits.seconds),  # type: ignore[arg-type]
        ws="none",
    )
    return uvicorn.Server(config)


def serve(
    app: FastAPI, opened: socket.socket, limits: Limits, announce: Callable[[str], None]
) -> None:
    """Serve until a signal ends it.

    Args:
        app: The application.
        opened: The socket.
        limits: Those of the connections.
        announce: Called with a line about the address.
    """
    # It reports damaged forms, which are answered.
    logging.getLogger("python_multipart").setLevel(logging.ERROR)
    host, port = opened.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    announce(f"http://{shown}:{port}/  (Ctrl-C ends it)")
    if not ipaddress.ip_address(host.partition("%")[0]).is_loopback:
        announce(
            "warning: anyone who can reach this machine can use the service; it asks for no "
            "password"
        )
    make_server(app, limits).run(sockets=[opened])
