"""Downloads a file from the first of several addresses that has the right one."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from digitrec.errors import DigitrecError

__all__ = ["download_file", "error_reason"]

TIMEOUT = 30.0  # seconds without an answer after which the next address is tried
LIMIT = 64 * 2**20  # bytes; the largest archive has 10 MB, but an answer may be endless


def download_file(addresses: Sequence[str], unpack: Callable[[bytes], bytes], advice: str) -> bytes:
    """Return the unpacked file from the first address that has the right one.

    The file is held in memory until it is checked, so that nothing unchecked is written to a disk.

    Args:
        addresses: of the packed file, tried in turn.
        unpack: unpacks the file and checks it. It raises ValueError, EOFError, OSError or
            zlib.error if it was given another file.
        advice: what the user can do if no address has the file; ends the error's message.

    Raises:
        DigitrecError: if no address has the file; says what each answered.
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
            failure = error_reason(error)
        failures.append(f"{urlsplit(address).netloc}: {failure}")
    name = addresses[0].rpartition("/")[2]
    raise DigitrecError(f"cannot download {name} ({'; '.join(failures)}); {advice}")


def error_reason(error: Exception) -> str:
    """Return what an error says, without its class, its number and the path that it is about."""
    reason = error.reason if isinstance(error, URLError) else error
    return getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
