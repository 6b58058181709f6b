"""How an attack on a weights file is written down: a change to a good file, and its refusal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

FIRST, LAST = "weights/layers.0.0.weight", "weights/layers.8.bias"


@dataclass(frozen=True)
class Attack:
    """A change to a good file, and what the refusal must speak of."""

    change: Callable[[Path], None]
    reason: str


class Attacks(dict[str, Attack]):
    """A table of attacks by name."""

    def enter(self, name: str, change: Callable[[Path], None], reason: str) -> None:
        assert name not in self, name
        self[name] = Attack(change, reason)

    def attack(self, reason: str) -> Callable[[Callable[[Path], None]], Callable[[Path], None]]:
        """Enter a function that changes the file at a path."""

        def enter(change: Callable[[Path], None]) -> Callable[[Path], None]:
            self.enter(change.__name__, change, reason)
            return change

        return enter

    def edit(
        self, reason: str
    ) -> Callable[[Callable[[h5py.File], None]], Callable[[h5py.File], None]]:
        """Enter a function that changes the open HDF5 file."""

        def enter(change: Callable[[h5py.File], None]) -> Callable[[h5py.File], None]:
            def open_and_change(path: Path) -> None:
                with h5py.File(path, "r+") as file:
                    change(file)

            self.enter(change.__name__, open_and_change, reason)
            return change

        return enter

    def texts(self, name: str, reason: str, /, **values: str) -> None:
        """Enter an attack for each text that an attribute must not be."""
        for key, value in values.items():

            def change(file: h5py.File, value: str = value) -> None:
                text(file, name, value)

            change.__name__ = f"{name}_{key}"
            self.edit(reason)(change)

    def numbers(self, name: str, reason: str, /, **values: Any) -> None:
        """Enter an attack for each number that an attribute must not be."""
        for key, value in values.items():

            def change(file: h5py.File, value: Any = value) -> None:
                number(file, name, value)

            change.__name__ = f"{name}_{key}"
            self.edit(reason)(change)


def replace(file: h5py.File, name: str, **arguments: Any) -> None:
    """Put another data set in the place of one, with the old content if none is given."""
    if "shape" not in arguments:
        arguments.setdefault("data", file[name][()])
    del file[name]
    file.create_dataset(name, **arguments)


def text(file: h5py.File, name: str, value: str) -> None:
    file.attrs[name] = np.bytes_(value.encode())


def number(file: h5py.File, name: str, value: Any) -> None:
    file.attrs[name] = value
