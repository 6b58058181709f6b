"""The three parts of a data set."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["Part"]


class Part(IntEnum):
    """A part of a data set.

    What is made at random has its part, beside others, as a seed: each part has random streams of
    its own, and is the same whether or not the others are made.
    """

    TRAINING = 0
    VALIDATION = 1
    TEST = 2
