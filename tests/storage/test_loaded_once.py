from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from digitrec.storage.loaded_once import LoadedOnce


def test_it_is_loaded_when_it_is_wanted_and_once() -> None:
    loads: list[None] = []
    thing = LoadedOnce(lambda: loads.append(None))
    assert loads == []
    assert (thing(), thing()) == (None, None)
    assert loads == [None]


def test_threads_wait_for_the_one_that_loads() -> None:
    begun, go = Event(), Event()
    loads: list[object] = []

    def load() -> object:
        loads.append(object())
        begun.set()
        go.wait(20)
        return loads[-1]

    thing = LoadedOnce(load)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(thing)
        assert begun.wait(20)
        others = [pool.submit(thing) for _ in range(3)]
        go.set()
        assert {id(one.result()) for one in [first, *others]} == {id(loads[0])}
    assert len(loads) == 1


def test_what_fails_is_tried_again() -> None:
    def results() -> Iterator[int]:
        yield 0
        yield 7

    several = results()

    def load() -> int:
        found = next(several)
        if not found:
            raise OSError("not yet")
        return found

    thing = LoadedOnce(load)
    with pytest.raises(OSError, match="not yet"):
        thing()
    assert (thing(), thing()) == (7, 7)
