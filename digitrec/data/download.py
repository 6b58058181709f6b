"""Fetching a file from the first of several addresses that has the right one."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from digitrec.errors import DigitrecError

__all__ = ["brief", "fetch"]

TIMEOUT = 30.0  # seconds that a mirror may stay silent
LIMIT = 64 * 2**20  # bytes; the largest archive has 10 MB, an endless answer has more


def fetch(addresses: Sequence[str], unpack: Callable[[bytes], bytes], otherwise: str) -> bytes:
    """Return what ``unpack`` makes of the bytes at the first address that has the right ones.

    Held in memory until it is checked: nothing unchecked meets the disk.

    unpack: raises ValueError, EOFError or zlib.error where the bytes are not the right ones.
    otherwise: what the user can do where no address has them.

    Raises:
        DigitrecError: if none has; says what each answered.
    """
    failures = []
    for address in addresses:
        try:
            request = Request(address, headers={"User-Agent": "digitrec"})
            with urlopen(request, timeout=TIMEOUT) as response:
                content = response.read(LIMIT)
            try:
                return unpack(content)
            except (ValueError, EOFError, zlib.error, OSError):
                failure = f"sent {len(content):,} bytes that are not the file"
        except HTTPError as error:
            error.close()
            failure = f"answered {error.code} {error.reason}"
        except (OSError, HTTPException) as error:
            failure = brief(error)
        failures.append(f"{urlsplit(address).netloc}: {failure}")
    name = addresses[0].rpartition("/")[2]
    raise DigitrecError(f"cannot download {name} ({'; '.join(failures)}); {otherwise}")


def brief(error: Exception) -> str:
    """Return an error's own words, without its class, number and path."""
    reason = error.reason if isinstance(error, URLError) else error
    return getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
