"""Calling a function with each of any number of items, in threads, with the results in order."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

__all__ = ["map_in_order"]

_Item = TypeVar("_Item")
_Done = TypeVar("_Done")

WAIT = 0.1  # seconds without a result after which the caller gets a turn, as to end a batch


class _End:
    """Stands for the end of what there is to do."""


def map_in_order(
    function: Callable[[_Item], _Done], items: Iterable[_Item], threads: int, ahead: int
) -> Iterator[_Done | None]:
    """Call a function with each item, in threads, and yield its results in the items' order.

    Args:
        function: Of one item.
        items: Taken one by one in a thread of its own, because they may come slowly. What that
            raises is raised here, after the results of the items before.
        threads: In how many the function is called.
        ahead: How many items may be taken before the results of earlier ones are.

    Yields:
        The results; and None each time that there is none for `WAIT` seconds.
    """
    waiting: queue.Queue[Future[_Done] | BaseException | _End] = queue.Queue(ahead)
    ended = threading.Event()

    def hand_over(one: Future[_Done] | BaseException | _End) -> None:
        while not ended.is_set():
            try:
                return waiting.put(one, timeout=WAIT)
            except queue.Full:
                continue

    def take() -> None:
        try:
            for item in items:
                if ended.is_set():
                    return
                hand_over(pool.submit(function, item))
            hand_over(_End())
        except BaseException as error:
            hand_over(error)

    with ThreadPoolExecutor(threads) as pool:
        # As a daemon: a list that comes by a pipe may never end.
        threading.Thread(target=take, daemon=True).start()
        try:
            while True:
                try:
                    one = waiting.get(timeout=WAIT)
                except queue.Empty:
                    yield None
                    continue
                if isinstance(one, _End):
                    return
                if isinstance(one, BaseException):
                    raise one
                yield one.result()
        finally:
            ended.set()
            pool.shutdown(wait=False, cancel_futures=True)
