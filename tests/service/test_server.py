"""The socket of the service."""

from __future__ import annotations

import pytest

from digitrec.errors import DigitrecError
from digitrec.service.server import listen


def test_a_port_that_is_taken_is_one_line() -> None:
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(DigitrecError) as error:
            listen("127.0.0.1", port)
    assert str(error.value) == (
        f"cannot listen on 127.0.0.1, port {port}: Address already in use; name another with --port"
    )


@pytest.mark.parametrize("host", ["no.such.host.invalid", "256.1.1.1", "a" * 300])
def test_a_host_that_is_none_is_one_line(host: str) -> None:
    with pytest.raises(DigitrecError, match=r"^--host .*; name an address here$"):
        listen(host, 0)


def test_a_port_that_is_none_is_one_line() -> None:
    with pytest.raises(DigitrecError, match=r"^--port 99999: a port is a number from 0 to 65535$"):
        listen("127.0.0.1", 99999)
