"""What is loaded when it is first wanted, and then shared by all threads."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

__all__ = ["LoadedOnce"]

Loaded = TypeVar("Loaded")


class LoadedOnce(Generic[Loaded]):
    """Something that the first caller loads, while others that want it wait.

    From Python 3.12 on, `functools.cached_property` has no lock: two threads would load it twice.

    Args:
        load: Loads it. Where that fails, the next caller tries again.
    """

    def __init__(self, load: Callable[[], Loaded]) -> None:
        self._load, self._lock = load, Lock()
        self._found: list[Loaded] = []

    def __call__(self) -> Loaded:
        """Return it."""
        with self._lock:
            if not self._found:
                self._found.append(self._load())
            return self._found[0]
