"""How many PNG files the command predict reads in a minute."""

from __future__ import annotations

import subprocess
import sys
import time

from PIL import Image

from digitrec.benchmarks.synthetic import drawn_digits
from digitrec.storage.temporary_folder import temporary_folder

__all__ = ["predict_files"]


def predict_files(count: int = 5_000) -> str:
    """Return a line with the PNG files that the command predict reads in a minute.

    The start of the process counts.
    """
    with temporary_folder() as place:
        for index, ink in enumerate(drawn_digits(count)):
            Image.fromarray(255 - ink).save(place / f"{index:05}.png")
        command = [sys.executable, "-m", "digitrec.predict", str(place), "--json"]
        started = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - started
    minute = 60 * count / seconds
    return f"{count:,} PNG files of 280×280 in {seconds:.1f} s: {minute:,.0f} a minute"
