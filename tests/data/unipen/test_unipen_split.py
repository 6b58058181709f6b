from __future__ import annotations

from digitrec.data.unipen.split import validation_writers

NAMES = [f"abc/w{k}" for k in range(20)] + [f"xyz/w{k}" for k in range(3)]


def test_every_eighth_writer_of_a_source_validates() -> None:
    chosen = validation_writers(NAMES)
    assert len(chosen) == 3  # the 4th, 12th and 20th of abc
    assert chosen < set(NAMES[:20])


def test_other_sources_and_the_order_change_nothing() -> None:
    assert validation_writers(NAMES[:20]) == validation_writers(NAMES[::-1] * 2)
