"""What a process has imported: sent to another process that asks. Imports nothing itself."""

from __future__ import annotations

import sys
from multiprocessing.connection import Connection


def send_loaded_modules(connection: Connection) -> None:
    connection.send(sorted(sys.modules))
