"""One recognizer under load: thousands of correct readings in several threads, in steady memory."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from digitrec.arrays import Uint8Array
from digitrec.benchmarks.memory import resident_megabytes
from digitrec.data.synthetic.digits import draw
from digitrec.drawing.rasterise import rasterise_drawing
from digitrec.errors import DigitrecError
from digitrec.recognition.recognizer import Recognizer

__all__ = ["measure_load"]

THREADS = 8
PICTURES = 20
WAITING = 100  # readings that are given to the threads at once
WARM = 0.2  # fraction of all readings during which memory that is kept for reuse still grows
PAGES = 20  # one reading in this many is of a whole page, which takes longer


def measure_load(count: int) -> Iterator[str]:
    """Read many pictures with the network that ships; yield lines of figures.

    Raises:
        DigitrecError: at the end, if an answer was not the one that a single thread gives.
    """
    rng = np.random.default_rng(0)
    pictures = [255 - rasterise_drawing(draw(number % 10, rng)) for number in range(PICTURES)]
    alone = Recognizer.load()
    expected = [(alone.recognize(one).digit, alone.read(one).text) for one in pictures]
    recognizer = Recognizer.load()
    together = threading.Barrier(THREADS)

    def begin(picture: Uint8Array) -> str:
        together.wait()  # so that all threads need the recognizer's lazy parts at the same time
        return recognizer.read(picture).text

    def read(number: int) -> bool:
        which = number % PICTURES
        if number % PAGES:
            return recognizer.recognize(pictures[which]).digit == expected[which][0]
        return recognizer.read(pictures[which]).text == expected[which][1]

    with ThreadPoolExecutor(THREADS) as pool:
        first = list(pool.map(begin, pictures[:THREADS]))
        wrong = sum(text != expected[which][1] for which, text in enumerate(first))
        yield f"the first {THREADS} readings at once: {wrong} answers unlike those of one thread"
        warm = round(WARM * count)
        wrong += sum(not right for right in _in_turn(pool, read, range(warm)))
        before, begun = resident_megabytes(), time.perf_counter()
        wrong += sum(not right for right in _in_turn(pool, read, range(warm, count)))
        seconds, growth = time.perf_counter() - begun, resident_megabytes() - before
    yield (
        f"{count:,} readings in {THREADS} threads: {wrong} such answers, {growth:.1f} MB of growth "
        f"after the first {warm:,}, {(count - warm) / seconds:.0f} readings a second"
    )
    if wrong:
        raise DigitrecError(f"{wrong} readings gave another answer than that of a single thread")


def _in_turn(
    pool: ThreadPoolExecutor, read: Callable[[int], bool], numbers: range
) -> Iterator[bool]:
    """Read in the threads, a few at a time, because waiting readings take memory, too."""
    for start in range(numbers.start, numbers.stop, WAITING):
        yield from pool.map(read, range(start, min(start + WAITING, numbers.stop)))
