from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from digitrec.recognition.parallel_map import map_in_order


def results(found: Iterator[int | None]) -> list[int]:
    """All results, without the turns at which there was none."""
    return [one for one in found if one is not None]


def test_results_come_in_the_order_of_the_items() -> None:
    second_is_done = threading.Event()

    def square(number: int) -> int:
        if number == 0:
            assert second_is_done.wait(60)
        if number == 1:
            second_is_done.set()
        return number**2

    assert results(map_in_order(square, range(5), threads=2, ahead=4)) == [0, 1, 4, 9, 16]


def test_nothing_comes_of_nothing() -> None:
    assert results(map_in_order(abs, (), threads=2, ahead=4)) == []


def test_the_caller_gets_a_turn_while_items_are_slow() -> None:
    go_on = threading.Event()

    def slow() -> Iterator[int]:
        yield 1
        assert go_on.wait(60)
        yield 2

    found = map_in_order(abs, slow(), threads=1, ahead=4)
    assert next(found) == 1
    assert next(found) is None
    go_on.set()
    assert results(found) == [2]


def test_an_error_of_the_items_comes_after_the_results_before_it() -> None:
    def broken() -> Iterator[int]:
        yield 1
        yield 2
        raise OSError("the list ends here")

    found = (one for one in map_in_order(abs, broken(), 2, ahead=4) if one is not None)
    assert [next(found), next(found)] == [1, 2]
    with pytest.raises(OSError, match="the list ends here"):
        next(found)


def test_an_error_of_the_function_reaches_the_caller() -> None:
    with pytest.raises(ZeroDivisionError):
        results(map_in_order(lambda number: 1 // number, [1, 0, 1], threads=2, ahead=4))


def test_items_are_taken_only_so_far_ahead() -> None:
    taken = []

    def items() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    found = map_in_order(abs, items(), threads=1, ahead=3)
    assert next(one for one in found if one is not None) == 0
    # The one that was read, those that wait, one that waits to wait, and the next.
    assert len(taken) <= 1 + 3 + 1 + 1
